"""Files of version 0.1.0, and the doors that stay where they are: the command, the app, the address.

Nothing here imports a module of the app or of the library by its place.
"""

from __future__ import annotations

import html
import importlib
import json
import math
import re
import sqlite3
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
OLD = ROOT / "tests" / "fixtures" / "v0_1"
APP = ROOT / "dashboard" / "views" / "navigation.py"
FOLDERS = ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "COMMON_GROUND_LIBRARY")
"""Variables that say where the app keeps what it keeps."""
FOR_EVER = ("--keep-days", "100000")
"""Uploads of today, however late it is."""
SEATS = {"data": "Ada", "product": "Ben", "executive": "Cy"}


def command() -> Callable[[Sequence[str]], int]:
    """What ``common-ground`` runs, whatever is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    module, _, name = project["project"]["scripts"]["common-ground"].partition(":")
    found: Callable[[Sequence[str]], int] = getattr(importlib.import_module(module), name)
    return found


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    """Status of a command with ``--json``, and the object that it printed."""
    status = command()([*map(str, arguments), "--json"])
    return status, json.loads(capsys.readouterr().out)


def open_app(
    monkeypatch: pytest.MonkeyPatch, *arguments: object, link: str = "", page: str = ""
) -> AppTest:
    """Run the app on a command line, at an address."""
    monkeypatch.setattr(sys, "argv", [str(APP), *map(str, arguments)])
    app = AppTest.from_file(str(APP), default_timeout=240)
    for key, value in parse_qsl(link, keep_blank_values=True):
        app.query_params[key] = value
    run(app)
    if page:
        from streamlit.util import calc_hash

        app._page_hash = calc_hash(page)
        run(app)
    return app


def run(app: AppTest) -> None:
    app.run()
    assert [raised.value for raised in app.exception] == []


def address(app: AppTest) -> dict[str, str]:
    """The query parameters that a page left in the address."""
    given = dict(app.query_params)
    return {key: v[0] if isinstance(v, list) else v for key, v in given.items()}


def words(markup: str) -> str:
    """Markup as it is read."""
    inside = re.sub(r"<(style|script)\b.*?</\1>", " ", markup, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", inside)).split())


def shown(app: AppTest) -> str:
    """What a page says in titles, captions, text and markup."""
    kinds = (app.title, app.header, app.markdown, app.caption, app.html)
    return words(" ".join(element.value for kind in kinds for element in kind))


def record(app: AppTest, why: str = "as it was") -> None:
    """Record the decision that the table page is at; everybody agrees."""
    app.button(key="record_open").click()
    run(app)
    for seat, name in SEATS.items():
        app.text_input(key=f"who_{seat}").set_value(name)
        app.button_group(key=f"says_{seat}").set_value("agrees")
    app.text_area(key="why").set_value(why)
    run(app)
    app.button(key="record_now").click()
    run(app)


def decisions(register: Path) -> list[dict[str, Any]]:
    """Rows of a register, the decision of each as it was written."""
    connection = sqlite3.connect(register)
    try:
        rows = connection.execute(
            "SELECT number, previous, hash, entry FROM decisions ORDER BY number"
        ).fetchall()
    finally:
        connection.close()
    return [
        {"number": number, "previous": before, "hash": own, **json.loads(entry)["decision"]}
        for number, before, own, entry in rows
    ]


SINCE = {"worst_kind_recall", "worst_segment_recall", "revenue"}
"""Objectives that came since."""


def values(decision: Mapping[str, Any]) -> dict[str, Any]:
    """Of a decision what it says in numbers and ids, not in words."""

    def spot(given: Mapping[str, Any] | None) -> Any:
        return given and {"model": given["model"], "threshold": given["threshold"]}

    def figure(given: Mapping[str, Any]) -> list[Any]:
        return [given["id"], given["value"], given["low"], given["high"]]

    data = ("fingerprint", "files", "held_out", "rows", "defects", "models", "scale")
    return {
        "data": {name: decision["data"][name] for name in data},
        "seed": decision["seed"],
        "scenario": decision["scenario"],
        "chosen": spot(decision["chosen"]),
        "today": spot(decision["today"]),
        "figures": [figure(f) for f in decision["figures"] if f["id"] not in SINCE],
        "figures_today": [figure(f) for f in decision["figures_today"] if f["id"] not in SINCE],
        "seats": [
            {
                "seat": seat["seat"],
                "objective": seat["objective"],
                "pick": spot(seat["pick"]),
                "own": figure(seat["own"]),
                "chosen": figure(seat["chosen"]),
            }
            for seat in decision["seats"]
        ],
        "choices": len(decision["choices"]),
        "counts": decision["counts"],
        "query": decision["query"],
        "unsettled": decision.get("unsettled", []),
    }


def differences(old: Any, new: Any, place: str = "", rel: float = 1e-12) -> list[str]:
    """Where two answers differ: numbers by more than a relative rounding, anything else at all."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = [f"{place}.{key}: only in one" for key in old.keys() ^ new.keys()]
        for key in sorted(old.keys() & new.keys()):
            found += differences(old[key], new[key], f"{place}.{key}", rel)
        return found
    if isinstance(old, list) and isinstance(new, list):
        found = [] if len(old) == len(new) else [f"{place}: {len(old)} to {len(new)} entries"]
        for k, (one, other) in enumerate(zip(old, new, strict=False)):
            found += differences(one, other, f"{place}[{k}]", rel)
        return found
    kinds = {type(old), type(new)}
    if kinds <= {int, float} and math.isclose(old, new, rel_tol=rel, abs_tol=1e-12):
        return []
    same = old == new and (len(kinds) == 1 or kinds == {int, float})
    return [] if same else [f"{place}: {old!r} to {new!r}"]
