"""Names that an attacker could give to a model, a column, a file or a person."""

from __future__ import annotations

HOSTILE = (
    "<script>window.cgHit=1;alert(1)</script>",
    "<img src=x onerror='window.cgHit=2;alert(2)'>",
    "\"><svg onload='window.cgHit=3'>",
    "[click](javascript:window.cgHit=4)",
    "![](http://elsewhere.test/pixel.png)",
    '=HYPERLINK("http://elsewhere.test","x")',
    "+cmd|' -C calc'!A0",
    "@SUM(1+1)*cmd|' -C calc'!A0",
    "\u202egnp.exe\u2066 model",
    "'''); __import__('os').system('id') #",
    "</style><style>@import url(http://elsewhere.test/a.css);</style>",
    ":red[x] $\\href{http://elsewhere.test}{y}$ {{7*7}} ${7*7} --> ]]>",
)
"""Scripts, external pictures and styles, links, formulas, reversed text, programs, foreign markup."""

HOSTILE_LINES = (
    "a\n2026-11-30 12:00:00 ERROR the register is damaged",
    "a\r\x1b[1A\x1b[2Kgone",
    "\x1b]0;title\x07\x1b]8;;http://elsewhere.test\x1b\\link",
    "\x9b31m\x85next\u2028line\u2029paragraph",
    "\u202egnp.exe\u2066 \u200b\u00ad\ufeff\ufe0f\U000e0041",
    "half \ud800 and null \x00 %s %(a)s %",
    "x" * 1_000_000,
)
"""Texts that would add lines to a log, or that a terminal would execute, hide or reverse."""
