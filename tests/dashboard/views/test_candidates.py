"""Tests of the candidates on the Data page: names, notes, hidden models, and pages of a long list."""

from __future__ import annotations

from dashboard.session.choices import Choices
from tests.dashboard.pages import words
from tests.dashboard.tables import NASTY, made


def test_names_notes_and_hidden_models_are_in_the_link(open_data_page):
    page = open_data_page()
    page.set("text_input", "name_model_1", " camera ")
    page.set("text_input", "note_model_1", "needs a GPU, costs more")
    page.set("checkbox", "show_model_2", False)
    chosen = Choices(
        names=((NASTY[1], "camera"),),
        notes=((NASTY[1], "needs a GPU, costs more"),),
        hidden=(NASTY[2],),
    )
    again = open_data_page(choices=chosen)
    assert {k: v for k, v in page.link.items() if k in ("names", "notes", "hide")} == {
        k: v for k, v in again.link.items() if k in ("names", "notes", "hide")
    }
    assert again.app.text_input(key="name_model_1").value == "camera"
    assert again.app.text_input(key="note_model_1").value == "needs a GPU, costs more"
    page_text = [again.app.checkbox(key=f"show_model_{k}").value for k in range(len(NASTY))]
    assert page_text == [True, True, False, True]


def test_models_of_equal_names_in_a_link_are_numbered(open_without_intervals, open_data_page):
    link = Choices(names=((NASTY[0], "x"), (NASTY[1], "x"), (NASTY[2], "y")))
    page = open_data_page(choices=link)
    page_text = [page.app.text_input(key=f"name_model_{k}").value for k in range(len(NASTY))]
    assert page_text == ["x", "x (2)", "y", ""]
    assert "x (2)" in page.link["names"]
    labels = [model["label"] for model in open_without_intervals(choices=link).facts["models"]]
    assert labels == ["x", "x (2)", "y", NASTY[3]]


def test_many_models_are_shown_in_pages(open_data_page, folder):
    models = tuple(f"model {k}" for k in range(30))
    made(models, rows=300).write(folder / "many.csv")
    page = open_data_page("many")

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
