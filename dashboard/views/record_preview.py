"""What will be recorded, before it is."""

from __future__ import annotations

from dashboard.decision import Decision
from dashboard.summary import of_decision
from dashboard.views.head import HELD_OUT
from dashboard.views.parts import escaped, write


def summary_of(view: Decision, besides: str) -> None:
    """Write what a decision on this view would hold besides what its seats say.

    Parameters
    ----------
    view : Decision
    besides : str
        What the part is called that is folded in.
    """
    rows = [
        ("Chosen", view.chosen.words),
        ("What it does", of_decision(view)),
        ("Today", view.today.words),
        ("Data", f"{view.data.title}, {HELD_OUT[view.data.held_out]}"),
        ("Rests on", view.basis),
    ]
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{escaped(value)}</td></tr>' for name, value in rows
    )
    figures = "".join(
        f'<tr><th scope="row">{escaped(f.label)} {escaped(f.unit)}</th><td>{escaped(f.text)}</td>'
        f"<td>{escaped(f.range)}</td></tr>"
        for f in view.figures
    )
    said = "".join(f"<li>{escaped(text)}</li>" for text in view.verdict)
    write(
        f'<table class="cg-facts-table"><tbody>{body}</tbody></table>'
        f'<details class="cg-note"><summary>{besides}</summary>'
        f'<ul class="cg-said">{said}</ul><table class="cg-compare"><thead><tr><th scope="col">Figure</th>'
        f'<th scope="col">Chosen</th><th scope="col">95 % interval</th></tr></thead>'
        f"<tbody>{figures}</tbody></table>"
        f'<p>Data: <span class="cg-hash">{escaped(view.data.fingerprint)}</span></p>'
        f"<p>Link: {escaped(view.query)}</p><p>Version {escaped(view.version)}, seed {view.seed}</p>"
        "</details>"
    )
