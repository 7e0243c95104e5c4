"""Words for doubtful labels, which every good model contradicts."""

from __future__ import annotations

from dashboard.analysis.failures.label_doubts import Doubts
from dashboard.words.failures.failure_counts import share_words
from dashboard.words.names import Names
from dashboard.words.phrases import joined
from metrics.errors import counted
from metrics.tally.units import Unit

RANKING_HAS_NO_DOUBTS = (
    "These scores are a ranking and no probabilities: no label can be doubted by them."
)


def doubts_note(doubts: Doubts, names: Names) -> str:
    """Explanation of when a label is doubtful, and of which models decide it."""
    models = ", ".join(map(names.model, doubts.models))
    return (
        "Doubted: a defect that scores no higher than good units do on average, and a good unit that scores "
        "no lower than defects do, by every model whose ROC AUC is within 0.05 of the best: "
        f"{models}. Inspect them before you correct a label: hard units look the same."
    )


def doubted_lists(doubts: Doubts) -> dict[str, tuple[Unit, ...]]:
    """Units with a doubtful label, by the name of their list, without empty lists."""
    goods, defects = doubts.counts
    lists = {
        f"Labelled a defect, the models say good: {defects:,}": doubts.defects,
        f"Labelled good, the models say defect: {goods:,}": doubts.goods,
    }
    return {name: units for name, units in lists.items() if units}


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
