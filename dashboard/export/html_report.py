"""HTML report of a decision: one file with two A4 pages that needs no script and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.export.paper_charts import PaperChart
from dashboard.export.plotly_to_svg import marker
from dashboard.export.worst_misses import WorstMisses
from dashboard.markup import templates
from dashboard.safe_text import harmless
from dashboard.words import decision as words
from dashboard.words.decisions.decision_summary import decision_summary

STYLE, SCRIPT = (Path(__file__).with_name(name) for name in ("report.css", "report.js"))
TEMPLATE = Path(__file__).with_name("report.html")
SHOWN = ("units_inspected", "inspection_cost", "missed_defects", "false_alarms", "share_flagged",
         "recall", "precision", "cost_of_errors", "revenue_impact", "log_loss_clipped",
         "log_loss", "roc_auc")  # fmt: skip
"""Figures that the report shows besides those of the stakeholders' objectives."""
MOST_NAMES = 24
"""Maximum number of models named below a chart."""


def render(
    facts: DecisionFacts,
    charts: Sequence[PaperChart] | None = None,
    *,
    address: str = "",
    misses: WorstMisses | None = None,
) -> str:
    """Render the report.

    Parameters
    ----------
    facts : DecisionFacts
        The report says that the view is not recorded if `facts` has no place in the register.
    charts : sequence of PaperChart, optional
        `None` if the data is no longer available, which the report then states.
    address : str
        Address of the app, for the link in the report.
    misses : WorstMisses, optional
        Worst misses, for a separate page.

    Returns
    -------
    str
        HTML. Its content security policy allows only the report's own style and script.
    """
    style, source = _with_source(STYLE)
    policy = f"default-src 'none'; style-src {source}; base-uri 'none'; form-action 'none'"
    code = ""
    if any(chart.thresholds for chart in charts or ()):
        code, source = _with_source(SCRIPT)
        policy += f"; script-src {source}"
    if misses is not None and misses.has_pictures:
        policy += "; img-src data:"
    d = facts.decision
    wanted = {*SHOWN, *(s.objective for s in d.stakeholders)}
    return (
        templates(TEMPLATE.parent, harmless)
        .get_template(TEMPLATE.name)
        .render(
            d=d,
            facts=facts,
            words=words,
            summary=decision_summary(facts),
            address=address,
            charts=charts,
            misses=misses,
            policy=policy,
            style=style,
            script=code,
            figures=[figure for figure in d.figures if figure.id in wanted],
            today={figure.id: figure.text for figure in d.figures_today},
            paired=partial(zip, strict=True),
            marker=marker,
            MOST_NAMES=MOST_NAMES,
        )
    )


def _with_source(path: Path) -> tuple[str, str]:
    """Text of a style sheet or script, and its hash for a content security policy."""
    text = path.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"'sha256-{digest}'"
