"""Tests of the people file: who may sign and administer, and what is refused."""

from __future__ import annotations

import pytest

from dashboard.decisions.identity import Person
from dashboard.decisions.people import Roles
from metrics import ScoreError

PEOPLE = """
data_scientist = ["Ana@Example.com"]
product_manager = ["ben@example.com", "ana@example.com"]
administrators = ["ops@example.com"]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.toml"
    path.write_text(PEOPLE)
    return path


def test_people_sign_for_those_that_name_them_alone(file):
    roles = Roles(file)
    assert roles.stakeholders_of(Person("ana@example.com")) == ("data", "product")
    assert roles.stakeholders_of(Person("ben@example.com")) == ("product",)
    for who in ("ops@example.com", "eve@example.com", "example.com", ""):
        assert roles.stakeholders_of(Person(who)) == ()
    assert roles.may_administer(Person("ops@example.com"))
    for who in ("ana@example.com", "eve@example.com", ""):
        assert not roles.may_administer(Person(who))


def test_without_a_file_all_who_are_signed_in_may_sign_and_nobody_administers():
    assert Roles(None).stakeholders_of(Person("eve@example.com")) == (
        "data",
        "product",
        "executive",
    )
    assert Roles(None).stakeholders_of(Person("")) == ()
    assert not Roles(None).may_administer(Person("eve@example.com"))


def test_a_role_that_is_taken_away_is_gone_at_once(file):
    roles = Roles(file)
    assert roles.stakeholders_of(Person("ben@example.com")) == ("product",)
    file.write_text('data_scientist = ["ana@example.com"]')
    assert roles.stakeholders_of(Person("ben@example.com")) == ()
    file.unlink()
    for asked in (roles.stakeholders_of, roles.may_administer):
        with pytest.raises(ScoreError, match="people file"):
            asked(Person("ana@example.com"))


def test_a_group_has_a_role_and_a_person_of_its_name_has_not(file):
    file.write_text('executive = ["group:The Board"]\nadministrators = ["group:ops"]')
    roles = Roles(file)
    board = Person("dora@example.com", frozenset({"staff", "The Board"}))
    assert roles.stakeholders_of(board) == roles.who_must_sign() == ("executive",)
    assert not roles.may_administer(board)
    assert roles.may_administer(Person("x", frozenset({"ops"})))
    for other in (Person("group:ops"), Person("ops"), Person("x", frozenset({"group:ops", "OPS"}))):
        assert not roles.may_administer(other)
    assert roles.stakeholders_of(Person("", frozenset({"The Board"}))) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("data_scientist = 'ana@example.com'", "data_scientist must be a list"),
        ("scientist = []", "must be one of administrators, data_scientist, executive"),
        ("executive = ['ana ben']", "must be one e-mail address or user name"),
        ("executive = ['']", "must be one e-mail address or user name"),
        ("executive = ['group:']", "must be one e-mail address or user name"),
        ("executive = ['group: The Board']", "must be one e-mail address or user name"),
        ("executive = [1]", "must be a text"),
        ("executive = [", "got: "),
    ],
)
def test_another_file_is_refused(tmp_path, text, told):
    path = tmp_path / "people.toml"
    path.write_text(text)
    with pytest.raises(ScoreError, match="the people file must list identities") as refused:
        Roles(path).stakeholders_of(Person("ana@example.com"))
    assert told in str(refused.value)
    assert refused.value.code == "E_PEOPLE"
