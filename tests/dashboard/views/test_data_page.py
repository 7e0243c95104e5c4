"""Tests of the Data page without a browser: what was read, problems, names, and missing data."""

from __future__ import annotations

import sys

from dashboard.analysis import cache
from dashboard.server import server_resources
from dashboard.session.choices import Choices
from tests.dashboard.pages import Page, column_roles, page_text, words
from tests.dashboard.tables import made
from tests.dashboard.uploaded import store_file


def test_every_column_has_a_row_in_the_table(open_data_page, folder):
    (folder / "more.csv").write_text(
        "id,label,net,line,note,weight\n"
        + "".join(f"u{k},{k % 2},0.{k},a,x,1\n" for k in range(1, 9))
    )
    assert column_roles(open_data_page("more")) == [
        ("id", "id", ""),
        ("label", "label", ""),
        ("net", "model", ""),
        ("line", "segment", ""),
        ("note", "not used", "it is text"),
        ("weight", "weight", ""),
    ]


def said_of_rows(page):
    [line] = [words(text) for text in page.markup if 'class="cg-note cg-facts"' in text]
    return line.split(" · ")[1]


def test_whether_rows_were_held_out_can_be_entered_for_open_data(
    open_data_page, folder, monkeypatch
):
    page = open_data_page()
    assert said_of_rows(page) == "not said whether held out"
    page.set("selectbox", "rows", "held-out")
    assert page.link["rows"] == "held-out"
    assert said_of_rows(page) == "held out"
    page.set("selectbox", "rows", None)
    assert "rows" not in page.link
    assert said_of_rows(page) == "not said whether held out"
    # The statement at the opening holds. No link can change it to a better one.
    path = str(folder / "four.csv")
    page = Page(monkeypatch, path, "--rows", "training", at="data", link={"rows": "held-out"})
    assert "rows" not in [box.key for box in page.app.selectbox]
    assert said_of_rows(page).startswith("TRAINING ROWS")


def test_with_only_flagged_units_checked_no_page_has_figures(open_data_page):
    page = open_data_page()
    page.set("selectbox", "labels", "flagged")
    assert page.link["labels"] == "flagged"
    for name in ("models", "evidence", "failures", "limits", "decide"):
        page.turn(name)
        assert "what it misses is unknown, and with it recall" in page.refusals
        assert {m.kind for m in page.messages}.isdisjoint({"page", "chart", "front", "stakeholder"})
    page.press("all_checked")
    assert ("labels" in page.link, page.refusals) == (False, "")
    assert page.facts


def test_an_audit_sample_counts_with_weights_and_certifies_nothing(open_data_page):
    page = open_data_page(choices=Choices(labels="audit"))
    page.set("selectbox", "upload_labels", "audit").set("text_input", "upload_audit", "chance")
    page.turn("decide")
    assert "rows without weights" in page.refusals
    page = open_data_page("weighted", Choices(labels="audit")).turn("limits")
    assert page.refusals == ""
    assert "Flagged units and a sample of the rest were checked: no limit is cert" in page.notices


def test_each_reader_sees_their_own_file_names(open_data_page, tmp_path):
    page = open_data_page()
    library, kept = server_resources.library(tuple(sys.argv[1:]), cache.forget), []
    for owner, name in [("first", "secret plan.csv"), ("second", "ours.csv")]:
        source = made(seed=4, rows=100).write(tmp_path / name)
        kept.append(
            store_file(library, source, library.upload_store.workplace() / "given", owner=owner)
        )
    assert kept[0].fingerprint == kept[1].fingerprint
    for owner, title in [("second", "ours"), ("", "Uploaded scores"), ("first", "secret plan")]:
        page.app.session_state["owner of uploads"] = owner
        page.app.query_params["data"] = kept[0].fingerprint
        page.run()
        said = page_text(page)
        assert title in said
        assert ("secret plan" in said, "ours.csv" in said) == (owner == "first", owner == "second")
        deletes = [
            expander for expander in page.app.get("popover") if "Delete" in repr(expander.proto)
        ]
        assert len(deletes) == (owner != "")
