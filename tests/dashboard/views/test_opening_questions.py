"""Tests of the questions about score files of the command line: one answer opens them for all readers."""

from __future__ import annotations

import sys

import pytest

from dashboard.analysis import cache
from dashboard.data.dataset import Dataset
from dashboard.server import server_resources
from dashboard.views.data import read_again
from tests.dashboard.pages import Page, words


def file_text(header: str) -> str:
    """Text of a file with a label and two columns of scores."""
    lines = [f"P{k},{k % 3 // 2},0.{1 + k % 8},0.{1 + k % 7}" for k in range(60)]
    return "\n".join([header, *lines])


def heading(page: Page) -> str:
    [found] = [words(markup) for markup in page.markup if "question" in markup]
    return found


@pytest.fixture
def start_app(tmp_path, monkeypatch):
    """Start the app on a file with this text, and reset it afterwards."""
    monkeypatch.setattr(read_again, "is_local", lambda: True)
    pages: list[tuple[str, ...]] = []

    def start(text: str, *options: str) -> Page:
        file = tmp_path / "scores.csv"
        file.write_text(text)
        page = Page(monkeypatch, str(file), *options, link={"intervals": "off"})
        pages.append(tuple(sys.argv[1:]))
        return page

    yield start
    for arguments in pages:
        server_resources.library.forget(arguments, cache.forget)


def opened_dataset() -> Dataset:
    """Data set that the server opened from its command line."""
    [dataset] = server_resources.library(tuple(sys.argv[1:]), cache.forget).public_data
    return dataset


def test_a_file_without_a_known_label_opens_with_its_answer_for_all_readers(start_app):
    text = file_text("part,scrap,net,rule")
    page = start_app(text)
    assert heading(page) == "One question before this file opens"
    assert page.refusals == ""
    page.set("selectbox", "answer_label", "scrap").press("answers_open")
    assert page.place[0] in ("net", "rule")
    assert opened_dataset().scores.columns.label == "scrap"
    assert start_app(text).models == ["net", "rule"]
    page.turn("data")
    assert "Next time, start with --label scrap." in page.notices


def test_the_reader_says_which_columns_are_scores_and_is_asked_until_then(start_app):
    page = start_app(file_text("part,label,rf_score,xgb"))
    assert heading(page) == "One question before this file opens"
    page.press("answers_open")
    assert heading(page) == "One question before this file opens"
    box = page.app.multiselect(key="answer_models")
    assert not any(option.startswith("label") for option in box.options)
    box.set_value([option for option in box.options if option.startswith("xgb")]).run()
    page.sound().press("answers_open")
    assert opened_dataset().scores.models == ("xgb",)


def test_answers_are_added_to_the_options_of_the_command_line(start_app):
    page = start_app(file_text("part,scrap,net,rule"), "--model", "net", "--rows", "held-out")
    page.set("selectbox", "answer_label", "scrap").press("answers_open")
    assert (opened_dataset().scores.models, opened_dataset().scores.held_out) == (
        ("net",),
        "held-out",
    )


def test_wrong_answers_are_refused_and_can_be_changed(start_app):
    page = start_app(file_text("part,scrap,net,rule"))
    page.set("selectbox", "answer_label", "part").press("answers_open")
    assert heading(page) == "Two questions before this file opens"
    page.press("answers_clear").set("selectbox", "answer_label", "scrap").press("answers_open")
    assert opened_dataset().scores.columns.label == "scrap"


def test_a_question_that_counting_raises_replaces_the_data_for_all_readers(start_app):
    text = file_text("part,label,net,rule").replace(",1,", ",x,").replace(",0,", ",y,")
    page = start_app(text)
    assert heading(page) == "One question before this file opens"
    page.set("selectbox", "answer_positive", "x").press("answers_open")
    assert opened_dataset().scores.columns.positive == "x"
    assert page.link["data"] == opened_dataset().fingerprint
    assert start_app(text).models == ["net", "rule"]


@pytest.mark.parametrize(
    ("header", "options"),
    [
        ("part,label,net,rule", ("--label", "scrap")),
        ("part,scrap,net,rule", ("--positive", "1", "--negative", "0")),
    ],
)
def test_a_wrong_command_line_is_refused_without_a_question(start_app, header, options):
    page = start_app(file_text(header), *options)
    assert [title.value for title in page.app.title] == ["These files cannot be read as they are"]
    assert page.refusals != ""
    assert [button.key for button in page.app.button] == ["read_again"]


def test_a_refused_file_is_read_again_once_it_is_mended(start_app, tmp_path):
    text = file_text("id,label,net,rule")
    page = start_app(text.replace("label,net", "label,net,net"))
    assert "as many fields as the header" in page.refusals
    (tmp_path / "scores.csv").write_text(text)
    assert page.press("read_again").models == ["net", "rule"]


def test_a_server_that_others_reach_asks_nobody(start_app, monkeypatch):
    monkeypatch.setattr(read_again, "is_local", lambda: False)
    page = start_app(file_text("part,scrap,net,rule"))
    assert "there must be a label column" in page.refusals.lower()
    assert [button.key for button in page.app.button] == ["read_again"]


def test_answers_of_the_first_round_are_kept_in_the_second(start_app):
    """Decimal commas, an unknown label and scores on two scales need two rounds."""
    lines = [
        f"P{k};{'NOK' if k % 3 == 2 else 'OK'};{10 * (1 + k % 8)};0,{1 + k % 7};0,{1 + k % 5}"
        for k in range(60)
    ]
    page = start_app(
        "\n".join(["Serial No;Final verdict;AOI score;VisionNet 3.1;EdgeResNet", *lines])
    )
    page.set("selectbox", "answer_label", "Final verdict")
    page.set("selectbox", "answer_positive", "NOK")
    page.set("selectbox", "answer_decimal", ",")
    box = page.app.multiselect(key="answer_models")
    box.set_value(
        [o for o in box.options if o.split(" ")[0] in ("AOI", "VisionNet", "EdgeResNet")]
    ).run()
    page.sound().press("answers_open")
    assert page.app.selectbox(key="answer_positive").value == "NOK"
    assert page.app.selectbox(key="answer_decimal").value == ","
    page.set("selectbox", "answer_scale", "percent")
    page.sound().press("answers_open")
    assert opened_dataset().scores.models == ("AOI score", "VisionNet 3.1", "EdgeResNet")
