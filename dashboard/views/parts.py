"""Small pieces of text that several views show."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard.figures.look import Look, ModelStyle
from metrics import Problem

_SHAPES = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "triangle-down": "▼",
    "pentagon": "⬟",
    "hexagon": "⬢",
    "star": "★",
    "cross": "✚",
    "x": "✖",
}


FORM = {
    "label": "Label column",
    "positive": "Label value that means defective",
    "id": "Id columns",
    "models": "Score columns of the models",
    "scale": "Scores are",
    "decimal": "Decimal sign",
    "model_key": "Long file: column with the model’s name",
    "score": "Long file: column with the score",
    "weight": "Weight of a row",
    "value": "Value of a unit",
    "group": "Units that belong together",
    "segments": "Segments",
    "common_ids": "Compare on the units that all files have?",
}
"""By keyword of `metrics.open_scores`: how the form of an upload asks for it."""
SCALES = {
    "probability": "probabilities, 0 to 1",
    "percent": "per cent, 0 to 100",
    "logit": "log-odds",
    "rank": "only a ranking",
}
DECIMALS = {".": "a point: 0.5", ",": "a comma: 0,5"}

_FLAGS = {
    f"--{key.removesuffix('s') if key in ('models', 'segments') else key.replace('_', '-')}": key
    for key in FORM
}
_SCALE = f"(?:{'|'.join(SCALES)})"
_OPTION = re.compile(
    r"(?P<joint>with )?(?P<flag>--[a-z]+(?:-[a-z]+)*)"
    rf'(?: (?P<values>{_SCALE}(?:(?:, | or ){_SCALE})*|"[.,]"))?'
)
_NAMED = re.compile(r"it: (?P<flag>--[a-z]+) (?P<name>.+)\.$")


def in_form_words(problem: Problem, labels: Mapping[str, str] = FORM) -> Problem:
    """A problem that names fields of an upload's form where the gate names command-line options.

    Parameters
    ----------
    problem : Problem
    labels : mapping of str to str
        The fields' labels as they stand on the page, by keyword of `metrics.open_scores`.
    """

    def field(found: re.Match[str]) -> str:
        key = _FLAGS.get(found["flag"])
        if key is None:
            return found[0]
        where = f"“{labels[key]}”"
        if found["values"]:
            words = SCALES | {f'"{sign}"': text for sign, text in DECIMALS.items()}
            said = re.sub(
                rf'{_SCALE}|"[.,]"', lambda value: f"“{words[value[0]]}”", found["values"]
            )
            return f"{'by ' if found['joint'] else ''}{said} under {where}"
        if key == "common_ids":
            return f"yes to {where}"
        return f"under {where}" if found["joint"] else where

    def named(found: re.Match[str]) -> str:
        key = _FLAGS.get(found["flag"])
        return f"{found['name']} under “{labels[key]}”." if key else found[0]

    # What a message quotes after its rule is the file's own text.
    rule, must, rest = problem.message.partition(" must ")
    hint = problem.hint and _OPTION.sub(field, _NAMED.sub(named, problem.hint))
    return replace(problem, message=_OPTION.sub(field, rule) + must + rest, hint=hint)


def problem_markup(problem: Problem) -> str:
    """A problem as a line of the page: code, sentence, place, next act."""
    return f'<p class="cg-problem"><code>{escaped(problem.code)}</code> {escaped(problem)}</p>'


def page_of(key: str, count: int, size: int = 12) -> range:
    """Positions of what is shown of a long list; where it is longer than a page, the reader turns it."""
    if count <= size:
        return range(count)
    first = st.selectbox(
        "Models shown",
        range(0, count, size),
        format_func=lambda k: f"{k + 1} to {min(k + size, count)} of {count} models",
        label_visibility="collapsed",
        width=260,
        key=f"page_{key}",
    )
    return range(first, min(first + size, count))


def swatch(style: ModelStyle, look: Look) -> str:
    """Colour and shape of a model, as a character: Streamlit takes drawings out of markup."""
    return (
        f'<span class="cg-swatch" style="color:{style.color(look)}" aria-hidden="true">'
        f"{_SHAPES[style.symbol]}</span>"
    )


def write(markup: str) -> None:
    """Put markup of ours on the page; every name in it was escaped."""
    st.html(markup)


def plural(count: int, thing: str) -> str:
    """A count and what is counted: ``1 model``, ``12 models``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def escaped(text: object) -> str:
    """Any text, harmless inside markup."""
    return html.escape(str(text))
