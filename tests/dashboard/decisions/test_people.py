"""Tests of the people file: who may sign and administer, and what is refused."""

from __future__ import annotations

import pytest

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
    assert roles.stakeholders_of("ana@example.com") == ("data", "product")
    assert roles.stakeholders_of("ben@example.com") == ("product",)
    for who in ("ops@example.com", "eve@example.com", "example.com", ""):
        assert roles.stakeholders_of(who) == ()
    assert roles.may_administer("ops@example.com")
    for who in ("ana@example.com", "eve@example.com", ""):
        assert not roles.may_administer(who)


def test_without_a_file_all_who_are_signed_in_may_sign_and_nobody_administers():
    assert Roles(None).stakeholders_of("eve@example.com") == ("data", "product", "executive")
    assert Roles(None).stakeholders_of("") == ()
    assert not Roles(None).may_administer("eve@example.com")


def test_a_role_that_is_taken_away_is_gone_at_once(file):
    roles = Roles(file)
    assert roles.stakeholders_of("ben@example.com") == ("product",)
    file.write_text('data_scientist = ["ana@example.com"]')
    assert roles.stakeholders_of("ben@example.com") == ()
    file.unlink()
    for asked in (roles.stakeholders_of, roles.may_administer):
        with pytest.raises(ScoreError, match="people file"):
            asked("ana@example.com")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("data_scientist = 'ana@example.com'", "data_scientist must be a list"),
        ("scientist = []", "must be one of administrators, data_scientist, executive"),
        ("executive = ['ana ben']", "must be one e-mail address or user name"),
        ("executive = ['']", "must be one e-mail address or user name"),
        ("executive = [1]", "must be a text"),
        ("executive = [", "got: "),
    ],
)
def test_another_file_is_refused(tmp_path, text, told):
    path = tmp_path / "people.toml"
    path.write_text(text)
    with pytest.raises(ScoreError, match="the people file must list identities") as refused:
        Roles(path).stakeholders_of("ana@example.com")
    assert told in str(refused.value)
    assert refused.value.code == "E_PEOPLE"
