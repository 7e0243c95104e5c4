"""Recorded decisions in tables: every figure, and where two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dashboard.decision import VERDICTS, Decision, Recorded
from dashboard.report import moment
from dashboard.views.head import HELD_OUT
from dashboard.views.parts import escaped, small


def figures(decisions: Sequence[Recorded]) -> str:
    """Every figure of the chosen points, with its interval."""
    heads = "".join(
        f'<th scope="col">No. {r.number}<br>{escaped(r.decision.chosen.words)}</th>'
        for r in decisions
    )
    by_id = [{f.id: f for f in r.decision.figures} for r in decisions]
    names = {f.id: f for known in reversed(by_id) for f in known.values()}
    rows = ""
    for key, named in names.items():
        cells = "".join(
            f"<td>{escaped(known[key].text)}{small(known[key].range)}</td>"
            if key in known
            else "<td>–</td>"
            for known in by_id
        )
        rows += (
            f'<tr><th scope="row">{escaped(named.label)} '
            f'<span class="cg-small">{escaped(named.unit)}</span></th>{cells}</tr>'
        )
    return (
        f'<table class="cg-compare cg-recorded"><thead><tr><th scope="col">Figure</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def differences(one: Recorded, other: Recorded) -> str:
    """A row for all that two decisions do not share."""
    rows = "".join(
        f'<tr><th scope="row">{escaped(name)}</th><td>{escaped(a) or "–"}</td>'
        f"<td>{escaped(b) or '–'}</td></tr>"
        for name, a, b in _parts(one.decision, other.decision)
        if a != b
    )
    heads = "".join(f'<th scope="col">No. {r.number}</th>' for r in (one, other))
    return (
        f'<table class="cg-compare cg-recorded"><thead><tr><th scope="col">What</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _parts(a: Decision, b: Decision) -> Iterator[tuple[str, str, str]]:
    """Name and words of everything that two decisions may differ in."""

    def pair(name: str, words: object) -> tuple[str, str, str]:
        say = words if callable(words) else str
        return name, str(say(a)), str(say(b))

    yield pair("When", lambda d: moment(d.at))
    yield pair("Chosen", lambda d: d.chosen.words)
    yield pair("Today", lambda d: d.today.words)
    yield pair("Data", lambda d: d.data.title)
    yield pair("Fingerprint", lambda d: d.data.fingerprint)
    yield pair("Units", lambda d: f"{d.data.rows:,}")
    yield pair("Rows were", lambda d: HELD_OUT.get(d.data.held_out, d.data.held_out))
    yield pair("Figures are of", lambda d: d.basis)
    yield pair("Models", lambda d: ", ".join(d.data.models))
    yield pair("Version, seed", lambda d: f"{d.version}, {d.seed}")
    for key in sorted({*a.scenario, *b.scenario}):
        yield pair(
            f"Scenario: {key.replace('_', ' ')}", lambda d, key=key: _said(d.scenario.get(key))
        )
    for k, (first, second) in enumerate(zip(a.seats, b.seats, strict=False)):
        title = first.title if first.title == second.title else f"Seat {k + 1}"
        yield pair(f"{title}: who", lambda d, k=k: d.seats[k].name)
        yield pair(f"{title}: wants", lambda d, k=k: d.seats[k].wish)
        yield pair(f"{title}: gets", lambda d, k=k: _got(d, k))
        yield pair(
            f"{title}: own pick", lambda d, k=k: "" if (p := d.seats[k].pick) is None else p.words
        )
        yield pair(f"{title}: says", lambda d, k=k: _says(d, k))
    yield pair("Others object", lambda d: d.objections)
    yield pair("Why", lambda d: d.why)
    yield pair("Takes the place of", lambda d: d.supersedes or "")


def _got(d: Decision, k: int) -> str:
    figure = d.seats[k].chosen
    return " ".join(filter(None, [figure.text, figure.unit, figure.range and f"({figure.range})"]))


def _says(d: Decision, k: int) -> str:
    seat = d.seats[k]
    said = VERDICTS.get(seat.verdict, "")
    return f"{said}: {seat.words}" if seat.words else said


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_said(one)}" for name, one in value.items())
    return f"{value:g}" if isinstance(value, int | float) else "" if value is None else str(value)
