"""A decision as one file to hand over: two pages of A4, whole without a script, and nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from dashboard.decisions.decision import VERDICTS, Decision, Figure, Recorded
from dashboard.export.decision_files import rule_of
from dashboard.export.html_report_charts import MOST_NAMES, Picture, script
from dashboard.export.plotly_to_svg import harmless, marker
from dashboard.markup import templates
from dashboard.page import decision_text
from dashboard.page.decision_text import (
    data_words,
    inspection_in_force,
    limits_in_force,
    moment_words,
    payoffs,
    price_of_misses,
)
from dashboard.words.failures import WorstMisses
from dashboard.words.numbers import count

STYLE = Path(__file__).with_name("report.css")
TEMPLATE = Path(__file__).with_name("report.html")
UNRECORDED = "View, not recorded: nobody has decided on it"
COUNTED = {
    "tp": "defects caught", "fn": "missed defects", "fp": "false alarms", "tn": "good units passed",
}  # fmt: skip


def render(
    decision: Decision,
    recorded: Recorded | None,
    pictures: Iterable[Picture] | None = None,
    *,
    address: str = "",
    misses: WorstMisses | None = None,
) -> str:
    """Write the report.

    Parameters
    ----------
    recorded : Recorded or None
        Its place in the register; None marks the report as a view that nobody recorded.
    pictures : iterable of Picture, optional
        Left out where the data is not at hand any more; the report says so.
    address : str
        Where the app is, for the link in it.
    misses : WorstMisses, optional
        A page of them, where somebody asks for it.

    Returns
    -------
    str
        HTML. Its policy allows its own style and its own script, and nothing else.
    """
    style = STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    shown = None if pictures is None else list(pictures)
    code = ""
    if any(picture.hand for picture in shown or ()):
        code, source = script()
        policy += f"; script-src {source}"
    if misses is not None and misses.has_pictures:
        policy += "; img-src data:"
    return (
        templates(TEMPLATE.parent, harmless)
        .get_template(TEMPLATE.name)
        .render(
            d=decision,
            recorded=recorded,
            pictures=shown,
            misses=misses,
            policy=policy,
            style=style,
            script=code,
            prices=payoffs(decision) if decision.scenario.get("payoff") else "",
            summary=decision_text.of_decision(decision),
            figures=_figures(decision),
            today={figure.id: figure.text for figure in decision.figures_today},
            counts=_counts(decision),
            assumptions=_assumptions(decision),
            record=_record(decision, recorded, address),
            data_words=data_words,
            moment_words=moment_words,
            paired=partial(zip, strict=True),
            marker=marker,
            VERDICTS=VERDICTS,
            MOST_NAMES=MOST_NAMES,
        )
    )


def _assumptions(d: Decision) -> list[tuple[str, object]]:
    s = d.scenario
    volume, inspected = s.get("units_per_year"), inspection_in_force(d)
    return [
        ("A miss costs", price_of_misses(d)),
        (
            "Defect rate",
            f"{100 * s['defect_rate']:g} %" if s.get("defect_rate") else "the file’s own",
        ),
        ("Units a year", count(volume) if volume else "figures are those of the file"),
        ("Payoffs", payoffs(d)),
        ("Today", d.today.words),
        ("Limits", limits_in_force(d)),
        *([("Inspection", inspected)] if inspected else []),
        ("Rule", rule_of(d.chosen)),
    ]


SHOWN = ("units_inspected", "inspection_cost", "missed_defects", "false_alarms", "share_flagged",
         "recall", "precision", "cost_of_errors", "revenue_impact", "log_loss_clipped",
         "log_loss", "roc_auc")  # fmt: skip


def _figures(d: Decision) -> list[Figure]:
    """The figures that the report has room for: the usual ones and what the stakeholders want."""
    wanted = {stakeholder.objective for stakeholder in d.stakeholders}
    return [figure for figure in d.figures if figure.id in SHOWN or figure.id in wanted]


def _counts(d: Decision) -> str:
    return ", ".join(
        f"{value:,.10g} {COUNTED[name]}" for name, value in d.counts.items() if name in COUNTED
    )


def _record(d: Decision, recorded: Recorded | None, address: str) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("Data", f"{d.data.fingerprint} ({', '.join(d.data.files)})"),
        ("Version", f"Common Ground {d.version}, 95 % intervals of seed {d.seed}"),
        ("Link", f"{address}?{d.query}"),
    ]
    if recorded is None:
        return rows
    return [
        *([("Takes the place of", f"number {d.supersedes}")] if d.supersedes else []),
        ("Hash", recorded.hash),
        ("Hash before", recorded.previous),
        *rows,
    ]
