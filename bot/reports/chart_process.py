"""The child process that draws charts: JSON requests on stdin, one PNG each on stdout. The only module that imports matplotlib.

It runs at a low priority: pages go first.
"""

from __future__ import annotations

import io
import json
import math
import os
import select
import sys
from typing import Any

LIGHT, DARK = ("#ffffff", "#1d1c1d", "#d0d0d0"), ("#1a1d21", "#d1d2d3", "#4a4d52")
"""Background, ink, grid."""
COLOURS = ("#1f77b4", "#d9534f", "#2ca02c", "#9467bd")
HEIGHT = 3.4
"""Inches of one chart."""


IDLE = 120
"""After how many seconds without a request it ends."""


def main() -> None:
    os.nice(10)
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib.figure import Figure

    there = sys.stdin.buffer
    while select.select([there], [], [], IDLE)[0]:
        length = int.from_bytes(there.read(4))
        if not length:
            return
        drawn = _picture(Figure, json.loads(there.read(length)))
        sys.stdout.buffer.write(len(drawn).to_bytes(4) + drawn)
        sys.stdout.buffer.flush()


def _picture(figure_of: Any, given: dict[str, Any]) -> bytes:
    charts, theme = given["charts"], DARK if given["dark"] else LIGHT
    figure = figure_of(figsize=(8, HEIGHT * len(charts)), dpi=120, facecolor=theme[0])
    for number, chart in enumerate(charts, start=1):
        _chart(figure.add_subplot(len(charts), 1, number), chart, theme)
    top = 1 - 0.1 / len(charts)
    figure.subplots_adjust(left=0.09, right=0.98, top=top, bottom=0.1 / len(charts), hspace=0.32)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


def _chart(axes: Any, chart: dict[str, Any], theme: tuple[str, str, str]) -> None:
    background, ink, grid = theme
    axes.set_facecolor(background)
    places = range(len(chart["labels"]))
    for number, line in enumerate(chart["lines"]):
        values = [math.nan if value is None else value for value in line["values"]]
        axes.plot(places, values, label=line["name"], marker=".", color=COLOURS[number % len(COLOURS)])
    if chart["limit"] is not None:
        axes.axhline(chart["limit"], color=ink, alpha=0.6, linestyle="--", label="limit")
    step = max(1, len(chart["labels"]) // 12)
    axes.set_xticks(list(places)[::step], chart["labels"][::step])
    axes.set_title(chart["title"], color=ink, loc="left")
    axes.set_ylabel(chart["unit"], color=ink)
    axes.grid(color=grid, alpha=0.6)
    axes.tick_params(colors=ink, labelsize=8)
    for spine in axes.spines.values():
        spine.set_color(grid)
    _events(axes, chart, theme)
    axes.legend(frameon=False, labelcolor=ink, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=4)


def _events(axes: Any, chart: dict[str, Any], theme: tuple[str, str, str]) -> None:
    """A line down the chart for each event, with the texts in rows under the title."""
    for number, event in enumerate(chart["events"]):
        axes.axvline(event["place"], color=theme[1], alpha=0.5, linewidth=1)
        right = event["place"] > 0.7 * len(chart["labels"])
        axes.annotate(
            event["text"],
            (event["place"], 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-3 if right else 3, -9 - 10 * (number % 4)),
            textcoords="offset points",
            ha="right" if right else "left",
            fontsize=7,
            color=theme[1],
        )


if __name__ == "__main__":
    main()
