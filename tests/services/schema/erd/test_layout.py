"""Places and routes: nothing overlaps, nothing is pierced, what a person placed stays."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.diagrams import diagrams, overlapping, pierced
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.services.schema.erd import layout as layout_module
from steward_app.services.schema.erd.layout import arrange, keep, routed
from steward_app.services.schema.erd.model import Box, BoxRow, Diagram, Link, Point
from steward_app.services.schema.erd.place import spread


@settings(max_examples=25, deadline=None)
@given(diagrams())
def test_the_first_layout_overlaps_nothing_and_pierces_nothing(diagram: Diagram) -> None:
    layout = arrange(diagram)
    assert set(layout.positions) == {box.table for box in diagram.boxes}
    assert overlapping(diagram, layout) == []
    assert pierced(diagram, layout) == []


@settings(max_examples=25, deadline=None)
@given(diagrams())
def test_links_are_orthogonal_and_run_from_row_to_row(diagram: Diagram) -> None:
    layout = arrange(diagram)
    boxes = {box.table: box for box in diagram.boxes}
    for link in diagram.links:
        route = layout.routes[link.id]
        assert all(a.x == b.x or a.y == b.y for a, b in itertools.pairwise(route))
        child, parent = layout.rect(boxes[link.child]), layout.rect(boxes[link.parent])
        assert route[0].y == child.y + boxes[link.child].port(link.child_columns[0])
        assert route[-1].y == parent.y + boxes[link.parent].port(link.parent_columns[0])
        assert route[0].x in (child.x, child.right)
        assert route[-1].x in (parent.x, parent.right)


@settings(max_examples=15, deadline=None)
@given(diagrams(largest=12), st.data())
def test_known_positions_stay_and_only_new_tables_are_placed(diagram: Diagram, data: st.DataObject) -> None:
    first = arrange(diagram)
    known = data.draw(st.sets(st.sampled_from(sorted(first.positions)), min_size=1))
    second = keep(diagram, {name: first.positions[name] for name in known})
    assert all(second.positions[name] == first.positions[name] for name in known)
    assert overlapping(diagram, second) == []
    assert set(second.routes) == {link.id for link in diagram.links}


@settings(max_examples=25, deadline=None)
@given(diagrams(largest=14))
def test_boxes_that_grew_are_pushed_apart_and_those_that_fit_stay(diagram: Diagram) -> None:
    small = replace(diagram, boxes=tuple(replace(box, rows=box.rows[:1]) for box in diagram.boxes), links=())
    places = arrange(small).positions
    assert keep(small, places).positions == places
    grown = keep(replace(diagram, links=()), places)
    assert overlapping(diagram, grown) == []
    assert {name: point.x for name, point in grown.positions.items()} == {n: p.x for n, p in places.items()}
    assert all(grown.positions[name].y >= point.y for name, point in places.items())


def test_the_same_diagram_gives_the_same_layout() -> None:
    diagram = _chain(12)
    assert arrange(diagram) == arrange(diagram)


def test_a_moved_box_takes_its_links_along() -> None:
    diagram = _chain(3)
    layout = arrange(diagram)
    moved = routed(diagram, layout.positions | {"t1": Point(4000.0, 900.0)})
    link = diagram.links[0]
    assert moved.routes[link.id][0] != layout.routes[link.id][0]
    assert moved.positions["t2"] == layout.positions["t2"]


@pytest.mark.parametrize("across", [40.0, 100.0, 180.0, 240.0, 300.0])
def test_a_box_across_two_columns_leaves_the_links_of_others_in_peace(across: float) -> None:
    """Columns a, b, c of four boxes, each linked with those left of it; the last box of b is dragged to below a."""
    names = [f"{column}{n}" for column in "abc" for n in range(4)]
    boxes = tuple(Box(name, (BoxRow("id"), BoxRow("of")), 160.0) for name in names)
    places = {f"{column}{n}": Point(260.0 * i, 140.0 * n) for i, column in enumerate("abc") for n in range(4)}
    pairs = [(f"b{n}", f"a{m}") for n in range(4) for m in range(4)] + [(f"c{n}", f"b{n}") for n in range(3)]
    links = tuple(Link(child, ("of",), parent, ("id",)) for child, parent in pairs)
    diagram = Diagram(boxes, (*links, Link("c0", ("of",), "a3", ("id",))))
    moved = routed(diagram, places | {"b3": Point(across, 700.0)})
    assert [hit for hit in pierced(diagram, moved) if "b3" not in hit[0] and hit[1] != "b3"] == []


def test_links_to_one_column_share_their_trunk() -> None:
    hub = Box("hub", (BoxRow("id"),), 160.0)
    spokes = tuple(Box(f"s{n}", (BoxRow("hub_id"),), 160.0) for n in range(10))
    links = tuple(Link(f"s{n}", ("hub_id",), "hub", ("id",)) for n in range(10))
    layout = arrange(Diagram((hub, *spokes), links))
    trunks = {layout.routes[link.id][-2].x for link in links}
    assert len(trunks) == 1


def test_without_graphviz_the_layout_still_overlaps_and_pierces_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "worker.py"
    broken.write_text("raise SystemExit(3)\n")
    monkeypatch.setattr(layout_module, "_WORKER", broken)
    diagram = _chain(20)
    layout = arrange(diagram)
    assert overlapping(diagram, layout) == []
    assert pierced(diagram, layout) == []


def test_cancelling_kills_the_child_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = tmp_path / "started"
    slow = tmp_path / "worker.py"
    slow.write_text(f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(600)\n")
    monkeypatch.setattr(layout_module, "_WORKER", slow)
    context = Context()

    def cancel_once_started() -> None:
        while not started.exists():
            time.sleep(0.005)
        context.cancel()

    thread = threading.Thread(target=cancel_once_started)
    thread.start()
    with pytest.raises(Cancelled):
        arrange(_chain(3), context)
    thread.join()


def test_an_empty_diagram_has_an_empty_layout() -> None:
    assert arrange(Diagram((), ())).positions == {}


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(10, 500)), min_size=1, max_size=30))
def test_boxes_in_a_column_never_touch_and_keep_their_order(pairs: list[tuple[float, float]]) -> None:
    wanted, heights = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    tops = spread(wanted, heights)
    for (top, height), following in zip(zip(tops, heights, strict=True), tops[1:], strict=False):
        assert following >= top + height + 30


def test_a_box_alone_stands_where_it_wishes() -> None:
    assert spread([120.0], [40.0]) == [120.0]


def _chain(count: int) -> Diagram:
    boxes = tuple(Box(f"t{n}", (BoxRow("id"), BoxRow("parent")), 180.0) for n in range(count))
    links = tuple(Link(f"t{n}", ("parent",), f"t{n // 2}", ("id",)) for n in range(1, count))
    return Diagram(boxes, links)
