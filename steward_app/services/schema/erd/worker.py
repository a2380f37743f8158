"""A child process that asks Graphviz for ranks and order, and can be killed.

Graphviz holds the interpreter's lock while it works and may crash on a graph it does not like: both stay in this
process. It runs as a script, imports nothing of the program, and sees numbers only, never names from a file.

In:  JSON {"boxes": [[width, height], ...], "links": [[child, parent], ...]} (pixels, places in the list)
Out: JSON [[rank, y], ...]: for each box its column, counted from the parents, and the height of its middle.
"""

from __future__ import annotations

import json
import sys

_DPI = 72.0


def rank(boxes: list[list[float]], links: list[list[int]]) -> list[list[float]]:
    import pygraphviz

    lines = ["digraph { rankdir=RL; splines=false; nodesep=0.4; ranksep=1; node [shape=box, fixedsize=true];"]
    for number, (width, height) in enumerate(boxes):
        lines.append(f'n{number} [width={width / _DPI:.3f}, height={height / _DPI:.3f}, label=""];')
    lines.extend(f"n{child} -> n{parent};" for child, parent in links if child != parent)
    graph = pygraphviz.AGraph(string="\n".join([*lines, "}"]))
    graph.layout(prog="dot")
    places = []
    for number in range(len(boxes)):
        x, y = graph.get_node(f"n{number}").attr["pos"].split(",")
        places.append((float(x), -float(y)))
    columns = {x: order for order, x in enumerate(sorted({round(x, 0) for x, _ in places}))}
    return [[columns[round(x, 0)], y] for x, y in places]


if __name__ == "__main__":
    request = json.load(sys.stdin)
    json.dump([rank(part["boxes"], part["links"]) for part in request], sys.stdout)
