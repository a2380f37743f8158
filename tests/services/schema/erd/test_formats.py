"""Every format of a diagram is well formed, whatever the tables are called."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pygraphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.diagrams import HOSTILE, diagrams, hostile_diagram
from steward_app.kernel.errors import UsageError
from steward_app.services.schema.erd.export import FORMATS, format_of, needs_layout, render
from steward_app.services.schema.erd.formats import to_dbml, to_dot, to_mermaid, to_plantuml
from steward_app.services.schema.erd.layout import arrange
from steward_app.services.schema.erd.marks import REACH, end_marks, parent_ends
from steward_app.services.schema.erd.model import Box, BoxRow, Cardinality, Diagram, Link, Point
from steward_app.services.schema.erd.svg import link_words, to_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_hostile_names_leave_svg_without_markup_of_their_own() -> None:
    diagram = hostile_diagram()
    root = ElementTree.fromstring(to_svg(diagram, arrange(diagram)))
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "rect", "g", "title", "text", "path", "circle"}
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    assert len(root.findall(f"{SVG}g/{SVG}title")) == len(HOSTILE)


def test_hidden_characters_of_names_are_shown() -> None:
    diagram = hostile_diagram()
    for text in (to_svg(diagram, arrange(diagram)), to_dot(diagram), to_dbml(diagram)):
        assert "\u202e" not in text


@settings(max_examples=15, deadline=None)
@given(diagrams(largest=8), st.text(min_size=1).filter(lambda name: "\x00" not in name))
def test_any_name_gives_well_formed_svg(diagram: Diagram, name: str) -> None:
    renamed = Diagram((*diagram.boxes, Box(name, (BoxRow(name, name),), 200.0)), diagram.links)
    text = to_svg(renamed, arrange(renamed))
    ElementTree.fromstring(text.encode("utf-8"))


def test_mermaid_holds_names_as_codes_only() -> None:
    text = to_mermaid(hostile_diagram())
    assert text.startswith("erDiagram\n")
    assert "<img" not in text and "%%" not in text
    quoted = re.findall(r'"([^"\n]*)"', text)
    assert len(quoted) >= len(HOSTILE)
    assert all(re.fullmatch(r"(?:[\w _\-.,()]|#\d+;)*", words) for words in quoted)
    for line in text.splitlines()[1:]:
        assert re.match(r'    (t\d+\["|\}$|    [A-Za-z]\w* \w+|t\d+ [|}]|t\d+ \S+ t\d+ : ")', line), line


def test_plantuml_cannot_be_made_to_include_files() -> None:
    text = to_plantuml(hostile_diagram())
    assert not any(line.lstrip().startswith("!") for line in text.splitlines())
    assert '"<img' not in text


def test_dbml_quotes_what_is_not_a_word() -> None:
    text = to_dbml(hostile_diagram())
    assert 'Table "a\\"b" {' in text
    assert text.count("Table ") == len(HOSTILE)


def test_graphviz_itself_reads_the_dot_text() -> None:
    graph = pygraphviz.AGraph(string=to_dot(hostile_diagram()))
    assert len(graph.nodes()) == len(HOSTILE)


def test_png_and_pdf_are_what_they_say() -> None:
    diagram = hostile_diagram()
    layout = arrange(diagram)
    assert render(diagram, layout, "png").startswith(b"\x89PNG\r\n")
    assert render(diagram, layout, "pdf").startswith(b"%PDF-")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_written_for_an_empty_file(kind: str) -> None:
    empty = Diagram((), ())
    assert render(empty, arrange(empty) if needs_layout(kind) else None, kind)


def test_the_ending_says_the_format() -> None:
    assert format_of(Path("map.SVG")) == "svg"
    assert format_of(Path("map.puml")) == "plantuml"
    with pytest.raises(UsageError, match=r"map\.xls"):
        format_of(Path("map.xls"))


def test_a_link_says_what_is_wrong_with_it() -> None:
    link = Link("c", ("a",), "p", ("b",))
    assert link_words(link) == ""
    assert link_words(Link("c", ("a",), "p", ("b",), orphans=17)) == "17 without parent"
    assert link_words(Link("c", ("a",), "p", ("b",), problem="not_unique", orphans=3)) == "cannot work"
    assert link_words(Link("c", ("a",), "p", ("b",), number=-1, inferred=True, confidence=0.92)) == "92% sure"


@pytest.mark.parametrize("cardinality", list(Cardinality))
@pytest.mark.parametrize("way", [-1.0, 1.0])
def test_signs_stay_beside_the_box(cardinality: Cardinality, way: float) -> None:
    strokes, rings = end_marks(Point(100, 50), Point(100 + way * 40, 50), cardinality)
    xs = [point.x for stroke in strokes for point in (stroke.start, stroke.end)]
    xs += [ring.centre.x + side * ring.radius for ring in rings for side in (-1, 1)]
    assert all(0 <= (x - 100) * way <= REACH for x in xs)
    assert strokes


def test_signs_that_would_lie_on_each_other_become_one() -> None:
    links = (
        Link("a", ("p_id",), "p", ("id",), 0, parent_end=Cardinality.EXACTLY_ONE),
        Link("b", ("p_id",), "p", ("id",), 0, parent_end=Cardinality.NONE_OR_ONE),
        Link("c", ("q_id",), "q", ("id",), 0, parent_end=Cardinality.EXACTLY_ONE),
    )
    drawn = parent_ends(links)
    assert [drawn[link.id] for link in links] == [
        Cardinality.NONE_OR_ONE,
        Cardinality.NONE_OR_ONE,
        Cardinality.EXACTLY_ONE,
    ]
