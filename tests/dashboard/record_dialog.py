"""The dialog that records a decision, filled in as a reader would."""

from __future__ import annotations

from dashboard.session.choices import Choices
from dashboard.session.url import to_query
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.pages import POINT, STAKEHOLDERS, Page

NAMES = {"data": "Ada", "product": HOSTILE[0], "executive": HOSTILE[8]}
PRICED_TOML = """
miss_cost = 4
defect_rate = 0.05
units_per_year = 100_000
[payoff]
ship_good = 2.0
ship_defect = -9.0
[limits]
recall = 0.3
"""
AT_POINT = to_query(Choices(point=POINT, seed=7))


def fill_dialog(page: Page, why: str = "cheapest", *, one_by_one: bool = False) -> Page:
    """Fill in the dialog. Fields that exist at first are set in one step, as a browser may do."""
    page.press("record_open")
    for stakeholder in STAKEHOLDERS:
        page.app.text_input(key=f"who_{stakeholder}").set_value(NAMES[stakeholder])
        verdict = "objects" if stakeholder == "product" else "agrees"
        page.app.button_group(key=f"says_{stakeholder}").set_value(verdict)
        if one_by_one:
            page.run()
    page.app.text_area(key="why").set_value(why)
    page.run()
    return page.set("text_area", "words_product", "night shift")
