"""Selection of the score columns of models, by name and by values, with reasons for unused columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow.compute as pc

from metrics.errors import Option, ScoreError, Wording, shown, with_option
from metrics.io.column_roles import IS_TEXT, Roles, require
from metrics.io.formats.cells import Location, text_of
from metrics.io.formats.nested import unreadable_scores
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.class_columns import ClassColumns
from metrics.io.schema.column_problems import comma_error
from metrics.io.schema.decision_columns import (
    MOST_DECISIONS,
    MOST_PAIRS,
    decisions_by_model,
    find_decisions,
    scores_of_decisions,
)
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_values import spelling
from metrics.io.schema.roles import agree, rows_of
from metrics.io.schema.score_meaning import CLEAR_ERRORS, SOME_ROWS, auc
from metrics.io.schema.vocabulary import (
    GROUP,
    ID,
    LABEL,
    MODEL_KEY,
    OTHER,
    SCORE,
    SEGMENT,
    VALUE,
    WEIGHT,
    is_decision,
    is_error,
    is_feature,
    is_model,
    is_score,
    says_percent,
    sense_of_decision,
    spread_of,
    words_of,
)

RANKS = 0.8
"""AUC above which a column of fractions or per cents beside scores may be a score, too."""
_OTHER_ROLES = {"id": ID, "weight": WEIGHT, "value": VALUE, "group": GROUP, "segment": SEGMENT}


def find_models(first: FirstRows, roles: Roles, label: ColumnFacts | None = None) -> None:
    """Set ``roles.models`` to the columns that can be scores, and record unused columns with reasons.

    The label may be in another file; without its facts no class is recognised by its name. Raise
    ``E_COLUMN``, ``E_DECIMAL_COMMA``, ``E_TYPE``, ``E_RANGE`` if a name implies per cent, ``E_WHICHMODELS``
    if some columns may be features; see also `ClassColumns`.
    """
    choices = first.choices
    candidates = _Candidates(first, roles, label)
    decisions = [*roles.decisions, *find_decisions(candidates.columns, choices, label)]
    roles.decisions = tuple(dict.fromkeys(decisions))[:MOST_DECISIONS]
    if choices.models is None:
        candidates.select()
        roles.models = tuple(f.name for f in candidates.columns)
    else:
        column_names, option = [f.name for f in first.facts], Option("models")
        roles.models = tuple(
            require(column_names, name, option, first.file) for name in choices.models
        )
        _check_commas([f for f in first.facts if f.name in roles.models], first.file)
        candidates.leave_other_kinds()
        others = [f for f in candidates.columns if f.name not in roles.decisions]
        candidates.leave_out(others, "other columns are named as the models")
    roles.decision_of = decisions_by_model(roles.models, roles.decisions, choices.decision)
    if choices.models is None:
        roles.decisions = roles.decisions[: max(1, MOST_PAIRS // max(1, len(roles.models)))]


class _Candidates:
    """Columns that can still be scores; each filter leaves out some, with a reason in ``roles.unused``."""

    def __init__(self, first: FirstRows, roles: Roles, label: ColumnFacts | None) -> None:
        self._first, self._roles, self._label = first, roles, label
        self.columns = [f for f in first.facts if f.name not in roles.used()]

    def select(self) -> None:
        """Apply all filters."""
        free, choices, roles = self.columns, self._first.choices, self._roles
        self.leave_other_kinds()
        self._leave_other_roles()
        keys = [f for f in self.columns if f.key in MODEL_KEY and f.whole]
        self._drop(keys, "it holds whole numbers and is named like the model's name")
        self._leave_decisions()
        self._refuse_nested(free)
        self._leave_spreads()
        self._leave_counters()
        self._leave_copies()
        self._leave_constants()
        classes = ClassColumns(self._first, self.columns, roles, self._label)
        roles.of_defect_class = tuple(classes.kept)
        roles.unused |= classes.unused
        self.columns = [f for f in self.columns if f.name not in classes.unused]
        self._leave_thresholds()
        self._choose_named(classes.kept)
        _check_numbers(self.columns, choices, self._first.file)
        if choices.scale is None:
            self._leave_outsiders()

    def leave_out(
        self, unlikely: Sequence[ColumnFacts], reason: str | Callable[[ColumnFacts], str]
    ) -> None:
        """Leave out columns; one that is a model or has a reason already gets no new reason."""
        for f in unlikely:
            if f.name not in self._roles.models:
                why = reason if isinstance(reason, str) else reason(f)
                self._roles.unused.setdefault(f.name, why)
        self.columns = [f for f in self.columns if f not in unlikely]

    def _drop(
        self, unlikely: Sequence[ColumnFacts], reason: str | Callable[[ColumnFacts], str]
    ) -> None:
        """Leave out the unlikely columns, unless no column would remain."""
        if len(unlikely) < len(self.columns):
            self.leave_out(unlikely, reason)

    def leave_other_kinds(self) -> None:
        """Leave out columns that cannot be scores by their kind or name."""
        decision = self._first.choices.decision
        self.columns = [f for f in self.columns if f.name != decision]
        for f in self.columns:
            # A column with a score's name is text only if it has no number.
            is_text = f.kind == "text" and not (f.numbers and f.key in SCORE)
            if f.kind == "nested":
                self.leave_out([f], f"it holds nested values ({shown(f.type_name, 30)})")
            elif f.name in self._roles.decisions and is_text:
                self.leave_out([f], "it holds decisions, by which the scores are checked")
            elif is_text:
                self._leave_text(f)
            elif f.key in OTHER:
                self.leave_out([f], "it is named like a date, a fold or the like")

    def _leave_text(self, f: ColumnFacts) -> None:
        """Leave out a column of text; one of two words such as ship and reject holds decisions."""
        are_two = f.distinct == len(f.values) == 2
        if f.numbers and not f.whole:
            self.leave_out([f], "most values are not numbers")
        elif are_two and any(sense_of_decision(words_of(value)) for value in f.values):
            self._roles.text_decisions += (f.name,)
            self.leave_out([f], "it holds decisions")
        else:
            self.leave_out([f], IS_TEXT)

    def _leave_other_roles(self) -> None:
        """Leave out columns that have the name of an id, a weight, a value, a group or a segment."""
        for f in self.columns:
            role = next((role for role, names in _OTHER_ROLES.items() if f.key in names), None)
            if role is None and f.key.endswith("_id"):
                role = "id"
            if not f.name.strip():
                self.leave_out([f], "it has no name")
            elif role is not None:
                self.leave_out([f], f"it is named like {'an' if role == 'id' else 'a'} {role}")

    def _leave_decisions(self) -> None:
        """Leave out second labels, and decisions of 0 and 1 next to scores.

        A second label among the models would look like a perfect model.
        """
        label = self._roles.label
        if label is not None:
            labels = [f for f in self.columns if f.key in LABEL and f.whole]
            self.leave_out(labels, f"it is named like a label; {label!r} is read as the label")
        decisions = [
            f
            for f in self.columns
            if f.whole and f.distinct <= 2 and is_decision(f.name)
            if f.binary or f.name in self._roles.decisions
        ]
        named = "and is named like a decision"
        values = {True: "0 and 1", False: "two values"}
        self._drop(decisions, lambda f: f"it holds only {values[f.binary]} {named}")

    def _refuse_nested(self, free: Sequence[ColumnFacts]) -> None:
        """Raise for nested scores that are not understood, or if there are only nested columns."""
        nested_scores = set(unreadable_scores(self._first.source))
        unread = [f for f in free if f.name in nested_scores]
        nested = unread or [f for f in free if f.kind == "nested" and not self.columns]
        if not nested:
            return
        found = nested[0]
        kind = shown(found.type_name if found.kind == "nested" else found.levels[-1], 40)
        write = "Write the defect's score as a column of its own"
        code, rule, hint = "E_TYPE", "plain numbers", Wording(f"{write}.")
        if unread:
            code, rule = "E_NESTED", "plain numbers, or a score for each class"
            hint = Wording(f"{write}, or name the models ", with_option("models"), ".")
        raise ScoreError(
            code,
            f"scores must be {rule}, got {kind}",
            file=self._first.file,
            column=found.name,
            hint=hint,
        )

    def _leave_spreads(self) -> None:
        """Leave out the spread and the bounds of another column, such as ``a_std`` for ``a``."""
        others = {f.words for f in self.columns if spread_of(f.words) is None}
        begun = {words[0] for words in others if words}
        spreads = [
            f
            for f in self.columns
            if (words := spread_of(f.words)) is not None
            # The other column may have a word for its mean, or more words.
            if words in others or (*words, "mean") in others or (words and words[0] in begun)
        ]
        self._drop(spreads, "it is named like the spread or a bound of another column")

    def _leave_counters(self) -> None:
        """Leave out columns that number the rows, if there are other columns."""
        unique = [f for f in self.columns if f.whole and f.rows > 2 and f.distinct == f.rows]
        counters = [f for f in unique if f.high - f.low + 1 == f.rows]
        self._drop(counters, "it numbers the rows")

    def _leave_copies(self) -> None:
        """Leave out columns that equal the label in every row; they would look like perfect models."""
        label, source = self._label, self._first.source
        if label is None or label.name not in source.names:
            return
        copies = [
            f
            for f in self.columns
            if f.binary and f.distinct == 2 and f.rows > 3 and agree([label, f], source)
            if len({_first_meaning(column.name, source) for column in (label, f)}) == 1
        ]
        self._drop(copies, "it equals the label in every row")

    def _leave_constants(self) -> None:
        """Leave out constant or empty columns without a score's name, if other columns vary."""
        constants = [
            f for f in self.columns if f.distinct == 1 and f.rows > 1 and not is_score(f.words)
        ]
        constant = [f for f in constants if _never_varies(f, self._first.source)]
        self._drop(constant, lambda f: "it is empty" if f.kind == "empty" else "it is constant")

    def _leave_thresholds(self) -> None:
        """Leave out decisions of a model: columns of 0 and 1 that are a threshold of another column."""
        score_of = scores_of_decisions(self._first, self.columns)
        decisions = [f for f in self.columns if f.name in score_of]
        self._drop(decisions, lambda f: f"it is a threshold of {shown(score_of[f.name], 30)!r}")

    def _choose_named(self, classes: Sequence[str]) -> None:
        """Leave only the columns with a score's name, if there are any; raise a question about features."""
        scores, file = self.columns, self._first.file
        named = [f for f in scores if is_score(f.words) or (f.key in SCORE and not f.binary)]
        if not named and classes:
            # Columns of one class each are models because of their sum, others because of a model's name.
            named = [f for f in scores if f.name in classes or _is_model(f)]
            others = [f for f in scores if f not in named]
            self.leave_out(others, "other columns hold the probabilities of classes")
            return
        named = [f for f in scores if f in named or f.name in classes]
        unnamed_scores = [f for f in scores if f not in named]
        fractions = [
            f for f in unnamed_scores if f.kind == "number" and not f.whole and not f.outside
        ]
        if not named:
            self._leave_features(fractions)
            return
        features = [f for f in named if is_feature(f.words)]
        if features and len(features) < len(named):
            raise _unclear_models_error(features, [f for f in named if f not in features], file)
        # Next to columns with a score's name, columns with a model's name make the selection uncertain.
        # Scores that are named after models, such as rule_score, may stand beside models without that word.
        are_after_models = all(f.key not in SCORE for f in named)
        possible = [f for f in unnamed_scores if f in fractions or _may_be_percent(f)]
        areas = self._areas(possible) if are_after_models else {}
        if models := [f for f in possible if _may_be_model(f, *areas.get(f.name, (0.5, 1.0)))]:
            raise _unclear_models_error(models, named, file)
        self.leave_out(unnamed_scores, "other columns are named like scores")

    def _areas(self, columns: Sequence[ColumnFacts]) -> dict[str, tuple[float, float]]:
        """Return each column's AUC on the first rows and its standard error, by name; see `auc`.

        The AUC is at least 0.5: it does not say in which direction a column separates the two classes, since
        it may not be known yet which of them is the defect.
        """
        first, label = self._first, self._label
        if label is None or label.name not in first.source.names or not columns:
            return {}
        labels = first.decisions(label.name, label.values)
        if (labels < 0).any() and len(label.values) == 2:
            assumed = replace(first.choices, positive=label.values[0], negative=None)
            labels = replace(first, choices=assumed).decisions(label.name, label.values)
        if labels.size < SOME_ROWS or (labels < 0).any():
            return {}
        areas = {name: auc(scores, labels) for name, scores in first.scores(columns).items()}
        return {name: (max(area, 1.0 - area), error) for name, (area, error) in areas.items()}

    def _leave_features(self, fractions: Sequence[ColumnFacts]) -> None:
        """Leave out features outside [0, 1] if no column has a score's name; ask about others."""
        features = [f for f in self.columns if is_feature(f.words) or is_error(f.words)]
        models = [f for f in fractions if is_model(f.words) and f not in features]
        flags = [f for f in self.columns if f.binary and f.distinct == 2 and not is_model(f.words)]
        doubted = [*(f for f in features if f in fractions), *flags]
        if models and doubted:
            others = [f for f in fractions if f not in models and f not in doubted]
            raise _unclear_models_error(doubted, [*models, *others], self._first.file)
        if self._first.choices.scale is None:
            outside = [f for f in features if f.outside]
            self._drop(outside, "it is named like a feature and some values lie outside [0, 1]")

    def _leave_outsiders(self) -> None:
        """Leave out columns that are mostly outside [0, 1] if others are probabilities."""
        # Texts such as 1.png look like damaged numbers, but none of them is a number.
        text_columns = [f for f in self.columns if f.kind == "spoilt" and not f.numbers]
        self._drop(text_columns, "none of its values is a number")
        far = [f for f in self.columns if f.kind == "number" and 2 * f.outside > f.numbers]
        text = "most values lie outside [0, 1] ({:g} to {:g}), unlike other columns"
        self._drop(far, lambda f: text.format(f.low, f.high))


def _first_meaning(name: str, source: Source) -> int:
    """Return the meaning of a column's first value by its spelling."""
    head = source.head()[name].slice(0, 1)
    return spelling(text_of(head, Location(source, name))[0].as_py() or "")[1]


def _never_varies(facts: ColumnFacts, source: Source) -> bool:
    """Whether a column that is constant in the first rows is constant in all rows."""
    first = None
    for [column] in rows_of([facts.name], source):
        levels = pc.unique(text_of(column, Location(source, facts.name)).fill_null("")).to_pylist()
        first = levels[0] if first is None else first
        if levels != [first]:
            return False
    return True


def _check_commas(scores: Sequence[ColumnFacts], file: str) -> None:
    """Raise for the first column with decimal commas."""
    for f in scores:
        if f.kind == "decimal-comma":
            raise comma_error(f, file)


def _check_numbers(scores: Sequence[ColumnFacts], choices: ReadOptions, file: str) -> None:
    """Raise for decimal commas, and for a name that implies per cent without a scale."""
    _check_commas(scores, file)
    for f in scores:
        if choices.scale is None and says_percent(f.name):
            percent, probability = Option("scale", ("percent",)), Option("scale", ("probability",))
            raise ScoreError(
                "E_RANGE",
                "scores must be probabilities unless it is said otherwise, the name says per cent",
                file=file,
                column=f.name,
                hint=Wording(
                    "Say ", percent, ", or ", probability, " if they lie between 0 and 1."
                ),
            )


def lone_score(first: FirstRows, roles: Roles) -> str | None:
    """Return the only column of fractions in a table without scores; its name suggests a date or similar."""
    choices = first.choices
    if choices.models is not None:
        return None
    scores = [
        f.name
        for f in first.facts
        if f.key in OTHER and f.name not in roles.used()
        if f.kind == "number" and not f.whole and (choices.scale or 2 * f.outside <= f.numbers)
    ]
    return scores[0] if len(scores) == 1 else None


def _is_model(facts: ColumnFacts) -> bool:
    return is_model(facts.words) and not is_feature(facts.words)


def _may_be_percent(facts: ColumnFacts) -> bool:
    """Whether all values lie between 0 and 100, some of them above 1, and the name is not a feature's."""
    is_within = facts.low >= 0 and 1 < facts.high <= 100
    return facts.kind == "number" and is_within and not is_feature(facts.words)


def _may_be_model(facts: ColumnFacts, area: float, error: float) -> bool:
    """Whether a column beside scores may be a model: by its name, or because it separates the classes well.

    Fractions need one of the two; numbers up to 100 need the second or, with such a name, some separation.
    """
    separates = area - 0.5 > CLEAR_ERRORS * error
    if not facts.outside:
        return _is_model(facts) or (separates and area > RANKS)
    return separates and (area > RANKS or _is_model(facts) or says_percent(facts.name))


def _unclear_models_error(
    doubted: Sequence[ColumnFacts], scores: Sequence[ColumnFacts], file: str
) -> ScoreError:
    score_columns = [f.name for f in [*scores, *doubted]]
    listed = ", ".join(repr(shown(f.name, 30)) for f in [*scores[:4], *doubted[:4]])
    return ScoreError(
        "E_WHICHMODELS",
        f"the score columns must be known, and some of these may be features: {listed}",
        file=file,
        column=doubted[0].name,
        hint=Wording("Name each model's score ", with_option("models", *score_columns[:4]), "."),
    )
