"""Verdict on the selected point: sentences from tables of conditions, and the cheapest model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.analysis.decide.verdict import (
    Advice,
    Objection,
    Risk,
    StakeholderFacts,
    VerdictFacts,
)
from dashboard.words.data_size import scarce_noun
from dashboard.words.decide.cheapest_model import cheapest_model_words
from dashboard.words.limits.certainty import doubt_words, met_in_simulations
from dashboard.words.limits.limit_names import ignoring_limits, limit_value, misses_in_file
from dashboard.words.names import ROLES, Names
from dashboard.words.numbers.gaps import worse_by, written_gap
from dashboard.words.phrases import (
    CHANCE,
    FLAGGING,
    MAY_BE_CHANCE,
    all_of,
    capital,
    in_words,
    joined,
)
from metrics.evaluation.objective import NO_CHECKS, Objective
from metrics.evaluation.operating_points import OperatingPoint
from metrics.inference.certainty import RARELY, Certainty
from metrics.inference.comparison.paired_difference import Chance
from metrics.scenario.scenario import Scenario
from metrics.selection.limits import Bound


@dataclass(frozen=True)
class VerdictPhrases:
    """Phrases for the placeholders in the sentences of the tables.

    Attributes
    ----------
    facts : VerdictFacts
    scenario : Scenario
    name : callable
        Shown name of a model.
    point_words : callable
        An operating point as text: ``gradient boosting at 0.31``.
    """

    facts: VerdictFacts
    scenario: Scenario
    name: Callable[[str], str]
    point_words: Callable[[OperatingPoint], str]

    def spot(self, point: OperatingPoint) -> str:
        """Words for a point, also if it flags everything or nothing."""
        return self.point_words(point) if point.extreme is None else FLAGGING[point.extreme]

    @property
    def selected(self) -> str:
        """The selected point."""
        return self.point_words(self.facts.selected)

    @property
    def choice(self) -> str:
        """The selected point, and equally good points of other models in the file."""
        ties = self.facts.ties
        words = joined([self.selected, *map(self.spot, ties)], "or")
        return f"{words} (equally good in this file)" if ties else words

    @property
    def noun(self) -> str:
        """Word for a limit; a limit on a difference to the current system is a target."""
        limits = self.facts.limits
        return "target" if all(bound.objective.is_against_current for bound in limits) else "limit"

    @property
    def limits(self) -> str:
        """All limits. A single limit has its value."""
        return self._limits(self.facts.limits)

    @property
    def broken(self) -> str:
        """The limits that the selected point breaks. A single limit has its value."""
        broken, count = self.facts.broken, len(self.facts.limits)
        if len(broken) in (1, count):
            return self._limits(broken)
        return f"{in_words(len(broken))} of the {in_words(count)} {self.noun}s"

    def _limits(self, limits: Sequence[Bound]) -> str:
        if len(limits) != 1:
            return all_of(len(limits), self.noun)
        [bound] = limits
        asked = limit_value(bound, self.scenario, in_file=False)
        return f"the {self.noun} ({bound.objective.subject} {asked})"

    @property
    def how_sure(self) -> str:
        """How surely the limits are met: ``uncertain (met in 61% of simulations)``."""
        missed = self.facts.missed
        return "" if missed.is_unknown else f"{missed.certainty} ({met_in_simulations(missed)})"

    @property
    def may_miss(self) -> str:
        """Risk that a limit is missed: ``the target is only likely (met in 84% of simulations)``."""
        only = " only" if self.facts.missed.certainty is Certainty.LIKELY else ""
        return (
            f"{self.limits} {'is' if len(self.facts.limits) == 1 else 'are'}{only} {self.how_sure}"
        )

    @property
    def current(self) -> str:
        """The current system."""
        return _current(has_current=self.facts.has_current)

    @property
    def and_meets(self) -> str:
        """Remark that the limits have to be met as well."""
        return f" and meets {self.limits}" if self.facts.limits else ""

    @property
    def earns_no_more(self) -> str:
        """Statement that a point gains nothing."""
        return earns_no_more_words(self.facts.gain, has_current=self.facts.has_current)

    @property
    def scarce(self) -> str:
        """Numbers of defects and of groups that are too small."""
        return joined([scarce_noun(scarcity) for scarcity in self.facts.scarce])

    @property
    def better(self) -> str:
        """The better point."""
        assert self.facts.better is not None
        return self.spot(self.facts.better)

    @property
    def objection(self) -> str:
        """The reason against the selected point."""
        assert self.facts.objection is not None
        return OBJECTIONS[self.facts.objection].format(w=self)

    @property
    def risks(self) -> str:
        """The risks to accept with the selected point."""
        return " and that ".join(RISKS[risk].format(w=self) for risk in self.facts.risks)

    @property
    def preferences(self) -> str:
        """Points that stakeholders would prefer, judged by the figures as written; empty if none."""
        figures = self.facts.selected.figures
        parts: list[str] = []
        for s in self.facts.stakeholders:
            at_selected, at_pick = (
                float(at_point.get(s.objective.id, math.nan))
                for at_point in (figures, {} if s.pick is None else s.pick.figures)
            )
            is_worse = worse_by(s.objective, at_selected, at_pick) > 0  # false for NaN as well
            is_same = written_gap(s.objective, at_selected, at_pick, self.scenario).is_same
            if s.pick is None or not is_worse or is_same:
                continue
            where = self.name(str(s.pick.model)) if s.objective.of_model else self.spot(s.pick)
            verb = "" if parts else " would do better"
            parts.append(f"the {ROLES[s.name]}{verb} with {where}{self._doubts(s)}")
        return joined(parts) if parts else ""

    def _doubts(self, s: StakeholderFacts) -> str:
        """Remark on what may not hold on new data at a stakeholder's pick."""
        if s.chance is Chance.UNKNOWN and not s.is_broken:
            return " (in this file)"
        doubts = [CHANCE[s.chance]] if s.chance is Chance.POSSIBLE else []
        limits = self.noun if len(self.facts.limits) == 1 else "limits"
        if s.is_broken:
            doubts.append(misses_in_file(self.facts.limits))
        elif s.missed.exceeds(RARELY):
            doubts.append(f"{limits} {doubt_words(s.missed)}")
        return f" ({joined(doubts)})" if doubts else ""

    @property
    def conditions(self) -> str:
        """The stakeholders' own conditions that the selected point breaks; empty if none."""
        parts = [
            f"the {ROLES[s.name]}’s condition on {s.condition.objective.subject}"
            for s in self.facts.stakeholders
            if s.condition is not None and not s.condition.is_met_at(self.facts.selected)
        ]
        return joined(parts) if parts else ""

    @property
    def fair(self) -> str:
        """The fair option."""
        assert self.facts.fair is not None
        return self.spot(self.facts.fair)


DO_NOT_SHIP = "Do not ship yet"
"""Advice not to ship a point."""


def _current(*, has_current: bool) -> str:
    return "today" if has_current else NO_CHECKS


def earns_no_more_words(gain: Objective, *, has_current: bool) -> str:
    """Statement that a point gains nothing: ``brings no more revenue than today``."""
    return f"brings no more {gain.noun} than {_current(has_current=has_current)}"


OBJECTIONS = {
    Objection.TRAINED_ON: "the models were trained on these units, so every figure here flatters them",
    Objection.FLAGS_EVERYTHING: "{w.selected} flags everything",
    Objection.FLAGS_NOTHING: "{w.selected} flags nothing",
    Objection.NONE_MEETS_LIMITS: "no threshold of any model meets {w.limits}",
    Objection.BREAKS_LIMITS: "{w.selected} misses {w.broken}",
    Objection.OFTEN_BREAKS_LIMITS: (
        "{w.selected} meets {w.limits} in this file, but on new data that is {w.how_sure}"
    ),
    Objection.NONE_EARNS_MORE: (
        "no threshold of any model brings more {w.facts.gain.noun} than {w.current}{w.and_meets}"
    ),
    Objection.EARNS_NO_MORE: "{w.selected} {w.earns_no_more}",
    Objection.CLEARLY_BEATEN: "{w.better} is clearly better",
}
"""Sentence for each objection against the selected point."""

RISKS = {
    Risk.MAY_BREAK_LIMITS: "{w.may_miss}",
    Risk.GAIN_MAY_BE_CHANCE: f"its gain in {{w.facts.gain.noun}} over {{w.current}} {MAY_BE_CHANCE}",
    Risk.BEATEN_HERE: "{w.better} has fewer missed defects and fewer false alarms",
    Risk.FEW_UNITS: "all of this rests on only {w.scarce}",
}
"""Sentence for each risk that comes with the selected point."""

Row = tuple[Callable[[VerdictPhrases], object], str]
"""Condition, and the sentence that is used if it is true."""

ADVICE: tuple[Row, ...] = (
    (lambda w: w.facts.advice is Advice.REPLACE_CURRENT,
     "Do not stop at today’s system: {w.objection}."),
    (lambda w: w.facts.advice is Advice.DO_NOT_SHIP, f"{DO_NOT_SHIP}: {{w.objection}}."),
    (lambda w: w.facts.advice is Advice.KEEP_CURRENT and w.facts.has_intervals,
     "Keep today’s system, {w.selected}: no other point is clearly better."),
    (lambda w: w.facts.advice is Advice.KEEP_CURRENT,
     "Keep today’s system, {w.selected}, judging by this file alone."),
    (lambda w: w.facts.advice is Advice.SHIP_IF_ACCEPTED and w.facts.held_out == "unknown",
     "Ship {w.choice} only if no model was trained on these units and you accept that {w.risks}."),
    (lambda w: w.facts.advice is Advice.SHIP_IF_ACCEPTED,
     "Ship {w.choice} only if you accept that {w.risks}."),
    (lambda w: w.facts.held_out == "unknown",
     "Ship {w.choice} only if no model was trained on these units."),
    (lambda w: w.facts.is_certified, "Ship {w.choice}: it is certified to meet {w.limits}."),
    (lambda w: not w.facts.has_intervals, "Ship {w.choice}, judging by this file alone."),
    (lambda _: True, "Ship {w.choice}."),
)  # fmt: skip
"""Sentences with advice on the selected point. The first whose condition is true is used."""

STAKEHOLDERS: tuple[Row, ...] = (
    (lambda w: w.preferences and w.conditions, "{w.preferences}; this choice breaks {w.conditions}."),
    (lambda w: w.conditions, "This choice breaks {w.conditions}."),
    (lambda w: w.preferences and w.facts.fair is None, "{w.preferences}."),
    (lambda w: w.preferences and w.facts.is_fair, "{w.preferences}; this choice is the fair option."),
    (lambda w: w.preferences, "{w.preferences}; the fair option is {w.fair}."),
    (lambda w: all(s.pick is not None for s in w.facts.stakeholders),
     "No stakeholder would do better with another point in this file."),
)  # fmt: skip
"""Sentences about stakeholders with a better point, and about the fair option."""


def verdict_of(
    facts: VerdictFacts,
    scenario: Scenario,
    names: Names,
    point_words: Callable[[OperatingPoint], str],
) -> tuple[str, ...]:
    """One to three sentences: what to do, who would prefer another point, and the cheapest model.

    Parameters
    ----------
    facts : VerdictFacts
    scenario : Scenario
    names : Names
    point_words : callable
        As in `VerdictPhrases`.
    """
    words = VerdictPhrases(facts, scenario, names.model, point_words)
    sentences = tuple(filter(None, (_first(table, words) for table in (ADVICE, STAKEHOLDERS))))
    if facts.cheapest is None:
        return sentences
    aside = ignoring_limits(facts.limits)
    lead = " ".join(cheapest_model_words(scenario, names, facts.cheapest, aside))
    return *sentences, f"{lead}."


def _first(table: Sequence[Row], words: VerdictPhrases) -> str:
    """Sentence of the first row whose condition is true; empty if there is none."""
    sentence = next((sentence for condition, sentence in table if condition(words)), "")
    return capital(sentence.format(w=words))
