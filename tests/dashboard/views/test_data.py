"""Tests of the Data page without a browser: what was read, problems, names, and missing data."""

from __future__ import annotations

import sys
from functools import partial

import pytest
import streamlit
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.analysis import cache
from dashboard.analysis.evidence.transfer import comparable_datasets
from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.data import library as libraries
from dashboard.server import server_resources
from dashboard.session import drafts, person, session
from dashboard.session.choices import Choices
from dashboard.views.data import column_table, read_again, upload_progress
from dashboard.words.data.columns import likely_decisions
from metrics.io.column_uses import ColumnUse
from tests.dashboard.pages import Page, words
from tests.dashboard.tables import NASTY, made
from tests.dashboard.uploaded import keep


@pytest.fixture
def opened(opened):
    """Open one of the files without intervals, which take most of the time of a page."""
    return lambda *given, **link: opened(*given, **{"intervals": "off"} | link)


@pytest.fixture
def data_page(opened):
    """Open one of the files, and switch to its Data page."""

    def page(name="four", choices=None):
        return opened(name, choices).turn("data")

    return page


def uses(page):
    """Table of columns: role of each, and reasons for unused columns."""
    [table] = [frame.value for frame in page.app.dataframe if "Taken for" in frame.value.columns]
    return [
        tuple(row)
        for row in table.reindex(columns=["Column", "Taken for", "Why"], fill_value="").values
    ]


def test_every_column_has_a_row_in_the_table(data_page, folder):
    (folder / "more.csv").write_text(
        "id,label,net,line,note,weight\n"
        + "".join(f"u{k},{k % 2},0.{k},a,x,1\n" for k in range(1, 9))
    )
    assert uses(data_page("more")) == [
        ("id", "id", ""),
        ("label", "label", ""),
        ("net", "model", ""),
        ("line", "segment", ""),
        ("note", "not used", "it is text"),
        ("weight", "weight", ""),
    ]


def has_boxes(page):
    """Whether the table of columns has boxes to change their roles."""
    [table] = [frame for frame in page.app.dataframe if "Taken for" in frame.value.columns]
    return table.proto.editing_mode != 0


def test_a_column_can_be_made_the_kind_of_defect(data_page, folder, monkeypatch):
    rows = "".join(f"u{k},{k % 2},0.{k},{'ab'[k > 4] if k % 2 else ''}\n" for k in range(1, 9))
    (folder / "flaws.csv").write_text(f"id,label,net,flaw\n{rows}")
    page = data_page("flaws")
    # Readers on other machines must not see unused columns.
    assert not has_boxes(page)
    monkeypatch.setattr(read_again, "is_local", lambda: True)
    page.run()
    assert has_boxes(page)
    assert uses(page)[3] == ("flaw", "not used", "it is text")
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
    assert uses(page)[3] == ("flaw", "kind of defect", "")
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
def test_decisions_can_be_made_the_current_system(data_page, folder, monkeypatch, column, at):
    rows = "".join(
        f"u{k},{int(k % 5 == 0)},0.{k:02},{(k % 3 and 'ship') or 'reject'}\n" for k in range(99)
    )
    (folder / f"{column}.csv").write_text(f"id,label,net,{column}\n{rows}")
    monkeypatch.setattr(read_again, "is_local", lambda: True)
    page = data_page(column)
    assert uses(page)[3][1] in ("decision", "not used")
    if at != "data":
        page.turn("decide")
    page.press(f"{at}_use_as_today").turn("data")
    assert page.link["today"] == f"1.0@{column}"
    assert uses(page)[3] == (column, "model", "")
    assert "data_use_as_today" not in [button.key for button in page.app.button]
    assert "is read as the decision to reject a unit" in " ".join(page.markup)
    # A model of decisions has one threshold, which is no guess.
    chips = [block.proto.popover.label for block in page.turn("decide").app.get("popover")]
    assert any(chip.startswith(f"today: {column}") and "guess" not in chip for chip in chips)


@pytest.mark.parametrize("name", ["net_decision", "predicted"])
def test_decisions_of_a_model_are_not_offered_as_the_current_system(name):
    columns = [ColumnUse("net", "models"), ColumnUse(name, "decision")]
    assert likely_decisions(columns) is None


def said_of_rows(page):
    [line] = [words(text) for text in page.markup if 'class="cg-note cg-facts"' in text]
    return line.split(" · ")[1]


def test_whether_rows_were_held_out_can_be_entered_for_open_data(data_page, folder, monkeypatch):
    page = data_page()
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


def test_with_only_flagged_units_checked_no_page_has_figures(data_page):
    page = data_page()
    page.set("selectbox", "labels", "flagged")
    assert page.link["labels"] == "flagged"
    for name in ("models", "evidence", "failures", "limits", "decide"):
        page.turn(name)
        assert "what it misses is unknown, and with it recall" in page.refusals
        assert {m.kind for m in page.messages}.isdisjoint({"page", "chart", "front", "stakeholder"})
    page.press("all_checked")
    assert ("labels" in page.link, page.refusals) == (False, "")
    assert page.facts


def test_an_audit_sample_counts_with_weights_and_certifies_nothing(data_page):
    page = data_page(choices=Choices(labels="audit"))
    page.set("selectbox", "upload_labels", "audit").set("text_input", "upload_audit", "chance")
    page.turn("decide")
    assert "rows without weights" in page.refusals
    page = data_page("weighted", Choices(labels="audit")).turn("limits")
    assert page.refusals == ""
    assert "Flagged units and a sample of the rest were checked: no limit is cert" in page.notices


def test_names_notes_and_hidden_models_are_in_the_link(data_page):
    page = data_page()
    page.set("text_input", "name_model_1", " camera ")
    page.set("text_input", "note_model_1", "needs a GPU, costs more")
    page.set("checkbox", "show_model_2", False)
    chosen = Choices(
        names=((NASTY[1], "camera"),),
        notes=((NASTY[1], "needs a GPU, costs more"),),
        hidden=(NASTY[2],),
    )
    again = data_page(choices=chosen)
    assert {k: v for k, v in page.link.items() if k in ("names", "notes", "hide")} == {
        k: v for k, v in again.link.items() if k in ("names", "notes", "hide")
    }
    assert again.app.text_input(key="name_model_1").value == "camera"
    assert again.app.text_input(key="note_model_1").value == "needs a GPU, costs more"
    shown = [again.app.checkbox(key=f"show_model_{k}").value for k in range(len(NASTY))]
    assert shown == [True, True, False, True]


def test_models_of_equal_names_in_a_link_are_numbered(opened, data_page):
    link = Choices(names=((NASTY[0], "x"), (NASTY[1], "x"), (NASTY[2], "y")))
    page = data_page(choices=link)
    shown = [page.app.text_input(key=f"name_model_{k}").value for k in range(len(NASTY))]
    assert shown == ["x", "x (2)", "y", ""]
    assert "x (2)" in page.link["names"]
    labels = [model["label"] for model in opened(choices=link).facts["models"]]
    assert labels == ["x", "x (2)", "y", NASTY[3]]


def test_a_link_with_an_unknown_model_says_what_to_do(opened):
    page = opened(today="0.5@nobody")
    assert page.app.title[0].value == "This link names a model that these files do not have"
    assert "“nobody” is to be today’s system" in page.refusals
    assert all(model in page.refusals for model in NASTY)
    assert "[today]" not in page.refusals
    first, second = page.app.button
    assert (first.label, first.proto.type) == ("Compare with shipping everything", "primary")
    assert (second.label, second.proto.type) == ("Back to the scenario as opened", "secondary")
    page.press("reset_refused")
    assert page.app.title == []
    assert "today" not in page.link
    assert page.figure("product") == opened().figure("product")


def test_a_scenario_with_an_unknown_model_offers_a_remedy(folder, monkeypatch):
    scenario = folder / "today.toml"
    scenario.write_text('[today]\nmodel = "nobody"\nthreshold = 0.5\n')
    page = Page(monkeypatch, str(folder / "four.csv"), "--scenario", str(scenario))
    assert page.app.title[0].value == "The scenario names a model that these files do not have"
    # The file was opened with this choice, so there is no change to undo.
    assert [button.label for button in page.app.button] == ["Compare with shipping everything"]
    page.press("no_today")
    assert page.beside[1] == "No checks"


def test_data_that_was_not_opened_is_reported_as_missing(opened):
    page = opened(data="sha256:" + "0" * 64)
    assert "not here" in page.app.title[0].value
    assert "has not seen" in page.notices
    # The page says what to do.
    assert len(page.app.get("file_uploader")) == 1
    assert page.app.button(key="own").label == "four"
    page.press("own")
    assert page.figure("data") == opened().figure("data")
    assert len(page.app.title) == 0


def test_each_reader_sees_their_own_file_names(data_page, tmp_path):
    page = data_page()
    library, kept = server_resources.library(tuple(sys.argv[1:]), cache.forget), []
    for owner, name in [("first", "secret plan.csv"), ("second", "ours.csv")]:
        source = made(seed=4, rows=100).write(tmp_path / name)
        kept.append(keep(library, source, library.upload_store.workplace() / "given", owner=owner))
    assert kept[0].fingerprint == kept[1].fingerprint
    for owner, title in [("second", "ours"), ("", "Uploaded scores"), ("first", "secret plan")]:
        page.app.session_state["owner of uploads"] = owner
        page.app.query_params["data"] = kept[0].fingerprint
        page.run()
        said = words("".join(page.markup))
        assert title in said
        assert ("secret plan" in said, "ours.csv" in said) == (owner == "first", owner == "second")
        deletes = [
            expander for expander in page.app.get("popover") if "Delete" in repr(expander.proto)
        ]
        assert len(deletes) == (owner != "")


def test_rows_refused_during_counting_are_reported_on_both_pages(data_page, folder):
    (folder / "spoilt.csv").write_text("id,label,a\nu1,1,93.1\nu2,0,4\n")
    page = data_page("spoilt")
    assert "got 93.1 (spoilt.csv, row 1, column a)" in page.refusals
    assert str(folder) not in "".join(page.markup)
    assert len(page.app.get("file_uploader")) == 1
    assert not any("cg-facts-table" in text for text in page.markup)


def test_many_models_are_shown_in_pages(data_page, folder):
    models = tuple(f"model {k}" for k in range(30))
    made(models, rows=300).write(folder / "many.csv")
    page = data_page("many")

    def names_and_charts():
        names = [box.placeholder for box in page.app.text_input if box.key.startswith("name_")]
        charts = [message for message in page.messages if message.kind == "chart"]
        drawn = [words(text).split(" ROC")[0][2:] for text in page.markup if "cg-panel" in text]
        assert len(charts) == len(drawn)
        return names, drawn

    assert names_and_charts() == (list(models[:12]), list(models[:12]))
    page.set("selectbox", "page_distributions", 24)
    assert names_and_charts() == (list(models[:12]), list(models[24:]))
    page.set("selectbox", "page_candidates", 12)
    page.set("text_input", "name_model_13", "camera")
    assert page.link["names"]
    assert names_and_charts()[0] == list(models[12:24])


@given(st.lists(st.text(st.characters(), max_size=300), max_size=5))
@example(["\x00.csv", "评" * 200 + ".csv", "../../x.csv", "C:\\scores\\x.csv", "x.csv", "", "."])
def test_uploads_get_names_that_are_valid_in_a_folder(given_names):
    names = upload_progress.names_of(given_names)
    assert len(set(names)) == len(names) == len(given_names)
    for name in names:
        assert not any(sign in name for sign in "/\x00\n\x7f")
        assert name not in {"", ".", ".."}
        assert len(name.encode()) <= 255
    endings = [(g, n) for g, n in zip(given_names, names, strict=True) if g.endswith("x.csv")]
    assert all(n.endswith("x.csv") for _, n in endings)


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
