"""The diagram as SVG, drawn from the same geometry as the schema map. Names from the file are escaped, always."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

from steward_app.kernel.text import visible
from steward_app.services.schema.diff_model import ChangeKind
from steward_app.services.schema.erd.marks import end_marks, free_labels, parent_ends
from steward_app.services.schema.erd.model import (
    HEAD_HEIGHT,
    ROW_HEIGHT,
    Box,
    BoxRow,
    Cardinality,
    Diagram,
    Layout,
    Link,
    Mark,
    Point,
    Rect,
)

_MARGIN = 32.0
_LEGEND_HEIGHT, _LEGEND_WIDTH = 40.0, 560.0
_MONO = "'JetBrains Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, monospace"
_SANS = "Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, sans-serif"


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of a picture; the defaults are the light theme's."""

    base: str = "#ffffff"
    window: str = "#f5f6f8"
    hairline: str = "#e2e5ea"
    control: str = "#858b96"
    text: str = "#1b1d21"
    muted: str = "#5a616c"
    accent: str = "#1d5fb8"
    danger: str = "#b3261e"
    danger_tint: str = "#fcecea"
    warning: str = "#8a5300"
    warning_tint: str = "#fcf3e3"
    success: str = "#1b6e3c"
    success_tint: str = "#e8f5ed"

    def of(self, mark: Mark) -> tuple[str, str]:
        """The colour of what came, went or changed, and its tint."""
        match mark.kind:
            case ChangeKind.ADDED:
                return self.success, self.success_tint
            case ChangeKind.REMOVED:
                return self.danger, self.danger_tint
        return self.warning, self.warning_tint

    @property
    def pale(self) -> Colours:
        """The same for what stays as it is, beside what does not."""
        return replace(self, text=self.muted, control=self.hairline, window=self.base)


def to_svg(diagram: Diagram, layout: Layout, colours: Colours | None = None) -> str:
    """A whole SVG document, readable by itself, without scripts, styles from elsewhere or raw names.

    A diagram with marks has a legend of them, and what stays as it is is pale.
    """
    colours = colours or Colours()
    view = extent(diagram, layout)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{view.width:g}" height="{view.height:g}" '
        f'viewBox="{view.x:g} {view.y:g} {view.width:g} {view.height:g}" role="img">',
        f'<rect x="{view.x:g}" y="{view.y:g}" width="{view.width:g}" height="{view.height:g}" fill="{colours.base}"/>',
    ]
    ends = parent_ends(diagram.links)
    drawn = sorted((link for link in diagram.links if link.id in layout.routes), key=depth)
    parts += [_link(link, layout.routes[link.id], ends[link.id], colours) for link in drawn]
    rest = colours.pale if diagram.marked else colours
    parts += [_box(box, layout.rect(box), colours if box.mark else rest) for box in diagram.boxes]
    places = free_labels({link.id: link_words(link) for link in drawn}, layout.routes)
    parts += [_label(link, places[link.id], colours) for link in drawn if link.id in places]
    if diagram.marked:
        parts += _legend(diagram, view, colours)
    return "\n".join([*parts, "</svg>"]) + "\n"


def extent(diagram: Diagram, layout: Layout) -> Rect:
    """The rectangle that holds every box and link, and the legend of marks, with a margin."""
    rects = [layout.rect(box) for box in diagram.boxes]
    points = [point for route in layout.routes.values() for point in route]
    xs = [rect.x for rect in rects] + [point.x for point in points]
    ys = [rect.y for rect in rects] + [point.y for point in points]
    far_xs = [rect.right for rect in rects] + [point.x for point in points]
    far_ys = [rect.bottom for rect in rects] + [point.y for point in points]
    left, top = min(xs, default=0.0) - _MARGIN, min(ys, default=0.0) - _MARGIN
    width, height = max(far_xs, default=0.0) + _MARGIN - left, max(far_ys, default=0.0) + _MARGIN - top
    if diagram.marked:
        return Rect(left, top, max(width, _LEGEND_WIDTH), height + _LEGEND_HEIGHT)
    return Rect(left, top, width, height)


def depth(link: Link) -> int:
    """Which links lie above others where they share a piece: what stays, then what came, then what went."""
    if link.mark is None:
        return 2
    return 0 if link.mark.kind is ChangeKind.REMOVED else 1


def link_words(link: Link) -> str:
    """What stands on a link: that it cannot work, what became of it, the number of orphans, how sure a guess is."""
    if link.problem:
        return "cannot work"
    if link.mark:
        return f"{link.mark.sign} {link.mark.word}"
    if link.orphans:
        return f"{link.orphans:,} without parent"
    return f"{link.confidence:.0%} sure" if link.inferred else ""


def _xml(text: str) -> str:
    """Text as XML 1.0 allows it: hidden characters shown, the two code points that may never stand in it replaced."""
    return escape(visible(text)).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _text(x: float, y: float, words: str, fill: str, *, mono: bool, size: float = 11.5, weight: int = 400,
          anchor: str = "start", limit: float = 0.0) -> str:  # fmt: skip
    shown = visible(words)
    letter = size * (0.6 if mono else 0.55)
    if limit and len(shown) * letter > limit:
        shown = shown[: max(1, int(limit / letter) - 1)] + "…"
    family = _MONO if mono else _SANS
    return (
        f'<text x="{x:g}" y="{y:g}" font-family="{family}" font-size="{size:g}" font-weight="{weight}" '
        f'fill="{fill}" text-anchor="{anchor}">{_xml(shown)}</text>'
    )


def _box(box: Box, rect: Rect, colours: Colours) -> str:
    ink, tint = colours.of(box.mark) if box.mark else (colours.muted, colours.window)
    edge = colours.danger if box.missing else ink if box.mark else colours.control
    gone = box.mark is not None and box.mark.kind is ChangeKind.REMOVED
    dash = ' stroke-dasharray="4 3"' if box.missing or gone else ""
    shape = f'x="{rect.x:g}" y="{rect.y:g}" width="{rect.width:g}" rx="4"'
    parts = [
        f"<g><title>{_xml(_told(box))}</title>",
        f'<rect {shape} height="{rect.height:g}" fill="{colours.base}"/>',
        f'<rect {shape} height="{HEAD_HEIGHT:g}" fill="{tint}"/>',
    ]
    aside = "missing" if box.missing else f"{box.mark.sign} {box.mark.word}" if box.mark else _count(box)
    badges = " ".join(badge for badge in box.badges if badge != "missing")
    note = "  ".join(words for words in (badges, aside) if words)
    most = rect.width * 0.6
    room = rect.width - 20 - min(most, len(note) * 6.2) - (8 if note else 0)
    parts.append(
        _text(rect.x + 10, rect.y + 18.5, box.table, colours.text, mono=True, size=12, weight=600, limit=room)
    )
    if note:
        at = rect.right - 10
        parts.append(_text(at, rect.y + 18, note, ink, mono=False, size=11, anchor="end", limit=most))
    for number, row in enumerate(box.rows):
        parts += _row(row, rect, rect.y + HEAD_HEIGHT + ROW_HEIGHT * number, colours)
    if box.rows:
        y = rect.y + HEAD_HEIGHT
        parts.append(f'<path d="M{rect.x:g} {y:g}H{rect.right:g}" stroke="{colours.hairline}"/>')
    parts.append(f'<rect {shape} height="{rect.height:g}" fill="none" stroke="{edge}"{dash}/></g>')
    return "\n".join(parts)


def _row(row: BoxRow, rect: Rect, top: float, colours: Colours) -> list[str]:
    middle = top + 14
    parts: list[str] = []
    room = rect.width - 38
    if row.mark:
        ink, tint = colours.of(row.mark)
        aside = row.mark.word
        inner = f'x="{rect.x + 1:g}" y="{top + 1:g}" width="{rect.width - 2:g}" height="{ROW_HEIGHT - 1:g}"'
        parts.append(f'<rect {inner} fill="{tint}"/>')
        parts.append(_text(rect.x + 6, middle, row.mark.sign, ink, mono=True, weight=700, anchor="middle"))
        parts.append(
            _text(
                rect.right - 10, middle, aside, ink, mono=False, size=11, weight=600, anchor="end", limit=110
            )
        )
        room -= min(110.0, len(aside) * 6.6) + 10
    if not row.column:
        return [*parts, _text(rect.x + 30, middle, row.name, colours.muted, mono=False, size=11, limit=room)]
    sign = {"key": "PK", "link": "FK", "unique": "U"}.get(row.key, "")
    kind = row.type + ("?" if row.nullable and row.type else "")
    parts.append(
        _text(rect.x + 18, middle, sign, colours.muted, mono=False, size=8.5, weight=600, anchor="middle")
    )
    if kind:
        at = rect.x + 28 + room
        parts.append(_text(at, middle, kind, colours.muted, mono=False, size=11, anchor="end", limit=120))
        room -= len(kind) * 6.2 + 12
    weight = 600 if row.key == "key" else 400
    parts.append(_text(rect.x + 30, middle, row.name, colours.text, mono=True, weight=weight, limit=room))
    return parts


def _told(box: Box) -> str:
    """What a box says when it is pointed at."""
    if box.mark is None:
        return box.table
    return "\n".join((f"{box.table}: {box.mark.word}", *box.mark.told))


def _legend(diagram: Diagram, view: Rect, colours: Colours) -> list[str]:
    """What the marks mean, below all."""
    x, y = view.x + _MARGIN, view.bottom - 24
    parts = []
    for kind in ChangeKind:
        mark = Mark(kind)
        words = f"{mark.sign} {mark.word}"
        parts.append(_text(x, y, words, colours.of(mark)[0], mono=False, weight=600))
        x += len(words) * 6.6 + 24
    words = "pale: stays as it is"
    if diagram.left_out:
        words += f" ({diagram.left_out:,} more, not drawn)"
    return [*parts, _text(x, y, words, colours.muted, mono=False)]


def _count(box: Box) -> str:
    if box.row_count is None:
        return ""
    return f"{'' if box.row_count_exact else 'about '}{box.row_count:,}"


def _colour(link: Link, colours: Colours) -> str:
    if link.problem or link.orphans:
        return colours.danger
    if link.mark:
        return colours.of(link.mark)[0]
    return colours.accent if link.inferred else colours.muted


def _link(link: Link, route: tuple[Point, ...], parent_end: Cardinality, colours: Colours) -> str:
    colour = _colour(link, colours)
    gone = link.mark is not None and link.mark.kind is ChangeKind.REMOVED
    dash = ' stroke-dasharray="5 3"' if gone or link.inferred or link.problem or link.orphans else ""
    line = "M" + "L".join(f"{point.x:g} {point.y:g}" for point in route)
    parts = [
        f'<g fill="none" stroke="{colour}" stroke-width="1.25"><path d="{line}"{dash} stroke-linejoin="round"/>'
    ]
    for at, towards, cardinality in (
        (route[0], route[1], link.child_end),
        (route[-1], route[-2], parent_end),
    ):
        strokes, rings = end_marks(at, towards, cardinality)
        parts += [f'<path d="M{s.start.x:g} {s.start.y:g}L{s.end.x:g} {s.end.y:g}"/>' for s in strokes]
        parts += [
            f'<circle cx="{r.centre.x:g}" cy="{r.centre.y:g}" r="{r.radius:g}" fill="{colours.base}"/>'
            for r in rings
        ]
    return "".join([*parts, "</g>"])


def _label(link: Link, place: Point, colours: Colours) -> str:
    words = link_words(link)
    colour = _colour(link, colours)
    broken = link.problem or link.orphans
    fill = colours.danger_tint if broken else colours.of(link.mark)[1] if link.mark else colours.base
    width = len(words) * 6.2 + 12
    return (
        f'<rect x="{place.x - width / 2:g}" y="{place.y - 9:g}" width="{width:g}" height="18" rx="3" '
        f'fill="{fill}" stroke="{colour}"/>'
        + _text(place.x, place.y + 4, words, colour, mono=False, size=11, weight=600, anchor="middle")
    )
