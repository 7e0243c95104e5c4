"""Tests that the health check reports a sign-in that admits nobody."""

from __future__ import annotations

from dashboard.server.health import find_faults
from tests.dashboard.tokens import AUDIENCE, ISSUER, write_keys


def test_the_health_check_reports_an_unreadable_people_file(server_options, people_file, folder):
    given = [str(folder / "four.csv"), *server_options]
    assert find_faults(given, lambda _: None) == []
    people_file.write_text('executives = ["cleo@example.com"]')
    [fault] = find_faults(given, lambda _: None)
    assert fault == "The people file cannot be read: nobody may sign. Its key executives is wrong."
    people_file.unlink()
    assert find_faults(given, lambda _: None) == [
        "The people file cannot be read: nobody may sign."
    ]


def test_the_health_check_reports_unreadable_keys_of_tokens(tmp_path, folder):
    keys = write_keys(tmp_path / "keys.json")
    given = [str(folder / "four.csv"), "--register", str(tmp_path / "keys.sqlite")]
    given += ["--identity-header", "Authorization", "--identity-keys", str(keys)]
    given += ["--identity-issuer", ISSUER, "--identity-audience", AUDIENCE]
    assert find_faults(given, lambda _: None) == []
    keys.write_text("{}")
    assert find_faults(given, lambda _: None) == [
        "The keys of the tokens cannot be read: nobody is let in."
    ]
