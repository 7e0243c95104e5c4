"""Tests that numbers are written as people write them, and can be read back."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.words.numbers import amounts, figures, gaps, intervals, objective_units, thresholds
from dashboard.words.numbers.amounts import MINUS, SPACE
from metrics.evaluation.objective import OBJECTIVES, Direction, Objective, Unit
from metrics.scenario.scenario import Payoff, Scenario
from tests.metrics.samples import gap_between

FLOATS = (
    st.floats(-1e12, 1e12) | st.floats(-1, 1) | st.sampled_from([0.0, -0.0, 0.05, -0.04, 999.5])
)
OBJECTIVE = st.sampled_from(list(OBJECTIVES.values()))
SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "bn": 1e9}
YEAR = Scenario(payoff=Payoff(), units_per_year=1e6)


def number_in(text: str) -> float:
    """Number in a text."""
    digits, _, name = text.partition(SPACE)
    return SCALES[name] * float(digits.replace(",", "").replace(MINUS, "-"))


def assert_clean(text: str) -> None:
    """Assert a true minus sign, and no sign before a figure that is shown as zero."""
    assert "-" not in text
    if text.startswith((MINUS, "+")):
        assert re.search("[1-9]", text), text


@pytest.mark.parametrize(
    ("value", "reference", "said"),
    [
        (330_690_000, 358_065_000, "27 m fewer"),  # 331 and 358, as written there
        (330_690_000, 331_400_000, "the same"),
        (1_104_321, 950_000, "150,000 more"),
        (1_001_234, 998_000, "2,000 more"),
    ],
)
def test_a_difference_of_millions_equals_that_of_the_written_figures(
    value: float, reference: float, said: str
) -> None:
    gap = gaps.written_gap(OBJECTIVES["missed_defects"], value, reference, YEAR)
    assert gap.words(noun=False).replace(SPACE, " ") == said


@pytest.mark.parametrize(
    ("currency", "said"),
    [
        ("EUR", "EUR 1.21 m"),
        ("€", "€1.21 m"),
        ("₪", "₪1.21 m"),
        ("元", "元 1.21 m"),
        ("", "1.21 m"),
    ],
)
def test_a_sign_is_written_next_to_its_amount(currency: str, said: str) -> None:
    assert amounts.money(1_213_400, currency).replace(SPACE, " ") == said


@given(FLOATS, st.integers(0, 4))
def test_written_numbers_can_be_read_back(value: float, decimals: int) -> None:
    text = amounts.number(value, decimals)
    fraction = rf"\.\d{{{decimals}}}" if decimals else ""
    assert re.fullmatch(rf"{MINUS}?\d{{1,3}}(,\d{{3}})*{fraction}", text)
    assert number_in(text) == pytest.approx(value, rel=1e-12, abs=0.5000001 * 10.0**-decimals)
    assert_clean(text)


@given(FLOATS | st.floats(-1e7, 1e7))
@example(0.004)
@example(-1e-9)
@example(999.6)
@example(999_499.0)
@example(999_600.0)
@example(999_600_000.0)
@example(-1_234_000_000_000.0)
def test_written_money_can_be_read_back_to_three_digits(value: float) -> None:
    text = amounts.money(value, "EUR")
    assert_clean(text)
    found = re.fullmatch(rf"({MINUS}?)EUR{SPACE}([\d,.]+)(?:{SPACE}(k|m|bn))?", text)
    assert found
    size, suffix = number_in(found[2]), found[3] or ""
    said = (-1 if found[1] else 1) * size * SCALES[suffix]
    assert said == pytest.approx(value, rel=0.0050001, abs=0.005)
    assert size < 1000 or suffix == "bn"
    assert size >= 1 or suffix == ""


@given(OBJECTIVE, FLOATS)
def test_figures_are_clean_and_differences_have_a_sign(wanted: Objective, value: float) -> None:
    text = figures.figure(wanted, value, YEAR)
    assert_clean(text)
    visible = re.search("[1-9]", text) is not None
    assert text.startswith("+") == (wanted.signed and value > 0 and visible)
    assert text.startswith(MINUS) == (value < 0 and visible)


@given(OBJECTIVE)
def test_undefined_and_infinite_figures_are_words(wanted: Objective) -> None:
    assert figures.figure(wanted, math.nan, YEAR) == figures.UNDEFINED
    assert figures.figure(wanted, math.inf, YEAR) == "infinite"
    assert gaps.written_gap(wanted, math.nan, 1.0, YEAR).than("x") == figures.UNDEFINED
    assert gaps.written_gap(wanted, math.inf, 1.0, YEAR).than("x") == "infinitely more than x"
    assert gaps.written_gap(wanted, 1.0, math.inf, YEAR).than("x") == "infinitely less than x"


def objective_in(unit: Unit) -> Objective:
    return next(o for o in OBJECTIVES.values() if o.unit is unit)


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        (Unit.LOSS, 0.09137, "0.0914"),
        (Unit.SCORE, 1.0, "1.0000"),
        (Unit.SHARE, 0.4567, "45.7%"),
        (Unit.SHARE, 0.00012, "0.012%"),
        (Unit.SHARE, 0.0, "0.0%"),
        (Unit.COUNT, 12_345.0, "12,345"),
        (Unit.COUNT, 84.25, "84.2"),
        (Unit.COUNT, 1234.4, "1,234"),
        (Unit.PER_1000_DEFECTS, 84.25, "84.2"),
        (Unit.PER_1000_UNITS, 0.456, "0.46"),
        (Unit.PER_MILLION, 31_000.0, "31,000"),
        (Unit.FALSE_ALARMS, 1061.0, "1,061"),
        (Unit.PERCENT, -3.14, "−3.1%"),
    ],
)
def test_figures_are_written_in_their_units(unit: Unit, value: float, said: str) -> None:
    found = figures.figure(objective_in(unit), value, YEAR).replace(SPACE, " ")
    assert found == said


@given(OBJECTIVE, FLOATS, FLOATS)
def test_a_difference_has_a_size_and_a_direction(wanted: Objective, a: float, b: float) -> None:
    there = gaps.written_gap(wanted, a, b, YEAR).than("today")
    back = gaps.written_gap(wanted, b, a, YEAR).than("today")
    assert_clean(there)
    assert there.endswith("today")
    if there.startswith("the same "):
        assert back == there
        return
    size = re.search(r"[\d,.]+", there)
    assert size
    assert number_in(size[0]) > 0
    words = (" more ", " fewer ", " less ", " above ", " below ")
    (side,) = (word for word in words if word in there)
    (other,) = (word for word in words if word in back)
    assert (side in (" more ", " above ")) == (a > b)
    assert (other in (" more ", " above ")) == (b > a)
    assert there.replace(side, " ") == back.replace(other, " ")


@pytest.mark.parametrize(
    ("name", "a", "b", "said"),
    [
        ("missed_defects_per_1000_defects", 84, 72, "12 more missed per 1,000 defects than today"),
        ("missed_defects", 3, 1005, "1,002 fewer missed defects than today"),
        (
            "shipped_defects_per_million",
            40,
            30,
            "10 more defects among shipped units per million than today",
        ),
        ("log_loss", 0.0914, 0.0897, "0.0017 above today"),
        ("log_loss", 0.09141, 0.09142, "the same log loss as today"),
        ("recall", 0.75, 0.8, "5.0 points below today"),
        ("revenue_impact", 1_210_000, 1_250_000, "EUR 40 k below today"),
        ("revenue_impact", 0.001, 0.0, "the same revenue as today"),
        ("revenue_impact_percent", 30, 28.5, "1.5 points above today"),
        ("cost_of_errors", 10, 12, "2 false alarms’ worth less than today"),
        ("scoring_time", 534, 19.9, "514.1 µs above today"),
        ("workers_at_peak", 3, 1, "2 more workers than today"),
        ("serving_cost", 394.2, 1182.6, "EUR 788 below today"),
    ],
)
def test_differences_are_written_in_words(name: str, a: float, b: float, said: str) -> None:
    found = gaps.written_gap(OBJECTIVES[name], a, b, YEAR).than("today")
    assert found.replace(SPACE, " ") == said


@given(st.floats(1e-9, 1e9), st.integers(1, 12))
@example(39.94736842105263, 3)
@example(9.999, 3)
@example(100.0, 3)
def test_digits_are_rounded_in_the_given_direction(value: float, most: int) -> None:
    down, near, up = (
        float(amounts.digits(value, most, up=up).replace(",", "")) for up in (False, None, True)
    )
    assert down <= value * (1 + 2e-15)
    assert up >= value * (1 - 2e-15)
    step = 10.0 ** (math.floor(math.log10(value)) - most + 1)
    assert up - down <= step + 1e-15 * value
    assert near in (down, up)
    assert abs(near - value) <= step / 2 + 1e-15 * value


@given(OBJECTIVE, FLOATS, FLOATS)
def test_a_worse_figure_is_against_the_direction(wanted: Objective, a: float, b: float) -> None:
    worse = gaps.worse_by(wanted, a, b)
    assert worse == -gaps.worse_by(wanted, b, a)
    assert (worse > 0) == ((a > b) if wanted.direction is Direction.MINIMISE else (a < b))


def test_units_after_a_figure() -> None:
    behind = {name: objective_units.unit_words(o, YEAR) for name, o in OBJECTIVES.items()}
    assert behind["missed_defects"] == behind["revenue_impact"] == "a year"
    assert objective_units.unit_words(OBJECTIVES["false_alarms"], Scenario()) == "in this file"
    assert behind["cost_of_errors"] == "false alarms’ worth a year"
    assert behind["shipped_defects_per_million"] == "per million"
    assert behind["log_loss"] == behind["recall"] == behind["workers_at_peak"] == ""
    assert behind["scoring_time"] == "µs a unit"
    # The cost of serving is that of production, even if other figures are those of the file.
    assert objective_units.unit_words(OBJECTIVES["serving_cost"], Scenario()) == "a year"


def digits_of(text: str) -> int:
    """Number of significant digits that a number is written with."""
    return len(text.split("e")[0].strip(MINUS).replace(".", "").strip("0")) or 1


APART = st.sampled_from([1e-18, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 0.3]) | st.floats(0, 1)


def cut(value: float, digits: int) -> float:
    """Largest number with a given number of significant digits that is not above a value."""
    unit = Fraction(10) ** (int(f"{value:e}".split("e")[1]) - digits + 1)
    if abs(Fraction(repr(value))) < unit * 10 ** (digits - 1):  # ":e" rounded up
        unit /= 10
    return float(math.floor(Fraction(repr(value)) / unit) * unit)


@given(FLOATS | st.floats(-1e-3, 1e-3), APART)
def test_a_threshold_has_the_fewest_digits_that_flag_the_same_units(
    value: float, apart: float
) -> None:
    """At least three digits if available, at most six, and never above the threshold itself."""
    below = value - abs(value) * apart
    text = thresholds.threshold(value, below)
    assert_clean(text)
    assert digits_of(text) <= 6
    tried = [cut(value, digits) for digits in (3, 4, 5, 6)]
    assert (
        number_in(text)
        == next((shorter for shorter in tried if below < shorter), tried[-1])
        <= value
    )


@pytest.mark.parametrize(
    ("value", "below", "text"),
    [
        (0.1138763446585784, 0.11, "0.113"),
        (0.1138763446585784, 0.1138, "0.11387"),
        (0.1138763446585784, 0.113876344658, "0.113876"),
        (0.1138763446585784, math.nan, "0.113876"),
        (0.1138763446585784, -math.inf, "0.113"),
        (-0.1138763446585784, -0.2, f"{MINUS}0.114"),
        (0.5, 0.49999999, "0.5"),
        (1234567.0, 1234566.0, "1234560"),
        (1.23456789e-9, 0.0, f"1.23e{MINUS}09"),
        (0.0, math.nan, "0"),
    ],
)
def test_digits_of_a_threshold(value: float, below: float, text: str) -> None:
    assert thresholds.threshold(value, below) == text


@given(FLOATS | st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_exact_threshold_can_be_read_back(value: float) -> None:
    text = thresholds.exact_threshold(value)
    assert_clean(text)
    assert number_in(text) == value


def test_thresholds_out_of_reach_are_words() -> None:
    assert thresholds.threshold(math.inf) == "flag nothing"
    assert thresholds.threshold(-math.inf) == "flag everything"
    assert thresholds.exact_threshold(math.inf) == "flag nothing"


def test_upper_end_without_a_miss_has_three_digits() -> None:
    for o in (OBJECTIVES["missed_defects"], OBJECTIVES["false_alarms"]):
        for high, said in (
            (7, "7"),
            (321, "321"),
            (1491, "1,500"),
            (9_991, "10,000"),
            (14_910, "15,000"),
        ):
            assert intervals.labelled_ends(o, 0.0, 0.0, high, YEAR).startswith(
                f"none seen: at most about {said}"
            )


def amount(text: str) -> float:
    """Value of a written figure, either money or a count."""
    found = re.search(r"[\d,]+(\.\d+)?", text)
    if found is None:
        return math.inf
    scale = SCALES.get(text.rpartition(SPACE)[2], 1.0)
    return (-1 if MINUS in text else 1) * scale * float(found[0].replace(",", ""))


@pytest.mark.parametrize(
    ("of", "between", "ends", "said"),
    [
        ("missed_defects", (331e6, 358e6), (-61e6, 15.4e6), "61 m fewer to 16 m more"),
        ("false_alarms", (472e6, 5.39e9), (-5.26e9, -4.57e9), "4.57 to 5.26 bn"),
        ("revenue", (453e6, 347e6), (98.3e6, 114e6), "EUR 98 m to EUR 114 m"),
        ("missed_defects", (0.0, 72.0), (-84.2, -59.0), "59 to 84"),
        ("cost_of_errors", (14.0, 360.0), (-405.9, -278.3), "278 to 406"),
        ("missed_defects", (331e6, 332e6), (-1.2e6, -0.8e6), "800,000 to 1.2 m"),
        ("missed_defects", (331.4e6, 332.6e6), (-1.3e6, -1.1e6), "1.1 to 2.0 m"),  # 331, 333
        ("missed_defects", (331.4e6, 331.1e6), (0.2e6, 0.4e6), "200,000 to 400,000"),  # the same
        ("revenue", (453e6, 453.2e6), (-0.21e6, -0.19e6), "EUR 190 k to EUR 210 k"),
        ("revenue", (20.3e6, 10e6), (5.354e6, 12e6), "EUR 5.3 m to EUR 12.0 m"),
        ("revenue", (114e6, 10e6), (99.46e6, 114e6), "EUR 99 m to EUR 114 m"),
    ],
)
def test_ends_of_a_difference_are_rounded_like_its_figures(of, between, ends, said):
    found = replace(gap_between(OBJECTIVES[of], *ends), size=between[0] - between[1])
    assert intervals.gap_interval_ends(found, YEAR, *between).replace(SPACE, " ") == said


@given(OBJECTIVE, FLOATS, FLOATS, FLOATS)
@example(OBJECTIVES["share_flagged"], 9 / 9400, 0.000504, 0.00182)
@example(OBJECTIVES["missed_defects"], 999.8, 999.6, 1100.0)
@example(OBJECTIVES["missed_defects"], 73.8, 73.6, 110.0)
@example(OBJECTIVES["missed_defects"], 12_345.2, 12_345.1, 12_345.3)
@example(OBJECTIVES["revenue"], 0.0, 999_500_000.0, 1_005_000_001.0)
@example(OBJECTIVES["missed_defects"], 99.7e6, 99.55e6, 105e6)
@example(OBJECTIVES["missed_defects"], 98.9e6, 98.6e6, 99.4e6)
@example(OBJECTIVES["revenue_impact"], 99.7e6, 99.55e6, 105e6)
@example(OBJECTIVES["revenue"], 105e6, 99.46e6, 114e6)
@example(OBJECTIVES["revenue"], 12e6, 5.354e6, 20.3e6)
@example(OBJECTIVES["revenue"], 999.96e3, 999.96e3, 1.2e6)
@example(OBJECTIVES["serving_cost"], 1000.0, 0.0, 0.5)
@example(OBJECTIVES["missed_value"], 1000.0, 0.0, 0.15625)
def test_an_interval_is_written_only_if_its_rounded_ends_differ(
    o: Objective, value: float, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    text = intervals.labelled_ends(o, value, low, high, YEAR)
    ends = [figures.figure(o, end, YEAR) for end in (low, high)]
    if ends[0] == ends[1]:
        assert text == ""
    elif value == 0 == low and not o.signed:
        assert text.startswith("none seen: at most about ")
    else:
        said = text.removeprefix("95%: ").split(" to ")
        unit = said[1].lstrip(f"+{MINUS}EUR{SPACE},.0123456789")
        is_money = o.unit in (Unit.MONEY, Unit.MONEY_A_YEAR)  # each end has its own unit
        if unit and ends[0].endswith(unit) and not is_money:  # written once for both
            assert not said[0].endswith(unit)
            said[0] += unit if unit == "%" else SPACE + unit
        assert said[0] != said[1]
        largest = max(abs(one) for one in (low, high, value))
        for end, written, side in ((low, said[0], -1), (high, said[1], 1)):
            off = side * (amount(written) - (100 if o.unit is Unit.SHARE else 1) * end)
            if largest >= 999.5 and (is_money or (o.unit in OUTWARDS and abs(end) >= 10)):
                # Cut outwards, by less than what the third digit of the largest counts. An amount below 1
                # is then written with three digits.
                inwards = 1e-8 * largest + (0.00501 * abs(end) if abs(end) < 1 else 0)
                assert -inwards <= off <= max(1, 0.01001 * largest)
            elif is_money:
                assert abs(off) <= max(0.00501 * abs(end), 0.005)
            else:
                decimals = len(written.strip("%").partition(SPACE)[0].partition(".")[2])
                assert abs(off) <= 0.5001 * 10.0**-decimals + 1e-13 * abs(end)
        if low <= value <= high:
            reads = [amount(one) for one in (said[0], figures.figure(o, value, YEAR), said[1])]
            assert reads == sorted(reads)
    assert intervals.labelled_ends(o, value, math.nan, high, YEAR) == ""
    assert intervals.labelled_ends(o, value, low, math.nan, YEAR) == ""


OUTWARDS = (Unit.COUNT, Unit.PER_DAY, Unit.FALSE_ALARMS, Unit.PER_MILLION)
"""Units of counts. The ends of their intervals are rounded outwards."""


@pytest.mark.parametrize(
    ("of", "value", "low", "high", "said"),
    [
        ("cost_of_errors", 694_875.0, 625_987.0, 821_130.0, "695,000: 625,000 to 822,000"),
        ("cost_of_errors", 346.0, 281.1, 407.5, "346: 281 to 408"),
        ("cost_of_errors", 346.5, 281.1, 407.5, "346.5: 281.1 to 407.5"),
        ("missed_defects", 4_500.0, 2_368.0, 8_542.0, "4,500: 2,360 to 8,550"),
        ("missed_defects", 15_000.0, 8_324.0, 20_000.0, "15,000: 8,300 to 20,000"),
        ("missed_defects", 278_500.0, 257_400.0, 300_300.0, "278,500: 257,000 to 301,000"),
        ("missed_defects", 50_000.0, 432.0, 1_200_000.0, f"50,000: 430 to 1.20{SPACE}m"),
        ("shipped_defects_per_million", 14_565.0, 11_444.0, 21_648.0, "14,600: 11,400 to 21,700"),
        ("missed_defects", 99.7e6, 99.55e6, 105e6, f"99.7{SPACE}m: 99 to 105{SPACE}m"),
        ("missed_defects", 9_400.0, 45.6, 20_345.0, "9,400: 45 to 20,400"),
        ("roc_auc", 0.99996, 0.99951, 1.0, "0.99996: 0.9995 to 1.0000"),
        ("roc_auc", 1.0, 0.99996, 1.0, "1.0000: 0.99996 to 1.0000"),
        ("recall", 0.97, 0.95, 0.9997, "97.0%: 95.0 to 99.97%"),
        ("roc_auc", 0.999, 0.998, 0.99996, "0.9990: 0.9980 to 0.99996"),
        ("recall", 0.9997, 0.9893, 1.0, "99.97%: 98.9 to 100.0%"),
    ],
)
def test_an_interval_is_rounded_like_its_figure(
    of: str, value: float, low: float, high: float, said: str
) -> None:
    o = OBJECTIVES[of]
    text = intervals.ends(o, value, low, high, Scenario())
    assert f"{figures.figure(o, value, Scenario())}: {text}" == said


SIZES = st.builds(
    lambda power, sign: sign * 10.0**power, st.floats(-3, 11), st.sampled_from([-1, 1])
)
"""Sizes with equally many of each power of ten."""


@given(OBJECTIVE, SIZES, st.floats(0, 0.2), st.floats(0, 0.2), st.sampled_from([YEAR, Scenario()]))
@example(OBJECTIVES["revenue_impact"], 99.7e6, 0.15 / 99.7, 5.3 / 99.7, YEAR)
@example(OBJECTIVES["missed_defects"], 99.7e6, 0.15 / 99.7, 5.3 / 99.7, YEAR)
@example(OBJECTIVES["missed_defects"], 98.9e6, 0.003, 0.005, YEAR)
def test_a_written_interval_holds_its_written_figure(
    o: Objective, value: float, below: float, above: float, scenario: Scenario
) -> None:
    """Also a narrow one."""
    low, high = value - below * abs(value), value + above * abs(value)
    text = intervals.ends(o, value, low, high, scenario)
    if text:
        first, last = text.split(" to ")
        unit = last.rpartition(SPACE)[2]
        if unit[:1].isalpha() and not objective_units.is_money(o.unit, scenario):
            first = (
                first if first.endswith(("m", "bn")) or low < 1e6 <= high else first + SPACE + unit
            )
        reads = [amount(first), amount(figures.figure(o, value, scenario)), amount(last)]
        assert reads == sorted(reads)


@given(OBJECTIVE, SIZES, SIZES, st.floats(0, 0.2), st.floats(0, 0.2))
@example(OBJECTIVES["missed_defects"], 0.01, -1.0, 0.125, 0.0)
def test_written_ends_of_a_difference_hold_the_written_difference(
    o: Objective, a: float, b: float, below: float, above: float
) -> None:
    size = a - b
    found = replace(gap_between(o, size - below * abs(size), size + above * abs(size)), size=size)
    text = intervals.gap_interval_ends(found, YEAR, a, b)
    gap = gaps.written_gap(o, a, b, YEAR)
    if not text or gap.is_same or gap.size * size < 0:
        return
    first, last = (one.removesuffix(" points") for one in text.split(" to "))
    unit = last.rpartition(SPACE)[2]
    nearest = min(abs(found.low), abs(found.high), abs(gap.size))
    if unit in ("m", "bn") and SPACE not in first and nearest >= 1e6:  # written once for both
        first += SPACE + unit
    reads = [amount(first), amount(gap.amount), amount(last)]
    assert reads == sorted(reads)


@given(OBJECTIVE.filter(lambda o: o.unit is not Unit.MONEY_A_YEAR), FLOATS, FLOATS)
def test_ends_of_a_difference_have_a_direction_if_they_differ_in_it(
    o: Objective, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    text = intervals.labelled_gap_interval(gap_between(o, low, high), Scenario())
    if not text:
        written = (figures.figure(o, abs(end), Scenario()) for end in (low, high))
        assert len(set(written)) == 1
        return
    unit = "(?: points|\N{NO-BREAK SPACE}µs)?"
    pattern = rf"([^\s{SPACE}]+(?:{SPACE}(?:m|bn))?){unit}(?: (fewer|less|below|more|above))?{unit}"
    found = re.fullmatch(f"95%: {pattern} to {pattern}", text)
    assert found
    assert ("points" in text) == (o.unit in (Unit.SHARE, Unit.PERCENT))
    scale = 100 if o.unit is Unit.SHARE else 1
    apart = low < 0 < high
    ends = (low, high) if apart else sorted((low, high), key=abs)
    first, first_way, last, last_way = found.groups()
    if re.search("(m|bn)$", last) and first[-1].isdigit():
        first += last[last.index(SPACE) :]  # "1.00 to 1.01 bn" names the unit once
    for end, said, way in zip(ends, (first, last), (first_way, last_way), strict=True):
        assert_clean(said)
        # In two digits at least, the low one cut downwards and the high one upwards.
        largest = max(abs(low), abs(high))
        assert abs(number_in(said) - scale * abs(end)) <= max(
            0.5, 0.01001 * largest, 0.006 * abs(end)
        )
        assert (way is not None) == (apart and bool(re.search("[1-9]", said)))
        if way:
            assert (way in ("more", "above")) == (end > 0)
    assert intervals.labelled_gap_interval(gap_between(o, math.nan, high), Scenario()) == ""


@pytest.mark.parametrize(
    ("of", "low", "high", "said"),
    [
        ("missed_defects", -349, -271, "95%: 271 to 349"),
        ("missed_defects", -3, 4.25, "95%: 3 fewer to 4.2 more"),
        ("missed_defects", -3464, 496.8, "95%: 3,470 fewer to 500 more"),
        ("missed_defects", 999.8, 1000.2, ""),
        ("missed_defects_per_1000_defects", -1000, -999.98, ""),
        ("missed_defects", 73.4, 110, "95%: 73 to 110"),
        ("missed_defects", -0.3, 2000, "95%: 0.3 fewer to 2,000 more"),
        ("share_flagged", -0.0004, 0.02, "95%: 0.040 points below to 2.0 points above"),
        ("share_flagged", 0.0005, 0.00182, "95%: 0.050 to 0.2 points"),
        ("recall", 0.732, 0.813, "95%: 73.2 to 81.3 points"),
        ("log_loss", 0.08613, 0.14237, "95%: 0.0861 to 0.1424"),
        ("log_loss", -0.00001, 0.00002, ""),
        ("false_alarms", 0.0, 0.0, ""),
        ("false_alarms", 12_345, 12_345, ""),
        ("false_alarms", 123_456, 123_456, ""),
        ("false_alarms", 12_345, 12_399, "95%: 12,300 to 12,400"),
        (
            "serving_cost",
            -394.2,
            1182.6,
            f"95%: EUR{SPACE}400 below to EUR{SPACE}1.19{SPACE}k above",
        ),
        ("scoring_time", -1.5, 534, f"95%: 2{SPACE}µs below to 534{SPACE}µs above"),
    ],
)
def test_differences_are_written_as_people_write_them(
    of: str, low: float, high: float, said: str
) -> None:
    assert (
        intervals.labelled_gap_interval(gap_between(OBJECTIVES[of], low, high), Scenario()) == said
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.7138, "0.714"), (999.4, "999"), (999.6, "1,000"), (1234.0, "1,234")],
)
def test_a_price_is_never_written_in_powers_of_ten(value: float, said: str) -> None:
    assert amounts.price_size(value) == said
