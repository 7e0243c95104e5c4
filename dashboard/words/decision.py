"""Words about a recorded decision: its summary, assumptions and provenance, and the stakeholders' figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from dashboard.analysis.inspection import SHARE_INSPECTED, SHARE_REJECTED
from dashboard.analysis.resampled_figures import CHANGES
from dashboard.decisions.decision import VERDICTS, Decision, Spot, StakeholderRecord
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.proposal import Proposal
from dashboard.words.data_size import HELD_OUT
from dashboard.words.decisions.record_texts import miss_words
from dashboard.words.inspection import at_work_words, effect_words, inspected_words
from dashboard.words.limits.certified import MET, certainty_words, in_full, look_words, short
from dashboard.words.limits.limit_names import limit_value, limit_with_value
from dashboard.words.names import ROLES
from dashboard.words.numbers.amounts import MINUS, count, number, price_size
from dashboard.words.numbers.figures import figure, in_per_cent
from dashboard.words.numbers.gaps import WrittenGap, written_gap
from dashboard.words.numbers.objective_units import unit_words, worth
from dashboard.words.phrases import MAY_BE_CHANCE, all_of, capital, joined
from metrics import OBJECTIVES, Bound, Scenario
from metrics.evaluation.objective import NO_CHECKS
from metrics.evaluation.objective_in_scenario import objective_in_scenario
from metrics.inference.certificates.certification import Standing

Row = tuple[str, str]
"""Name and text."""

UNRECORDED = "View, not recorded: nobody has decided on it"
"""Line of a report or a slide of a view that is not recorded."""
VERDICT = "Verdict"
"""Title of the verdict."""
CHARTS_GONE = "The charts are left out: the data of this decision is not on the server any more."
"""Line instead of the charts."""
NOT_ASKED = ("The stakeholders", "have not been asked")
"""Row instead of the stakeholders' statements."""
RESULT_HEADS = ("Stakeholder", "Wants", "Gets", "Against the best", "Best for this role")
"""Heads of the table of the stakeholders' figures."""
PAYOFF_NAMES = {
    "ship_good": "good unit shipped",
    "reject_good": "good unit rejected",
    "ship_defect": "defect shipped",
    "reject_defect": "defect rejected",
}
"""Names of the payoffs by their names in a scenario."""
_HELD_OUT_ON_PAPER = HELD_OUT | {"held-out": "held out: no model saw these rows"}
_COUNTED = {
    "tp": "defects caught", "fn": "missed defects", "fp": "false alarms", "tn": "good units shipped",
}  # fmt: skip


def figure_words(s: StakeholderRecord) -> str:
    """A stakeholder's figure at the selected point."""
    return f"{s.chosen.text} {s.chosen.unit}".strip()


def figure_with_interval(s: StakeholderRecord) -> str:
    """A stakeholder's figure with its 95% interval."""
    return f"{figure_words(s)} ({s.chosen.range})" if s.chosen.range else figure_words(s)


def pick_words(s: StakeholderRecord) -> str:
    """A stakeholder's figure at its pick, and the pick; ``none`` without a pick."""
    return "none" if s.pick is None else f"{s.own.text}, {s.pick.words}"


def verdict_words(s: StakeholderRecord) -> str:
    """Verdict of a stakeholder on the decision: whether it agrees."""
    return VERDICTS.get(s.verdict, "has not been asked")


def statement_words(s: StakeholderRecord) -> str:
    """A stakeholder, the name of the person, the verdict and the words."""
    return f"{s.title}, {s.name or 'no name'}: {verdict_words(s)}. {s.words}"


def statement_heads(f: DecisionFacts) -> tuple[str, ...]:
    """Heads of the table of the stakeholders' statements."""
    source = "signed" if f.proposal is not None and f.proposal.statements else "name as typed"
    return ("Stakeholder", f"Who ({source})", "Says", "In their words")


def points_line(d: Decision) -> str:
    """Line with the selected point and the current system."""
    return f"Chosen: {d.chosen.words}. Today: {d.today.words}."


def reason_rows(d: Decision) -> list[Row]:
    """Rows of the reason for the decision and of other people's objections, if there are any."""
    return [row for row in (("Why", d.why), ("Others object", d.objections)) if row[1]]


def decision_titles(f: DecisionFacts) -> tuple[str, str]:
    """Line above the title, and title, of the slide about the decision."""
    if f.recorded is None:
        return "The view", UNRECORDED
    return "Who decided, and why", f"Decision {f.recorded.number}: {f.decision.chosen.words}"


def left_out_words(left: int) -> str:
    """Words for the number of sentences that a slide leaves out."""
    return f"{left} more in the notes."


def record_line(f: DecisionFacts) -> str:
    """Number and time of a recorded decision; a warning if it is not recorded."""
    if f.recorded is None:
        return UNRECORDED
    recorded = f"Decision {f.recorded.number}, recorded {moment_words(f.decision.at)}"
    return "; ".join([recorded, *proposal_words(f.proposal)])


def proposal_words(proposal: Proposal | None) -> list[str]:
    """Number of signatures on a decision, and who has to sign it; empty for a decision that was not proposed.

    Examples: ``2 of 3 signed; waiting for the executive``, ``withdrawn by ana@example.com``.
    """
    if proposal is None:
        return []
    if not proposal.is_sealed:
        return ["not recorded by this server"]
    if (proposed := proposal.proposed) is None:
        return []
    if proposal.withdrawn is not None:
        return [f"withdrawn by {proposal.withdrawn.subject}"]
    if not proposal.waits_for:
        return [f"signed by all {len(proposed.waits_for)}"]
    waiting = joined([f"the {ROLES[name]}" for name in proposal.waits_for])
    signed = f"{len(proposal.statements)} of {len(proposed.waits_for)} signed"
    return [f"proposed by {proposed.subject}: {signed}; waiting for {waiting}"]


def moment_words(at: str) -> str:
    """Time of a decision: ``2026-05-04 09:30 UTC``."""
    return f"{at[:10]} {at[11:16]} UTC"


def data_line(d: Decision) -> str:
    """Size of the data, and whether it was held out."""
    parts = [
        f"{number(d.data.rows)} units",
        _HELD_OUT_ON_PAPER.get(d.data.held_out, d.data.held_out),
        f"{number(d.data.defects)} defective",
        f"{len(d.data.models)} models",
    ]
    return " · ".join(parts)


def counts_line(d: Decision) -> str:
    """Confusion counts of the selected point in the file."""
    return ", ".join(
        f"{value:,.10g} {_COUNTED[name]}" for name, value in d.counts.items() if name in _COUNTED
    )


def assumption_rows(f: DecisionFacts) -> list[Row]:
    """Rows of the assumptions of a decision.

    If this version cannot read the scenario, its values are shown by their names in the record.
    """
    people = "" if f.scenario is None else inspection_words(f.scenario)
    return [
        *(_unread_rows(f) if f.scenario is None else _scenario_rows(f.scenario)),
        ("Today", f.decision.today.words),
        ("Limits", limits_in_force(f)),
        *([("Inspection", people)] if people else []),
        ("Rule", flagging_rule(f.decision.chosen)),
    ]


def _scenario_rows(scenario: Scenario) -> list[Row]:
    rate, volume = scenario.defect_rate, scenario.units_per_year
    return [
        ("A miss costs", miss_words(scenario)),
        ("Defect rate", f"{100 * rate:g}%" if rate else "the file’s own"),
        ("Units a year", count(volume) if volume else "figures are those of the file"),
        ("Payoffs", payoff_words(scenario)),
    ]


def _unread_rows(f: DecisionFacts) -> list[Row]:
    return [
        (capital(name.replace("_", " ")), _value_words(value))
        for name, value in f.decision.scenario.items()
        if name not in ("limits", "today")
    ]


def provenance_rows(f: DecisionFacts, address: str = "") -> list[Row]:
    """Rows of a decision's hashes, data, version and link."""
    d, recorded = f.decision, f.recorded
    rows = []
    if recorded is not None:
        rows = [("Hash", recorded.hash), ("Hash before", recorded.previous)]
        if d.supersedes:
            rows.insert(0, ("Takes the place of", f"number {d.supersedes}"))
    return [
        *rows,
        ("Fingerprint", f"{d.data.fingerprint} ({', '.join(d.data.files)})"),
        ("Version", f"Common Ground {d.version}, 95% intervals of seed {d.seed}"),
        ("Link", f"{address}?{d.query}"),
    ]


def unit_notes(d: Decision) -> str:
    """Notes on single units."""
    return "; ".join(f"{note.unit}: {note.words}" for note in d.unit_notes)


def rows_to_compare(f: DecisionFacts) -> dict[str, str]:
    """Texts of a decision by name, for the comparison of two decisions."""
    d = f.decision
    rows = {
        "When": moment_words(d.at),
        "Chosen": d.chosen.words,
        "Today": d.today.words,
        "Data": d.data.title,
        "Fingerprint": d.data.fingerprint,
        "Units": f"{d.data.rows:,}",
        "Rows were": HELD_OUT.get(d.data.held_out, d.data.held_out),
        "Figures are of": d.basis,
        "Models": ", ".join(d.data.models),
        "Version, seed": f"{d.version}, {d.seed}",
    }
    for key, value in sorted(d.scenario.items()):
        rows[f"Scenario: {key.replace('_', ' ')}"] = _value_words(value)
    for s in d.stakeholders:
        rows |= {
            f"{s.title}: who": s.name,
            f"{s.title}: wants": s.wish,
            f"{s.title}: gets": figure_with_interval(s),
            f"Best for the {s.title.lower()}": pick_words(s),
            f"{s.title}: says": f"{verdict_words(s)}: {s.words}" if s.words else verdict_words(s),
        }
    return rows | {
        "Others object": d.objections,
        "Why": d.why,
        "Notes on units": unit_notes(d),
        "Takes the place of": str(d.supersedes or ""),
    }


def _value_words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_value_words(v)}" for name, v in value.items())
    return f"{value:g}" if isinstance(value, int | float) else "" if value is None else str(value)


def payoff_words(scenario: Scenario) -> str:
    """Payoff of each kind of unit, or the price of a miss if there are no payoffs."""
    if scenario.payoff is None:
        return f"none given: a good unit shipped counts 1, a miss {scenario.miss_cost:,.10g}"
    return ", ".join(
        f"{PAYOFF_NAMES[name]} {MINUS if value < 0 else ''}{abs(value):,.10g} {scenario.currency}"
        for name, value in asdict(scenario.payoffs).items()
    )


def limits_in_force(f: DecisionFacts) -> str:
    """The limits with their status. A limit on an objective unknown to this version has a bare number."""
    scenario, certificate, sentences = f.scenario, f.decision.certificate, []
    for limit in f.limits:
        words = f"{limit.name} {limit.value:,.10g}"
        if limit.bound is not None and scenario is not None:
            words = limit_with_value(limit.bound, scenario)
        # The verdict says how surely limits are met that are not certified.
        if limit.standing not in (None, Standing.MET) and certificate is not None:
            words += f" ({short(limit.standing, certificate.confidence)})"
        sentences.append(words)
    looks = None if scenario is None or certificate is None else scenario.looks
    if looks is not None:
        sentences.append(look_words(looks))
    return ", ".join(sentences) or "none"


def inspection_words(scenario: Scenario) -> str:
    """Costs, times and rates of inspectors; empty without inspectors."""
    inspection = scenario.inspection
    if inspection is None:
        return ""
    price = f"{inspection.false_alarms or 0:,.10g} false alarms"
    if inspection.price is not None:
        price = f"{inspection.price:,.10g} {scenario.currency}"
    hours = inspection.hours
    sentences = [f"costs {price} a unit"]
    if hours is not None:
        sentences.append(f"takes {price_size(60 * hours)} minutes")
    caught = _rate_words(inspection.catches, inspection.catches_range)
    rejected = _rate_words(inspection.rejects, inspection.rejects_range)
    sentences += [f"catches {caught} of the defects", f"rejects {rejected} of the good units"]
    # A capacity a day has no effect if the number of units a year is unknown.
    if scenario.units_per_year:
        if inspection.units_a_day is not None:
            sentences.append(f"at most {count(inspection.units_a_day)} units a day")
        if hours is not None:
            at_work = at_work_words(inspection.hours_a_week, inspection.utilisation)
            sentences.append(f"inspectors are there {at_work}")
    return ", ".join(sentences)


def _rate_words(rate: float, ends: tuple[float, ...] | None) -> str:
    """Rate of inspectors with its range: ``95% (92 to 98)``."""
    between = "" if ends is None else " ({:.6g} to {:.6g})".format(*(100 * end for end in ends))
    return f"{100 * rate:.6g}%{between}"


def flagging_rule(spot: Spot) -> str:
    """Rule by which a unit's score decides about the unit."""
    if spot.ship_below is None:
        return "a unit is flagged if its score is at or above the threshold"
    return (
        "a unit is rejected if its score is at or above the threshold, shipped if its score is below "
        "ship_below, and inspected by a person if its score is between the two"
    )


def summary(f: DecisionFacts) -> str:
    """Sentences about the selected point: its effect, changes from the current system, and the limits.

    Returns
    -------
    str
        Without the sentences whose figures are not recorded. Empty if this version cannot read the scenario.
    """
    scenario = f.scenario
    if scenario is None:
        return ""
    point, current, sentences = f.shown, f.current, _inspection_sentences(f, scenario)
    if not sentences and {"share_flagged", "recall"} <= point.keys():
        sentences = [effect_words(point)]
    if point.keys() & current.keys() >= set(CHANGES):
        sentences.append(_change_sentence(f, scenario))
    return " ".join(filter(None, [*sentences, limits_status(f)]))


def limits_status(f: DecisionFacts) -> str:
    """Sentence about whether the selected point meets the limits; empty without limits, or if unknown."""
    bounds, scenario = [limit.bound for limit in f.limits if limit.bound is not None], f.scenario
    is_known = len(bounds) == len(f.limits) and all(b.objective.id in f.shown for b in bounds)
    if scenario is None or not is_known:
        return ""
    in_file = {name: figure.value for name, figure in f.figures.items()}
    return _met_sentence(f, bounds, scenario) or _limits_sentence(in_file, bounds, scenario)


def _change_sentence(f: DecisionFacts, scenario: Scenario) -> str:
    """Sentence about the changes of the selected point against the current system."""
    point, current, d, name = f.shown, f.current, f.decision, f.decision.today.words
    against = f"Against {NO_CHECKS}" if scenario.today is None else f"Against today ({name})"
    if all(point[key] == current[key] for key in ("missed_defects", "false_alarms")):
        if d.chosen.model == d.today.model:
            return f"This is today’s system ({name})."
        return f"{against}: the same missed defects and the same false alarms."
    parts = []
    for key in CHANGES:
        gap = written_gap(
            objective_in_scenario(OBJECTIVES[key], scenario), point[key], current[key], scenario
        )
        if gap.is_defined:
            hedge = f" ({MAY_BE_CHANCE})" if key in d.unsettled and not gap.is_same else ""
            parts.append((_change_words(gap, scenario), hedge))
    if parts and scenario.units_per_year is not None:
        parts[-1] = (f"{parts[-1][0]} a\N{NO-BREAK SPACE}year", parts[-1][1])
    return f"{against}: {', '.join(map(''.join, parts))}."


def _change_words(gap: WrittenGap, scenario: Scenario) -> str:
    o = gap.objective
    if gap.is_same:
        return f"the same {o.change_of}" if o.is_against_current else f"as many {o.label}"
    if o.is_against_current and math.isfinite(gap.size):
        # Without payoffs the gain is counted in false alarms.
        unit = "" if scenario.payoff is not None else f" {worth()}"
        return f"{gap.amount}{unit} {'more' if gap.is_more else 'less'} {o.change_of}"
    return gap.words()


def _limits_sentence(
    point: Mapping[str, float], bounds: Sequence[Bound], scenario: Scenario
) -> str:
    """Sentence about the limits that a point breaks, or that it meets all. Empty without limits."""
    broken = []
    for bound in bounds:
        value = float(point.get(bound.objective.id, math.nan))
        if not bound.is_met(value):
            written = figure(bound.objective, value, scenario)
            broken.append(
                f"{bound.objective.label} is {written}, not {limit_value(bound, scenario)}"
            )
    if not bounds:
        return ""
    if not broken:
        return f"Meets {all_of(len(bounds), 'limit')}."
    which = f"{len(broken)} of {len(bounds)} limits" if len(bounds) > 1 else "the limit"
    return f"Breaks {which}: {'; '.join(broken)}."


def _inspection_sentences(f: DecisionFacts, scenario: Scenario) -> list[str]:
    """Sentences about the units and the cost of inspecting; empty without inspectors."""
    shares = [f.decision.counts.get(name) for name in (SHARE_INSPECTED, SHARE_REJECTED)]
    if scenario.inspection is None or "units_inspected" not in f.figures or None in shares:
        return []
    inspected, rejected = (float(share) for share in shares if share is not None)
    units = f.figures["units_inspected"].value
    sentences = [inspected_words(inspected, rejected, units, scenario)]
    o, cost = OBJECTIVES["inspection_cost"], f.figures.get("inspection_cost")
    if cost is not None and scenario.inspection.price is not None:
        words = f"{figure(o, cost.shown, scenario)} {unit_words(o, scenario)}".rstrip()
        sentences.append(f"Inspecting costs {words}.")
    if "recall" in f.figures:
        sentences.append(f"Catches {in_per_cent(f.figures['recall'].shown)} of the defects.")
    return sentences


def _met_sentence(f: DecisionFacts, bounds: Sequence[Bound], scenario: Scenario) -> str:
    """Status of the limits if all were met; empty if any was missed, or if this is unknown."""
    certificate = f.decision.certificate
    if f.standing is Standing.NOT_MET or (f.standing is None and f.missed.is_unknown):
        return ""
    if certificate is not None and f.standing is Standing.CERTIFIED:
        words = in_full(f.standing, certificate.confidence, certificate.models)
    else:
        words = certainty_words(f.missed) or MET
        words += "" if certificate is None else ", not certified"
    names = [limit_with_value(bound, scenario) for bound in bounds]
    if certificate is not None:
        names = [limit.words for limit in certificate.limits]
    if len(names) == 1:
        return f"{capital(names[0])}: {words}."
    return f"{capital(all_of(len(names), 'limit'))} {words}."
