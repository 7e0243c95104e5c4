"""Exports of an old decision are those of version 0.1.0: the JSON to the byte, the TOML in every value."""

from __future__ import annotations

import shutil
import tomllib

import pytest
import streamlit as st

from tests.older.doors import OLD, open_app, run
from tests.older.test_older_decisions import EXPORTS, READ


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    """What the Decisions page offers of each decision, by the name of its file."""
    folder = tmp_path_factory.mktemp("register")
    register = shutil.copy(OLD / "decisions/decisions.sqlite", folder / "decisions.sqlite")
    offered = {}

    def button(label, data, file_name=None, *given, **more):
        offered[file_name] = data

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(OLD)
        patch.setattr(st, "download_button", button)
        where = ("--register", register, "--library", folder / "library")
        app = open_app(patch, *READ, *where, page="decisions")
        for number in EXPORTS:
            app.session_state[f"decision_box_{number}"] = True
        run(app)
        return {name: data() if callable(data) else data for name, data in offered.items()}


@pytest.mark.parametrize("number", EXPORTS)
def test_the_json_is_the_same_to_the_byte(number, downloads):
    name = f"decision-{number}.json"
    assert downloads[name] == (OLD / "decisions" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("number", EXPORTS)
def test_the_toml_has_the_same_keys_and_values(number, downloads):
    name = f"decision-{number}.toml"
    old = tomllib.loads((OLD / "decisions" / name).read_text(encoding="utf-8"))
    new = tomllib.loads(downloads[name])
    # It begins with the app's address, which nobody knows here.
    links = [document["decision"].pop("link").partition("?")[2] for document in (old, new)]
    assert links == [EXPORTS[number]["decision"]["query"]] * 2
    assert new == old


@pytest.mark.parametrize("number", EXPORTS)
def test_what_needs_the_data_is_made_of_it(number, downloads):
    assert "<svg" in downloads[f"decision-{number}.html"]
    points = downloads[f"decision-{number}-points.csv"].decode().splitlines()
    wanted = EXPORTS[number]["decision"]["chosen"]
    assert any(f"{wanted['threshold']!r}" in line for line in points)
