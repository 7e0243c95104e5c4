"""Words for doubtful labels, which every good model contradicts."""

from __future__ import annotations

from dashboard.analysis.failures.label_doubts import Doubts
from dashboard.words.failures.counts import part_name, share_words
from dashboard.words.names import Names
from dashboard.words.phrases import joined
from metrics.errors import counted
from metrics.tally.unit_lists import Unit

MOST_NAMED = 4
"""Number of kinds that a sentence names."""


RANKING_HAS_NO_DOUBTS = (
    "These scores are a ranking and no probabilities: no label can be doubted by them."
)


def doubts_note(doubts: Doubts, names: Names) -> str:
    """Explanation of when a label is doubtful, and of which models decide it."""
    asked = ", ".join(map(names.model, doubts.models))
    return (
        "Doubted: a defect that scores no higher than good units do on average, and a good unit that scores "
        "no lower than defects do, by every model whose ROC AUC is within 0.05 of the best: "
        f"{asked}. Inspect them before you correct a label: hard units look the same. The most doubtful "
        "stand first."
    )


def doubted_lists(doubts: Doubts) -> dict[str, tuple[Unit, ...]]:
    """Units with a doubtful label, by the name of their list, without empty lists."""
    goods, defects = doubts.counts
    lists = {
        f"Labelled a defect, the models say good: {defects:,}": doubts.defects,
        f"Labelled good, the models say defect: {goods:,}": doubts.goods,
    }
    return {name: units for name, units in lists.items() if units}


ONE_KIND_NOTE = (
    "Where one kind prevails, its labels may follow a rule and be no mistakes: ask whether units of that "
    "kind are to be rejected."
)


def doubted_kinds_words(doubts: Doubts) -> str:
    """Sentence about the kinds of these units; empty if no class has several kinds."""
    sentences = []
    listed = (doubts.defects, "defects"), (doubts.goods, "good units")
    for k, (units, what) in zip((1, 0), listed, strict=True):
        if len(doubts.kinds[k]) < 2:
            continue
        of = "" if len(units) == doubts.counts[k] else "first "
        own = doubts.kinds[k]
        shown = own if len(own) <= MOST_NAMED + 1 else own[:MOST_NAMED]
        (first, most), *others = shown
        named = [f"{most} of the {of}{len(units)} {what} are {part_name(first)}"]
        named += [f"{count} {part_name(kind)}" for kind, count in others]
        rest = len(units) - most - sum(count for _, count in others)
        named += [f"{rest} of other kinds"] if rest else []
        sentences.append(joined(named))
    return "; ".join(sentences)


def doubts_words(doubts: Doubts) -> str:
    """Sentence about the number of doubtful labels, and about the recall if they were wrong."""
    goods, defects = doubts.counts
    if not goods and not defects:
        return "No label is contradicted by every good model"
    sentences = [counted(n, what) for n, what in ((defects, "defect"), (goods, "good unit")) if n]
    caught, otherwise = (share_words(*share) for share in (doubts.recall, doubts.otherwise))
    if doubts.otherwise[1] == 0:
        change = "were all mislabelled, there would be no defect"
    elif caught != otherwise:
        change = f"were all mislabelled, {otherwise} of the defects would be caught, not {caught}"
    else:
        change = f"were all mislabelled, it would still catch {caught} of the defects"
    return f"{joined(sentences)} look mislabelled to every good model: {change}"
