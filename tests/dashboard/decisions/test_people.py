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


def test_people_sign_only_for_stakeholders_that_name_them(file):
    roles = Roles(file)
    assert roles.stakeholders_of(Person("ana@example.com")) == ("data", "product")
    assert roles.stakeholders_of(Person("ben@example.com")) == ("product",)
    for who in ("ops@example.com", "eve@example.com", "example.com", ""):
        assert roles.stakeholders_of(Person(who)) == ()
    assert roles.may_administer(Person("ops@example.com"))
    for who in ("ana@example.com", "eve@example.com", ""):
        assert not roles.may_administer(Person(who))


def test_without_a_file_everyone_may_sign_and_no_one_is_administrator():
    assert Roles(None).stakeholders_of(Person("eve@example.com")) == (
        "data",
        "product",
        "executive",
    )
    assert Roles(None).stakeholders_of(Person("")) == ()
    assert not Roles(None).may_administer(Person("eve@example.com"))


def test_a_removed_role_is_gone_at_once(file):
    roles = Roles(file)
    assert roles.stakeholders_of(Person("ben@example.com")) == ("product",)
    file.write_text('data_scientist = ["ana@example.com"]')
    assert roles.stakeholders_of(Person("ben@example.com")) == ()
    file.unlink()
    for asked in (roles.stakeholders_of, roles.may_administer):
        with pytest.raises(ScoreError, match="people file"):
            asked(Person("ana@example.com"))


def test_a_role_of_a_group_is_not_one_of_a_person_with_its_name(file):
    file.write_text('executive = ["group:The Board"]\nadministrators = ["group:ops"]')
    roles = Roles(file)
    board = Person("dora@example.com", frozenset({"staff", "The Board"}))
    assert roles.stakeholders_of(board) == roles.signable_stakeholders() == ("executive",)
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
def test_an_invalid_file_is_refused(tmp_path, text, told):
    path = tmp_path / "people.toml"
    path.write_text(text)
    with pytest.raises(ScoreError, match="the people file must list identities") as refused:
        Roles(path).stakeholders_of(Person("ana@example.com"))
    assert told in str(refused.value)
    assert refused.value.code == "E_PEOPLE"
