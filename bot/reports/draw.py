"""The child process that draws: a chart as JSON on stdin, a PNG on stdout. The only module that imports matplotlib."""

from __future__ import annotations

import json
import math
import sys
from typing import Any


def main() -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib.figure import Figure

    chart: dict[str, Any] = json.load(sys.stdin)
    figure = Figure(figsize=(8, 3.2), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    places = range(len(chart["labels"]))
    for line in chart["lines"]:
        axes.plot(
            places, [math.nan if value is None else value for value in line["values"]], label=line["name"], marker="."
        )
    if chart["limit"] is not None:
        axes.axhline(chart["limit"], color="grey", linestyle="--", label="warning")
    step = max(1, len(chart["labels"]) // 12)
    axes.set_xticks(list(places)[::step], chart["labels"][::step])
    axes.set_title(chart["title"])
    axes.set_ylabel(chart["unit"])
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(sys.stdout.buffer, format="png", metadata={"Software": None})


if __name__ == "__main__":
    main()
