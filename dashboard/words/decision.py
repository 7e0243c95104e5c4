"""Words about a recorded decision: titles, stakeholders' figures, assumptions and provenance."""

from __future__ import annotations

from dataclasses import asdict

from dashboard.decisions.decision import VERDICTS, Decision, Spot, StakeholderRecord
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.proposal import Proposal
from dashboard.words.data_size import HELD_OUT
from dashboard.words.decisions.record_texts import miss_words
from dashboard.words.inspection import at_work_words
from dashboard.words.limits.certified import look_words, standing_words
from dashboard.words.limits.limit_names import limit_with_value
from dashboard.words.names import ROLES
from dashboard.words.numbers.amounts import MINUS, count, number, price_size
from dashboard.words.phrases import capital, joined
from metrics import Scenario
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
            words += f" ({standing_words(limit.standing, certificate.confidence)})"
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
