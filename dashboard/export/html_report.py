"""A decision as one file to hand over: two pages of A4, whole without a script, and nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from pathlib import Path

from dashboard.decisions.decision import VERDICTS, Decision, Recorded, Stakeholder
from dashboard.export.report_chart import Picture, script
from dashboard.export.report_chart import as_text as _text
from dashboard.page import summary
from dashboard.page.summary import limits_in_force, payoffs
from metrics.narrative.formatting import number

STYLE = Path(__file__).with_name("report.css")
HELD_OUT = {
    "held-out": "held out: no model saw these rows",
    "out-of-fold": "out of fold",
    "training": "TRAINING ROWS: the figures flatter every model",
    "unknown": "not said whether held out",
}
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
) -> str:
    """Write the report.

    Parameters
    ----------
    decision : Decision
    recorded : Recorded or None
        Its place in the register; None marks the report as a view that nobody recorded.
    pictures : iterable of Picture, optional
        Left out where the data is not at hand any more; the report says so.
    address : str
        Where the app is, for the link in it.

    Returns
    -------
    str
        HTML. Its policy allows its own style and its own script, and nothing else.
    """
    style = STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    shown = None if pictures is None else list(pictures)
    live = ""
    if any(picture.hand for picture in shown or ()):
        code, source = script()
        policy += f"; script-src {source}"
        live = f"<script>{code}</script>"
    drawn = None if shown is None else [picture.markup() for picture in shown]
    front, curves = (drawn[:1], drawn[1:]) if drawn is not None else (None, None)
    title = f"Decision {recorded.number}" if recorded else "View, not recorded"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f"{_metas(recorded)}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}: {_text(decision.data.title)}</title><style>{style}</style></head><body>\n"
        f'<div class="first">{_head(decision, recorded)}\n{_verdict(decision)}\n{_stakeholders(decision)}\n'
        f"{_charts(front)}</div>\n"
        f'<div class="second columns wide">{"".join(curves or ())}{_figures(decision)}</div>\n'
        f"{_costs(decision)}\n"
        f'<div class="columns last">{_assumptions(decision)}{_record(decision, recorded, address)}</div>\n'
        f"{live}</body></html>\n"
    )


def _metas(recorded: Recorded | None) -> str:
    if recorded is None:
        return ""
    return (
        f'<meta name="common-ground:number" content="{recorded.number}">'
        f'<meta name="common-ground:hash" content="{escape(recorded.hash)}">'
    )


def facts(d: Decision) -> str:
    """What the data of a decision is, in one line."""
    return " · ".join(
        [
            f"{number(d.data.rows)} units",
            HELD_OUT.get(d.data.held_out, d.data.held_out),
            f"{number(d.data.defects)} defective",
            f"{len(d.data.models)} models",
        ]
    )


def _head(d: Decision, recorded: Recorded | None) -> str:
    mark = (
        f'<p class="facts">Decision {recorded.number}, recorded {_text(moment(d.at))}</p>'
        if recorded
        else '<p class="unrecorded">This view was not recorded: nobody has decided on it. Taken '
        f"{_text(moment(d.at))}.</p>"
    )
    return (
        f'<header><h1>{_text(d.data.title)}</h1><p class="facts">{_text(facts(d))}</p>'
        f'<p class="facts">{_text(d.basis)}</p>{mark}'
        f'<p class="chosen">{_text(d.chosen.words)}</p><p>{_text(summary.of_decision(d))}</p></header>'
    )


def moment(at: str) -> str:
    """A moment of the record as it is read: ``2026-05-04 09:30 UTC``."""
    return f"{at[:10]} {at[11:16]} UTC"


def _verdict(d: Decision) -> str:
    said = "".join(f"<li>{_text(sentence)}</li>" for sentence in d.verdict)
    why = f"<p><b>Why:</b> {_text(d.why)}</p>" if d.why else ""
    others = f"<p><b>Others object:</b> {_text(d.objections)}</p>" if d.objections else ""
    return f'<section><h2>Verdict</h2>{why}{others}<ul class="verdict">{said}</ul></section>'


def _stakeholders(d: Decision) -> str:
    rows = "".join(_stakeholder(stakeholder) for stakeholder in d.stakeholders)
    return (
        '<section><h2>The stakeholders</h2><table class="stakeholders"><thead><tr>'
        "<th>Stakeholder</th><th>Wants</th>"
        "<th>Gets</th>"
        f"<th>Own pick</th><th>Says</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _stakeholder(stakeholder: Stakeholder) -> str:
    name = (
        f"<br>{_text(stakeholder.name)} <small>(name as typed)</small>" if stakeholder.name else ""
    )
    own = (
        "none" if stakeholder.pick is None else f"{stakeholder.own.text}, {stakeholder.pick.words}"
    )
    says = VERDICTS.get(stakeholder.verdict, "has not been asked")
    words = f"<br>“{_text(stakeholder.words)}”" if stakeholder.words else ""
    ends = (
        f"<br><small>{_text(stakeholder.chosen.range)}</small>" if stakeholder.chosen.range else ""
    )
    return (
        f"<tr><th>{_text(stakeholder.title)}{name}</th><td>{_text(stakeholder.wish)}</td>"
        f"<td>{_text(stakeholder.chosen.text)} {_text(stakeholder.chosen.unit)}{ends}<br>"
        f"<small>{_text(stakeholder.cost)}</small></td>"
        f"<td>{_text(own)}</td><td>{_text(says)}{words}</td></tr>"
    )


def _charts(front: list[str] | None) -> str:
    if front is None:
        return (
            '<p class="quiet">The charts are left out: the data of this decision is not on the server '
            "any more.</p>"
        )
    return "".join(front)


def _costs(d: Decision) -> str:
    heads = "".join(f"<th>{_text(stakeholder.title)}</th>" for stakeholder in d.stakeholders)
    rows = "".join(
        f"<tr><th>{_text(choice.name)} <small>{_text(choice.words)}</small></th>"
        + "".join(
            f"<td>{_text(value)}<small>{' · ' if cost else ''}{_text(cost)}</small></td>"
            for value, cost in zip(choice.figures, choice.costs, strict=True)
        )
        + "</tr>"
        for choice in d.choices
    )
    return (
        f"<section><h2>What each choice costs each stakeholder</h2><table><thead><tr><th>Choice</th>{heads}"
        f"</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _plain_table(rows: Iterable[tuple[str, object]]) -> str:
    body = "".join(
        f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in rows
    )
    return f'<table class="plain"><tbody>{body}</tbody></table>'


def _assumptions(d: Decision) -> str:
    s = d.scenario
    volume = s.get("units_per_year")
    rows: list[tuple[str, object]] = [
        ("A miss costs", f"{s.get('miss_cost', 5):g} false alarms"),
        (
            "Defect rate",
            f"{100 * s['defect_rate']:g} %" if s.get("defect_rate") else "the file’s own",
        ),
        ("Units a year", number(volume) if volume else "figures are those of the file"),
        ("Payoffs", payoffs(d)),
        ("Today", d.today.words),
        ("Limits", limits_in_force(d)),
        ("Resampling", f"95 % intervals, seed {d.seed}"),
        ("Rule", "a unit is flagged where its score is at or above the threshold"),
    ]
    return f"<section><h2>Assumptions</h2>{_plain_table(rows)}</section>"


SHOWN = ("missed_defects", "false_alarms", "share_flagged", "recall", "precision", "cost_of_errors",
         "revenue_impact", "log_loss_clipped", "log_loss", "roc_auc")  # fmt: skip


def _figures(d: Decision) -> str:
    wanted = {stakeholder.objective for stakeholder in d.stakeholders}
    today = {figure.id: figure.text for figure in d.figures_today}
    rows = "".join(
        f"<tr><th>{_text(f.label)} <small>{_text(f.unit)}</small></th><td>{_text(f.text)}"
        + (f" <small>{_text(f.range)}</small>" if f.range else "")
        + f"</td><td>{_text(today.get(f.id, '–'))}</td></tr>"
        for f in d.figures
        if f.id in SHOWN or f.id in wanted
    )
    counts = ", ".join(
        f"{value:,.10g} {COUNTED[name]}" for name, value in d.counts.items() if name in COUNTED
    )
    return (
        '<section><h2>Figures</h2><table class="numbers"><thead><tr><th></th><th>Chosen</th>'
        "<th>Today</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><p><small>In the file: {_text(counts)}</small></p></section>"
    )


def _record(d: Decision, recorded: Recorded | None, address: str) -> str:
    rows: list[tuple[str, object]] = [
        ("Data", f"{d.data.fingerprint} ({', '.join(d.data.files)})"),
        ("Version", f"Common Ground {d.version}"),
        ("Link", f"{address}?{d.query}"),
    ]
    if recorded is None:
        return f"<section><h2>The view</h2>{_plain_table(rows)}</section>"
    rows = [
        ("Number", recorded.number),
        ("Recorded", moment(d.at)),
        *([("Takes the place of", f"number {d.supersedes}")] if d.supersedes else []),
        ("Hash", recorded.hash),
        ("Hash before", recorded.previous),
        *rows,
    ]
    check = "common-ground verify --report THIS_FILE finds this decision in the register again."
    return (
        f'<section><h2>The record</h2><div class="hash">{_plain_table(rows)}</div>'
        f"<p><small>{check}</small></p></section>"
    )
