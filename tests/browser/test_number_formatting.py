"""The browser writes every figure as Python does, character for character."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboard.words import numbers
from dashboard.words.inspection import who_inspects
from metrics import OBJECTIVES, Objective, Payoff, Scenario, Unit
from metrics.scenario.capacity import HOURS
from metrics.scenario.inspection import Inspection
from tests.repository import ROOT
from tests.runs import QUICK

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Floats = NDArray[np.float64]
FLOAT = None
"""Where a form of arguments takes a float; JSON would lose some of them."""
PAGE = "http://words.test/"
COMPARE = """
async ([batches, bytes]) => {
  const words = await import('/number_formatting.js');
  const floats = new Float64Array(Uint8Array.from(atob(bytes), c => c.charCodeAt(0)).buffer);
  const wrong = [];
  let next = 0, compared = 0;
  for (const {name, form, said} of JSON.parse(batches)) {
    for (const text of said) {
      const given = form.map(one => one === null ? floats[next++] : one);
      const found = words[name](...given);
      compared++;
      if (found !== text) {
        const call = given.map(one => one?.id ?? (Object.is(one, -0) ? '-0' : String(one))).join(', ');
        wrong.push(`${name}(${call}): ${found}, in Python ${text}`);
      }
    }
  }
  const {UNDEFINED, MINUS, SPACE} = words;
  return {compared, wrong, left: floats.length - next, constants: [UNDEFINED, MINUS, SPACE]};
}
"""

SCENARIOS = [
    Scenario(),
    Scenario(payoff=Payoff(), units_per_year=1e6),
    Scenario(payoff=Payoff(ship_good=4.0), currency="G7$"),  # a digit that is none of the figure's
]
# Beyond the standard objectives, what an operator's own may be: each unit, with its sign and without.
ANY = OBJECTIVES["recall"]
WANTED = [
    *OBJECTIVES.values(),
    *(
        replace(ANY, id=f"{unit.name} {signed}", label="of one's own", unit=unit, signed=signed)
        for unit in Unit
        for signed in (False, True)
    ),
]


def near(values: Iterable[float], steps: int) -> Iterator[float]:
    """Each value and the floats around it."""
    for value in values:
        below = above = value
        yield value
        for _ in range(steps):
            below, above = math.nextafter(below, -math.inf), math.nextafter(above, math.inf)
            yield from (below, above)


def ties(rng: np.random.Generator) -> Iterator[float]:
    """Floats exactly halfway between two decimals, or between two numbers of few digits."""
    for decimals in range(14):
        odd = 2 * rng.integers(0, 2 ** rng.integers(1, 50, 60)) + 1
        yield from (odd / 2.0 ** (decimals + 1)).tolist()
    for power in range(-2, 24):
        for digits in (3, 6):
            whole = rng.integers(10 ** (digits - 1), 10**digits, 12)
            yield from (float(f"{k}5e{power}") for k in whole)
    yield from (0.5, 1.5, 2.5, 0.125, 0.375, 0.25, 9.5, 99.5, 999.5, 9995.0, 999_500.0, 1e22, 5e22)


def sizes(rng: np.random.Generator) -> list[float]:
    """Floats that are awkward, that are likely, and that are any."""
    likely = rng.uniform(0, 1, 600) * 10.0 ** rng.integers(-13, 15, 600)
    bits = rng.integers(0, 0x7FF0 << 48, 500).view(np.float64)
    borders = [*(float(f"1e{k}") for k in range(-13, 25)), 0.005, 0.0095, 1e-9 / 3]
    return [
        *(0.0, math.inf, math.nan, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308),
        *near(borders, 24),
        *near((value / 100 for value in borders), 3),
        *near((999.5, 999_500.0, 999_500_000.0, 9.995e9, 9.995e18, 1e21, 2.0**53), 3),
        *(float(np.round(one, k % 7)) for k, one in enumerate(likely)),
        *likely.tolist(),
        *rng.integers(0, 10 ** rng.integers(1, 16, 300)).astype(float).tolist(),
        *bits.tolist(),
        *ties(rng),
    ]


def values(rng: np.random.Generator) -> Floats:
    """Sizes with either sign, in no order, shape (n,)."""
    both = np.array(sizes(rng))
    return np.asarray(rng.permutation(np.concatenate([both, -both])))


def pairs(rng: np.random.Generator, first: Floats) -> Floats:
    """Values and what they are compared with: another, a neighbour, one a little off, shape (n, 2)."""
    with np.errstate(all="ignore"):
        others = [
            rng.permutation(first),
            first,
            np.nextafter(first, 0),
            first * (1 + 10.0 ** -rng.integers(1, 17, first.size)),
            first + 10.0 ** -rng.integers(0, 13, first.size),
            first + rng.integers(-9, 9, first.size) / 2.0 ** rng.integers(1, 12, first.size),
        ]
    second = np.choose(rng.integers(0, len(others), first.size), others)
    return np.column_stack([first, second])


def thresholds(rng: np.random.Generator) -> Floats:
    """Thresholds and the next lower scores, shape (n, 2)."""
    at = np.concatenate([values(rng), rng.uniform(0, 1, 3000), rng.normal(0, 5, 1000)])
    steps = rng.integers(1, 9, at.size)
    with np.errstate(all="ignore"):
        unit = 10.0 ** np.floor(np.log10(np.abs(at) + 5e-324) - rng.integers(0, 16, at.size))
        below = [
            np.nextafter(at, -np.inf),
            at - steps * np.spacing(np.abs(at)),
            at - np.abs(at) * 10.0 ** -rng.uniform(0, 17, at.size),
            np.floor(at / unit) * unit,  # where a shorter threshold would just be this score
            np.where(steps > 4, at, np.nextafter(at, np.inf)),
            rng.choice([-np.inf, np.inf, np.nan, 0.0, -1e308], at.size),
            rng.permutation(at),
        ]
    return np.column_stack([at, np.choose(rng.integers(0, len(below), at.size), below)])


def plain(known: Any) -> Any:
    """An argument as the browser has it."""
    if isinstance(known, Scenario):
        return {"currency": known.currency, "priced": known.payoff is not None}
    if isinstance(known, Objective):
        return {
            "id": known.id,
            "label": known.label,
            "unit": known.unit.name,
            "direction": known.direction.value,
            "signed": known.signed,
        }
    return known


def gap(wanted: Objective, value: float, reference: float, scenario: Scenario) -> str:
    return numbers.written_gap(wanted, value, reference, scenario).words(noun=False)


def inspectors(share: float, of_all: float) -> str:
    """Who inspects a share of a million units, all of which so many people would inspect."""
    units = 1e6
    people = Inspection(price=1.0, hours=of_all * HOURS / units, utilisation=1.0)
    return who_inspects(share * units, Scenario(units_per_year=units, inspection=people))


PYTHON: dict[str, Callable[..., str | int]] = {
    "number": numbers.number,
    "money": numbers.money,
    "count": numbers.count,
    "figure": numbers.figure,
    "ends": numbers.ends,
    "gap": gap,
    "threshold": numbers.threshold,
    "exactThreshold": numbers.exact_threshold,
    "inspectors": inspectors,
}
"""What writes in Python what a function of the browser writes."""


class Cases:
    """Calls with what Python says, by batches that differ in their floats alone."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.floats: list[Floats] = []

    def add(self, name: str, form: list[Any], floats: Floats) -> None:
        """Have a function write each row of floats, put where its form of arguments has them."""
        rows = floats.reshape(len(floats), -1)
        said = []
        for row in rows.tolist():
            given = iter(row)
            said.append(PYTHON[name](*(next(given) if one is FLOAT else one for one in form)))
        self.batches.append({"name": name, "form": [plain(one) for one in form], "said": said})
        self.floats.append(rows.ravel())

    def compare(self, page: Page) -> dict[str, Any]:
        """What the browser makes of them."""
        bits = np.concatenate(self.floats).astype("<f8").tobytes()
        given = [json.dumps(self.batches), base64.b64encode(bits).decode()]
        found: dict[str, Any] = page.evaluate(COMPARE, given)
        return found


@pytest.fixture
def page(browser):
    """An empty page that can import the modules, and nothing else."""
    module = (ROOT / "dashboard/live/number_formatting.js").read_text(encoding="utf-8")
    served = {PAGE: ("text/html", ""), f"{PAGE}number_formatting.js": ("text/javascript", module)}

    def answer(route: Route) -> None:
        if route.request.url not in served:
            route.abort()
            return
        kind, body = served[route.request.url]
        route.fulfill(content_type=f"{kind}; charset=utf-8", body=body)

    context = browser.new_context(bypass_csp=True)
    context.route("**/*", answer)
    opened = context.new_page()
    opened.goto(PAGE)
    yield opened
    context.close()


@pytest.mark.parametrize("share", [QUICK, pytest.param(1, marks=pytest.mark.slow)])
def test_the_browser_writes_what_python_writes(page: Page, share: float) -> None:
    rng = np.random.default_rng(20)
    cases = Cases()
    every = values(rng)
    every = every[: round(share * every.size)]
    for decimals in range(13):
        cases.add("number", [FLOAT, decimals], rng.choice(every, round(2000 * share)))
    cases.add("count", [FLOAT], every)
    for currency in ("EUR", "kr.", "€"):
        cases.add("money", [FLOAT, currency], every)
    for wanted in WANTED:
        for scenario in SCENARIOS:
            cases.add("figure", [wanted, FLOAT, scenario], rng.choice(every, round(500 * share)))
            gaps = pairs(rng, rng.choice(every, round(400 * share)))
            ends = np.column_stack([gaps, rng.choice([0.0, 1.0], len(gaps))])[:, [2, 0, 1]]
            cases.add("ends", [wanted, FLOAT, FLOAT, FLOAT, scenario], ends)
            cases.add("gap", [wanted, FLOAT, FLOAT, scenario], gaps)
    cases.add("figure", [OBJECTIVES["missed_defects"], FLOAT, SCENARIOS[0]], every)
    cases.add("figure", [OBJECTIVES["recall"], FLOAT, SCENARIOS[0]], every)
    given = thresholds(rng)
    cases.add("threshold", [FLOAT, FLOAT], given[:: round(1 / share)])
    cases.add("threshold", [FLOAT], every)
    cases.add("exactThreshold", [FLOAT], every)
    for of_all in (0.3, 4.0, 5.5, 7_000.0):
        cases.add(
            "inspectors", [FLOAT, of_all], np.append(rng.uniform(0, 1, 12), [0, 0.25, 0.5, 1])
        )

    found = cases.compare(page)

    assert found["wrong"] == []
    assert found["compared"] == sum(len(batch["said"]) for batch in cases.batches)
    assert found["left"] == 0
    assert found["constants"] == [
        numbers.UNDEFINED,
        numbers.MINUS,
        numbers.SPACE,
    ]
