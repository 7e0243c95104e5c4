"""Names that somebody who means harm could give to a model, a column, a file or themselves."""

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
"""Scripts, pictures and styles from elsewhere, links, formulas, turned text, programs, others' markup."""
