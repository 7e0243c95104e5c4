"""Tests of the Failures page without a browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from PIL import Image

from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query, to_query
from dashboard.views.failures import doubted_labels_panel
from metrics.tally.unit_lists import UnitList
from tests.dashboard.flagged_units import AT, FLAGGED, ROWS, TODAYS
from tests.dashboard.messages import send
from tests.dashboard.pages import FOUR, POINT, Page, page_text
from tests.dashboard.tables import NASTY

MISSED = ROWS[(ROWS["label"] == 1) & ~FLAGGED].sort_values("a", kind="stable")[:100]
FIRST, _, PICTURED = MISSED["id"].tolist()[:3]
LINK = to_query(Choices(point=Point("a", AT), today=Point("b", 0.75), intervals=False))


@pytest.fixture(scope="module")
def scores_with_a_picture(tmp_path_factory):
    """Score file next to a picture of one missed unit."""
    path = tmp_path_factory.mktemp("failures") / "units.csv"
    ROWS.drop(columns=["weight", "lot"]).to_csv(path, index=False)
    Image.new("L", (8, 8), 90).save(path.with_name(f"{PICTURED}.png"))
    return path


@pytest.fixture
def page(scores_with_a_picture, monkeypatch):
    path = scores_with_a_picture
    return Page(
        monkeypatch, str(path), "--type", "kind", "--segment", "site", "--segment", "line",
        "--images", str(path.parent), link=LINK, at="failures",
    )  # fmt: skip


def test_bars_show_shares_and_a_pressed_cell_opens_its_units(page):
    defects = ROWS[ROWS["label"] == 1]
    caught = FLAGGED[defects.index].groupby(defects["site"]).mean()
    page.with_intervals()
    [sites] = [text for text in page.markup if "cg-parts" in text and ">site<" in text]
    bars = re.findall(r"--share:([\d.]+);--low:([\d.]+);--high:([\d.]+);--all:([\d.]+)", sites)
    shares = [[float(number) for number in bar] for bar in bars]
    assert [bar[0] for bar in shares[::2]] == pytest.approx(sorted(caught), abs=1e-4)
    assert all(low < share < high for share, low, high, _ in shares[::2])
    assert {bar[3] for bar in shares[::2]} == {round(FLAGGED[defects.index].mean(), 4)}
    page.set("selectbox", "units_of_site", ("south",))
    for which, rows in (
        (UnitList.NEWLY_FLAGGED, (ROWS["label"] == 0) & FLAGGED & ~TODAYS),
        (UnitList.NEWLY_CAUGHT, (ROWS["label"] == 1) & FLAGGED & ~TODAYS),
    ):
        assert any(f'data-opens="{which.value}"' in text for text in page.markup)
        send(page.app, "opened", which.value, kind="cells")
        assert f"{rows.sum()} in the file" in page_text(page.sound())
        assert page.app.segmented_control(key="units_listed").value == which.value
    send(page.app, "opened", "no such list", kind="cells")
    page.sound()


def gallery(page: Page, name: UnitList) -> dict[str, Any]:
    """Pictures of a list as sent to the browser."""
    [head] = [m.head for m in page.messages if m.head.get("list") == name.name.lower()]
    return head


def show_large(page: Page, position: int) -> Page:
    """Press a picture in the list of missed defects."""
    head = {"list": "missed", "at": position}
    send(page.app, "unit", head, kind="gallery", list="missed")
    return page.sound()


def test_units_are_pictures_in_the_order_of_their_scores(page):
    head = gallery(page, UnitList.MISSED)
    assert [tile["title"] for tile in head["tiles"]] == MISSED["id"].tolist()
    assert [tile["words"][0] for tile in head["tiles"]] == [f"{a:.3g}" for a in MISSED["a"]]
    has_picture = [tile["picture"].startswith("data:image/jpeg;base64,") for tile in head["tiles"]]
    assert has_picture == [k == 2 for k in range(len(MISSED))]


def test_the_first_or_the_pressed_unit_is_shown_large(page):
    assert gallery(page, UnitList.MISSED)["chosen"] == 0
    assert f"{FIRST}, a defect" in page_text(page)
    show_large(page, 2)
    assert gallery(page, UnitList.MISSED)["chosen"] == 2
    assert f"{PICTURED}, a defect" in page_text(page)
    assert '<img class="cg-picture"' in " ".join(page.markup)


def test_a_note_on_a_unit_is_in_the_link_and_under_its_picture(page):
    show_large(page, 2)
    page.set("text_input", f"note_missed_{PICTURED}", " mislabelled? ")
    assert from_query(page.link)[0].unit_notes == ((PICTURED, "mislabelled?"),)
    assert gallery(page, UnitList.MISSED)["tiles"][2]["words"][1] == "“mislabelled?”"
    page.set("text_input", f"note_missed_{PICTURED}", "")
    assert from_query(page.link)[0].unit_notes == ()


def test_a_request_for_an_unknown_unit_shows_the_first(page):
    assert gallery(show_large(page, 10**6), UnitList.MISSED)["chosen"] == 0


def test_lists_show_the_selected_parts_and_tables_without_pictures(page):
    page.set("segmented_control", "units_listed", UnitList.NEWLY_CAUGHT.value)
    caught = ROWS[(ROWS["label"] == 1) & FLAGGED & ~TODAYS].sort_values(
        "a", ascending=False, kind="stable"
    )

    def listed_units() -> list[str]:
        frames = [table.value for table in page.app.dataframe if "site" in table.value]
        units: list[str] = frames[0]["unit"].tolist()
        return units

    assert listed_units() == caught["id"].tolist()[:100]
    page.set("selectbox", "units_of_kind", ("dent",))
    page.set("selectbox", "units_of_site", ("south",))
    south = caught[caught["site"] == "south"]
    assert listed_units() == south["id"][south["kind"] == "dent"].tolist()
    offered = page.app.selectbox(key="units_of_kind").options
    counts = south["kind"].value_counts()
    assert sorted(offered[1:]) == sorted(f"{kind or '(empty)'}: {n}" for kind, n in counts.items())
    page.set("selectbox", "units_of_kind", ())
    assert listed_units() == south["id"].tolist()[:100]


def test_more_units_are_shown_on_request(page):
    good = ROWS[(ROWS["label"] == 0) & FLAGGED].sort_values("a", ascending=False, kind="stable")
    page.set("segmented_control", "units_listed", UnitList.FALSE_ALARMS.value)
    for count in (100, 200):
        [frame] = [table.value for table in page.app.dataframe if "site" in table.value]
        assert frame["unit"].tolist() == good["id"].tolist()[:count]
        assert f"the first {count} of {len(good)} in the file" in page_text(page)
        page.press("more_false_alarms")


def test_prices_by_kind_are_next_to_the_price_of_a_miss(page):
    kinds = ROWS.loc[ROWS["label"] == 1, "kind"].value_counts()
    fields = [field for field in page.app.number_input if field.key.startswith("miss_cost_of_")]
    for field, count in zip(fields, kinds, strict=True):
        assert f"({count} in the file)" in field.label
    page.set("number_input", "miss_cost_of_dent", 8.0)
    assert from_query(page.link)[0].miss_cost_by_type == (("dent", 8.0),)
    chips = [chip.proto.popover.label for chip in page.app.get("popover")]
    assert "miss = 5 to 8 alarms (default)" in chips
    page.set("number_input", "miss_cost_of_dent", None)
    assert from_query(page.link)[0].miss_cost_by_type == ()


def test_doubtful_labels_are_listed_for_few_rows_or_on_request(page, monkeypatch):
    assert "look mislabelled to every good model" in page_text(page)
    monkeypatch.setattr(doubted_labels_panel, "FEW_ROWS", len(ROWS) - 1)
    page.run()
    assert "look mislabelled" not in page_text(page)
    page.set("toggle", "labels_doubted", True)
    assert "look mislabelled to every good model" in page_text(page)


def test_a_unit_can_be_in_two_lists(page):
    """A missed defect with a doubtful label has a field for notes in both lists."""
    [doubted] = [m.head for m in page.messages if m.head.get("list") == "doubted_defects"]
    unit = doubted["tiles"][0]["title"]
    show_large(page, MISSED["id"].tolist().index(unit))
    fields = {field.key for field in page.app.text_input}
    assert {f"note_missed_{unit}", f"note_doubted_defects_{unit}"} <= fields


def test_names_are_never_markup_and_data_without_parts_says_so(open_page):
    page = open_page(
        "four", Choices(point=POINT, today=Point(NASTY[3], FOUR.thresholds(NASTY[3])[20]))
    )
    page.turn("failures")
    where = "choose it in the table on the Data page, or when you open the data"
    assert f"taken for the kind of defect or the segment: {where}" in page_text(page)
    assert not any("<b>rule" in m for m in page.markup)
