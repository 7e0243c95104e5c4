"""The Failures page without a browser."""

from __future__ import annotations

import pytest
from PIL import Image

from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from metrics.tally.failures import UnitList
from tests.dashboard.page.test_failures import AT, FLAGGED, ROWS, TODAYS
from tests.dashboard.pages import FOUR, POINT, Page, words
from tests.dashboard.tables import NASTY

MISSED = ROWS[(ROWS["label"] == 1) & ~FLAGGED].sort_values("a", kind="stable")[:100]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page that several tests read, and turn to other lists."""
    path = tmp_path_factory.mktemp("failures") / "units.csv"
    ROWS.drop(columns=["weight", "lot"]).to_csv(path, index=False)
    Image.new("L", (8, 8), 90).save(path.with_name(f"{MISSED['id'].iloc[2]}.png"))
    choices = Choices(point=Point("a", AT), today=Point("b", 0.75))
    with pytest.MonkeyPatch.context() as patch:
        yield Page(
            patch, str(path), "--type", "kind", "--segment", "site", "--segment", "line",
            "--images", str(path.parent),
            link=to_query(choices), at="failures",
        )  # fmt: skip


def said(page: Page) -> str:
    return " ".join(words(m) for m in page.markup)


def test_the_page_says_what_flips_and_which_parts_are_worst(page):
    defects = ROWS["label"] == 1
    caught, missed = ((defects & those).sum() for those in (FLAGGED & ~TODAYS, ~FLAGGED & TODAYS))
    text = said(page)
    assert f"Catches {caught} defects in this file that today misses, misses {missed} that" in text
    assert "Fewest are caught of north" in text
    assert "Parts of “line”, worst first" in text
    assert "Kinds of defect, worst first" in text
    assert "nan" not in text.lower()


def test_units_are_listed_as_they_were_read(page):
    [frame] = [one.value for one in page.app.dataframe]
    assert frame["unit"].tolist() == MISSED["id"].tolist()
    assert frame["score"].tolist() == MISSED["a"].tolist()
    assert frame["site"].tolist() == MISSED["site"].tolist()
    shown = [str(picture).startswith("data:image/jpeg;base64,") for picture in frame["picture"]]
    assert shown == [k == 2 for k in range(len(MISSED))]
    page.set("segmented_control", "units_listed", UnitList.NEWLY_CAUGHT.value)
    [frame] = [one.value for one in page.app.dataframe]
    won = ROWS[(ROWS["label"] == 1) & FLAGGED & ~TODAYS].sort_values(
        "a", ascending=False, kind="stable"
    )
    assert frame["unit"].tolist() == won["id"].tolist()[:100]


def test_labels_are_doubted_where_somebody_asks(page):
    assert "look mislabelled" not in said(page)
    page.set("toggle", "labels_doubted", True)
    assert "look mislabelled to every good model" in said(page)
    assert len(page.app.dataframe) == 3
    page.set("toggle", "labels_doubted", False)
    assert "look mislabelled" not in said(page)


def test_names_are_no_markup_and_data_without_parts_says_so(opened):
    page = opened(
        "four", Choices(point=POINT, today=Point(NASTY[3], FOUR.thresholds(NASTY[3])[20]))
    )
    page.turn("failures")
    assert "This data names no segments and no kinds of defect" in said(page)
    assert not any("<b>rule" in m for m in page.markup)
