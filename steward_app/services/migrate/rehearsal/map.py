"""The diagram of a schema before and after in one: what came, what went, and what is another than it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from steward_app.db.names import fold
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.pairs import Pair, pairs
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.schema.diff_model import Change, ChangeKind, Difference, SchemaDiff
from steward_app.services.schema.diff_parts import match
from steward_app.services.schema.erd.build import build, width_of
from steward_app.services.schema.erd.export import render
from steward_app.services.schema.erd.layout import arrange
from steward_app.services.schema.erd.model import Box, BoxRow, Diagram, Link, Mark
from steward_app.services.schema.model import Schema, TableKind

_DRAWN = (TableKind.TABLE, TableKind.VIRTUAL)
_TABLES, _KEY = ("table", "virtual table"), "foreign key"
_FEW = 8  # rows of a table that are all shown, though most of them are the same
_MOST_LINES = 8  # of a table's rules, indexes and triggers that differ
_LONGEST = 40  # rows of a table that came or went


def drawn_together(
    before: Schema, after: Schema, names: Names, diff: SchemaDiff, rows: Mapping[str, int] | None = None
) -> Diagram:
    """The tables and links of both schemas, with marks on what is not the same.

    A table that is the same shows its name alone; one that changed shows its keys, its links, and what differs. Nothing
    is drawn where nothing differs.

    Args:
        diff: what differs, as `names.compare` found it.
        rows: how many rows tables have afterwards.
    """
    old, new = build(before), build(after)
    paired = pairs(before, after, names, _DRAWN)
    titles = _titles(paired)
    told = _gathered(diff)
    was, now = ({box.table: box for box in diagram.boxes} for diagram in (old, new))
    boxes = [_box(pair, titles, was, now, told, rows or {}) for pair in paired]
    moved = [_moved(link, titles, names) for link in old.links]
    links = tuple(_links(moved, new.links, told))
    drawn = {fold(box.table) for box in boxes}
    ends = {fold(link.parent) for link in links}
    for box in (*new.boxes, *old.boxes):
        if box.missing and fold(box.table) in ends - drawn:
            boxes.append(box)
            drawn.add(fold(box.table))
    diagram = Diagram(tuple(boxes), links)
    return diagram if diagram.marked else Diagram((), ())


def picture(diagram: Diagram, kind: str, context: Context) -> bytes:
    """What changed, and what it is linked with, as the bytes of a picture: "svg", "png" or "pdf".

    Raises as `erd.export.render` does, and `Cancelled`.
    """
    shown = diagram.around(diagram.marked)
    return render(shown, arrange(shown, context), kind)


@dataclass(slots=True)
class _Told:
    """What differs in one table.

    Attributes:
        columns: what differs in a column, by its name, folded.
        links: what differs in a foreign key, by its columns, folded.
        others: what differs besides.
    """

    columns: dict[str, Change] = field(default_factory=dict)
    links: dict[tuple[str, ...], Change] = field(default_factory=dict)
    others: list[Change] = field(default_factory=list)


def _gathered(diff: SchemaDiff) -> dict[str, _Told]:
    """What differs, by the names of tables, folded; without those that came or went as a whole.

    That the text of a table is another one follows from what has another name.
    """
    found: dict[str, _Told] = {}
    renamed = any(each.what == "name" for change in diff.changes for each in change.differences)
    for change in diff.changes:
        subject = change.subject
        if renamed and subject.kind == "table":
            others = tuple(each for each in change.differences if each.what != "text")
            change = replace(change, differences=others)
        told = found.setdefault(fold(subject.table), _Told())
        whole = subject.kind in _TABLES and change.kind is not ChangeKind.CHANGED
        if not subject.table or whole or subject.kind == "view":
            continue
        if subject.kind == "column":
            if change.kind is ChangeKind.CHANGED:
                told.columns[fold(subject.name)] = change
        elif subject.kind == _KEY and change.kind is ChangeKind.CHANGED:
            told.links[tuple(map(fold, subject.columns))] = change
        else:
            told.others.append(change)
    return found


def _titles(paired: Iterable[Pair]) -> dict[str, str]:
    """What the tables before are called in the diagram, by their names."""
    listed = list(paired)
    taken = {fold(pair.new.name) for pair in listed if pair.new}
    titles: dict[str, str] = {}
    for pair in listed:
        if pair.old is not None:
            title = pair.name
            while pair.new is None and fold(title) in taken:
                title += " (before)"  # another table has its name now
            taken.add(fold(title))
            titles[pair.old.name] = title
    return titles


def _box(
    pair: Pair,
    titles: Mapping[str, str],
    was: Mapping[str, Box],
    now: Mapping[str, Box],
    told: Mapping[str, _Told],
    rows: Mapping[str, int],
) -> Box:
    if pair.new is None or pair.old is None:
        whole = now[pair.new.name] if pair.new else replace(was[pair.name], table=titles[pair.name])
        mark = Mark(ChangeKind.ADDED if pair.new else ChangeKind.REMOVED)
        return _sized(whole, _cut(whole.rows), mark, rows.get(whole.table))
    name, before = pair.new.name, pair.old.name
    ours = told.get(fold(name), _Told())
    columns = _merged(pair, was[before].rows, now[name].rows, ours)
    lines = [line for change in (*ours.others, *ours.links.values()) for line in _lines(change)]
    words = tuple(_sentence(row, row.mark) for row in (*columns, *lines) if row.mark)
    renamed = before if before != name else ""
    if not (words or renamed):
        return _sized(now[name], (), None, rows.get(name))
    drawn = [line for line in lines if not _is_link(line)]
    mark = Mark(ChangeKind.CHANGED, renamed, words)
    return _sized(now[name], (*_folded(columns), *_cut(drawn, _MOST_LINES)), mark, rows.get(name))


def _sized(box: Box, rows: tuple[BoxRow, ...], mark: Mark | None, count: int | None) -> Box:
    badges = (*box.badges, *((mark.word,) if mark else ()))
    return replace(
        box,
        rows=rows,
        width=width_of(box.table, rows, badges),
        row_count=count,
        row_count_exact=count is not None,
        mark=mark,
    )


def _merged(pair: Pair, was: Iterable[BoxRow], now: Iterable[BoxRow], told: _Told) -> list[BoxRow]:
    """The columns as they are afterwards, each that is gone behind the one it stood behind."""
    old, new = ({row.name: row for row in rows} for rows in (was, now))
    origin = {other.name: one.name if one else None for one, other in pair.columns if other}
    now_called = {one.name: other.name for one, other in pair.columns if one and other}
    behind: dict[str, list[BoxRow]] = {}
    last = ""
    for name, row in old.items():
        if name in now_called:
            last = now_called[name]
        else:
            behind.setdefault(last, []).append(replace(row, mark=Mark(ChangeKind.REMOVED)))
    merged = behind.get("", [])
    for name, row in new.items():
        merged += [replace(row, mark=_mark(origin[name], name, told)), *behind.get(name, ())]
    return merged


def _mark(was: str | None, name: str, told: _Told) -> Mark | None:
    if was is None:
        return Mark(ChangeKind.ADDED)
    change = told.columns.get(fold(name))
    words = _words(change) if change is not None else ()
    renamed = was if was != name else ""
    return Mark(ChangeKind.CHANGED, renamed, words) if words or renamed else None


def _words(change: Change) -> tuple[str, ...]:
    """What differs, without names, which stand beside it."""
    return tuple(_said(each) for each in change.differences if each.what != "name")


def _said(difference: Difference) -> str:
    match difference.what:
        case "text":
            return "another text"
        case "column order":
            return "another order of columns"
    return difference.sentence


def _lines(change: Change) -> Iterator[BoxRow]:
    """What differs in a table besides its columns, as rows of its box."""
    subject = change.subject
    if subject.kind in _TABLES:
        for words in _words(change):
            yield BoxRow(words, column=False, mark=Mark(change.kind))
        return
    was = next((each.before for each in change.differences if each.what == "name"), "")
    name = subject.name or ", ".join(subject.columns)
    mark = Mark(change.kind, was, _words(change))
    yield BoxRow(
        f"{subject.kind} {name}".rstrip(), column=False, key="link" if subject.kind == _KEY else "", mark=mark
    )


def _is_link(line: BoxRow) -> bool:
    """Whether it has a line of its own on the map."""
    return line.key == "link" and line.mark is not None and line.mark.kind is not ChangeKind.CHANGED


def _sentence(row: BoxRow, mark: Mark) -> str:
    """What became of a row: "phone: was tel, type TEXT → INTEGER"."""
    was = (f"was {mark.was}",) if mark.was else ()
    return f"{row.name}: {', '.join((*was, *mark.told)) or mark.word}"


def _folded(rows: Sequence[BoxRow]) -> tuple[BoxRow, ...]:
    """The rows that tell what changed and what the table is; of a small one all."""
    if len(rows) <= _FEW:
        return tuple(rows)
    kept = [row for row in rows if row.mark or row.key in ("key", "link")]
    same = len(rows) - len(kept)
    return (*_cut(kept), *((BoxRow(f"+ {same} the same", column=False),) if same else ()))


def _cut(rows: Sequence[BoxRow], most: int = _LONGEST) -> tuple[BoxRow, ...]:
    more = len(rows) - most
    return tuple(rows) if more <= 0 else (*rows[:most], BoxRow(f"+ {more} more", column=False))


def _moved(link: Link, titles: Mapping[str, str], names: Names) -> Link:
    """A link before, by the names its ends have in the diagram."""
    return replace(
        link,
        child=titles.get(link.child, link.child),
        child_columns=names.columns(link.child, link.child_columns),
        parent=titles.get(link.parent, names.table(link.parent)),
        parent_columns=names.columns(link.parent, link.parent_columns),
    )


def _links(was: Sequence[Link], now: Sequence[Link], told: Mapping[str, _Told]) -> Iterator[Link]:
    number = max((link.number for link in now), default=0)
    for old, new in match(was, now, _way):
        if new is None and old is not None:
            number += 1
            yield replace(old, number=number, problem="", mark=Mark(ChangeKind.REMOVED))
        elif new is not None and old is None:
            yield replace(new, mark=Mark(ChangeKind.ADDED))
        elif new is not None:
            ours = told.get(fold(new.child), _Told())
            change = ours.links.get(tuple(map(fold, new.child_columns)))
            yield replace(new, mark=Mark(ChangeKind.CHANGED, told=_words(change)) if change else None)


def _way(link: Link) -> tuple[tuple[str, ...], ...]:
    """From which columns it leads to which."""
    ends = ((link.child,), link.child_columns, (link.parent,), link.parent_columns)
    return tuple(tuple(map(fold, names)) for names in ends)
