"""Tests of reading open files again with another role of a column, on a local server only."""

from __future__ import annotations

import sys
from functools import partial

import pytest
import streamlit

from dashboard.analysis import cache
from dashboard.analysis.evidence.transfer import comparable_datasets
from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.data import library as libraries
from dashboard.server import server_resources
from dashboard.session import drafts, person, session
from dashboard.views.data import column_table, read_again
from dashboard.words.data.columns import likely_decisions
from metrics.io.column_uses import ColumnUse
from tests.dashboard.pages import column_roles


def has_boxes(page):
    """Whether the table of columns has boxes to change their roles."""
    [table] = [frame for frame in page.app.dataframe if "Taken for" in frame.value.columns]
    return table.proto.editing_mode != 0


def test_a_column_can_be_made_the_kind_of_defect(open_data_page, folder, monkeypatch):
    rows = "".join(f"u{k},{k % 2},0.{k},{'ab'[k > 4] if k % 2 else ''}\n" for k in range(1, 9))
    (folder / "flaws.csv").write_text(f"id,label,net,flaw\n{rows}")
    page = open_data_page("flaws")
    # Readers on other machines must not see unused columns.
    assert not has_boxes(page)
    monkeypatch.setattr(read_again, "is_local", lambda: True)
    page.run()
    assert has_boxes(page)
    assert column_roles(page)[3] == ("flaw", "not used", "it is text")
    library = server_resources.library(tuple(sys.argv[1:]), cache.forget)
    boxes = {"edited_rows": {3: {"Taken for": "kind of defect"}}}
    monkeypatch.setattr(session, "widget_value", lambda key: boxes)
    table = partial(column_table.edited, library.first.column_uses, "key")
    chosen: dict[str, str] = {}
    monkeypatch.setattr(session, "choose", chosen.update)
    said: list[str] = []
    monkeypatch.setattr(drafts, "announce", said.append)
    read_again.read_again(library, library.first, table)
    assert said[:1] == ["Read again. Next time, start with --type flaw."]
    page.app.query_params["data"] = chosen["data"]
    assert "use_as_kind" in [button.key for button in page.app.button]
    page.run()
    assert column_roles(page)[3] == ("flaw", "kind of defect", "")
    assert "use_as_kind" not in [button.key for button in page.app.button]
    started = app_options([str(folder / "flaws.csv"), "--type", "flaw"])
    assert open_dataset(started).fingerprint == chosen["data"]
    again = library.datasets[chosen["data"]]
    assert (again.title, comparable_datasets(library, library.first, [], "")) == ("flaws (2)", [])
    read_again.read_again(library, library.first, table)
    assert len(library.public_data) == 2
    boxes["edited_rows"][3]["Taken for"] = "value"
    read_again.read_again(library, library.first, table)
    assert "flaws.csv, row 1, column flaw" in said[-1]
    monkeypatch.setattr(libraries, "MAX_READINGS", 2)
    read_again.read_again(library, library.first, table)
    assert said[-1].startswith("files must be open in fewer than 2 ways")


@pytest.mark.parametrize(
    ("column", "at"),
    [("todays_decision", "data"), ("Disposition", "today"), ("todays_decision", "prices_today")],
)
def test_decisions_can_be_made_the_current_system(open_data_page, folder, monkeypatch, column, at):
    rows = "".join(
        f"u{k},{int(k % 5 == 0)},0.{k:02},{(k % 3 and 'ship') or 'reject'}\n" for k in range(99)
    )
    (folder / f"{column}.csv").write_text(f"id,label,net,{column}\n{rows}")
    monkeypatch.setattr(read_again, "is_local", lambda: True)
    page = open_data_page(column)
    assert column_roles(page)[3][1] in ("decision", "not used")
    if at != "data":
        page.turn("decide")
    page.press(f"{at}_use_as_today").turn("data")
    assert page.link["today"] == f"1.0@{column}"
    assert column_roles(page)[3] == (column, "model", "")
    assert "data_use_as_today" not in [button.key for button in page.app.button]
    assert "is read as the decision to reject a unit" in " ".join(page.markup)
    # A model of decisions has one threshold, which is no guess.
    chips = [block.proto.popover.label for block in page.turn("decide").app.get("popover")]
    assert any(chip.startswith(f"today: {column}") and "guess" not in chip for chip in chips)


@pytest.mark.parametrize("name", ["net_decision", "predicted"])
def test_decisions_of_a_model_are_not_offered_as_the_current_system(name):
    columns = [ColumnUse("net", "models"), ColumnUse(name, "decision")]
    assert likely_decisions(columns) is None


@pytest.mark.parametrize(
    ("address", "named", "is_local"),
    [
        ("127.0.0.1", [], True),
        ("::1", [], True),
        ("10.0.0.7", [], False),
        (None, [], False),
        ("127.0.0.1", ["--host", "scores.example.com"], False),
    ],
)
def test_a_server_is_local_if_it_has_no_name_for_others(monkeypatch, address, named, is_local):
    monkeypatch.setattr(sys, "argv", ["app.py", *named])
    monkeypatch.setattr(streamlit, "get_option", lambda name: address)
    assert read_again.is_local() == is_local
    # Signed-in readers connect through a proxy, so they are on other machines.
    monkeypatch.setattr(person, "signs_in", lambda: True)
    assert not read_again.is_local()
