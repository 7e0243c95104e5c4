"""The page's two charts as drawings for paper."""

from __future__ import annotations

from dataclasses import replace

from dashboard.drawing import alone
from dashboard.figures.look import LIGHT
from dashboard.figures.svg import drawing
from dashboard.report import Picture
from dashboard.views.charts import cheapest, finding_of, front_of, tradeoff_of
from dashboard.views.state import Table

FRONT, CURVES = (700, 330), (480, 360)
"""Width and height of the two, in pixels."""


def pictures(table: Table) -> tuple[Picture, ...]:
    """Front and trade-off with the chosen point, in ink on white whatever the screen."""
    paper = replace(table, look=LIGHT)
    view, front = front_of(paper, chosen=True)
    said = finding_of(paper, view)
    model = str(paper.chosen["model"])
    finding, cost, _ = cheapest(paper, model)
    names = tuple(
        (paper.styles[name].color(LIGHT), paper.styles[name].symbol, paper.label(name))
        for name in view.points.loc[view.points["front"], "model"].unique()
    )
    return (
        Picture("The front", said, "", drawing(front, *FRONT, said), names),
        Picture(
            f"Threshold trade-off: {paper.label(model)}",
            finding,
            cost,
            drawing(tradeoff_of(paper, chosen=True), *CURVES, finding),
            (),
        ),
    )


def drawings(table: Table, foot: str) -> dict[str, str]:
    """The two as files of their own, by name."""
    front, curves = pictures(table)
    return {
        "front": alone(front, *FRONT, foot),
        "trade-off": alone(curves, *CURVES, foot),
    }
