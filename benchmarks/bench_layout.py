"""Laying out 200 tables, child process and routes included, against pygraphviz doing the same graph in-process."""

from __future__ import annotations

import pygraphviz
from graphs import diagram
from harness import compare, record

from steward_app.services.schema.erd.layout import arrange
from steward_app.services.schema.erd.model import Diagram


def by_graphviz_alone(drawn: Diagram) -> None:
    """Boxes with a port a column, edges routed as polylines: what a program does that draws what Graphviz says."""
    lines = ["digraph { rankdir=RL; splines=polyline; nodesep=0.5; ranksep=1; node [shape=plain, margin=0];"]
    names = {box.table: f"n{number}" for number, box in enumerate(drawn.boxes)}
    for box in drawn.boxes:
        cell = f'width="{box.width:g}" fixedsize="true"'
        rows = "".join(f'<tr><td port="{row.name}" {cell} height="20"></td></tr>' for row in box.rows)
        head = f'<tr><td {cell} height="28"></td></tr>'
        table = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{head}{rows}</table>'
        lines.append(f"{names[box.table]} [label=<{table}>];")
    for link in drawn.links:
        child = f"{names[link.child]}:{link.child_columns[0]}:w"
        lines.append(f"{child} -> {names[link.parent]}:{link.parent_columns[0]}:e;")
    graph = pygraphviz.AGraph(string="\n".join([*lines, "}"]))
    graph.layout(prog="dot")
    for name in names.values():
        _ = graph.get_node(name).attr["pos"]


if __name__ == "__main__":
    drawn = diagram(200)
    result = compare(lambda: arrange(drawn), lambda: by_graphviz_alone(drawn), rounds=15)
    record("Layout of 200 tables", result, base="pygraphviz alone on the same graph", limit=1.5)
