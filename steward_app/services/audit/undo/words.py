"""What an undo says of itself: sentences, findings, and how a request is written into a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from steward_app.kernel import clock
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plain import from_plain, plain
from steward_app.kernel.plan import Json, TableChange
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import Key as ShownKey
from steward_app.services.audit.engine.model import RawText
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.audit.undo.model import (
    OVERRULED,
    Conflict,
    ConflictKind,
    LaterChange,
    Outlook,
    Selection,
    UndoMode,
)

_SAMPLE = 20
_RUNS = 12  # runs of numbers that are written out

_VALUE, _ROW, _CHANGE = ("value", "values"), ("row", "rows"), ("change", "changes")
_TITLES = {  # what is counted, and what is said of one and of many
    ConflictKind.CHANGED_SINCE: (_VALUE, "was changed since", "were changed since"),
    ConflictKind.ROW_GONE: (_ROW, "was removed since", "were removed since"),
    ConflictKind.BEHIND_THE_LOG: (_VALUE, "is not as the log left it", "are not as the log left them"),
    ConflictKind.KEY_TAKEN: (
        _ROW,
        "cannot have its key: another has it",
        "cannot have their keys: others have them",
    ),
    ConflictKind.UNIQUE_CLASH: (_ROW, *["would repeat what may stand only once"] * 2),
    ConflictKind.MISSING_PARENT: (_ROW, *["would point to nothing"] * 2),
    ConflictKind.MISSING_THEN: (_ROW, *["would point to nothing, as before"] * 2),
    ConflictKind.POINTED_TO: (_ROW, "would go, and others point to it", "would go, and others point to them"),
    ConflictKind.NOT_KEPT: (_VALUE, "was not kept in the log", "were not kept in the log"),
    ConflictKind.ERASED: (_VALUE, "was erased since", "were erased since"),
    ConflictKind.NOT_AUDITED: (_CHANGE, *["cannot be undone: the audit does not watch the table now"] * 2),
    ConflictKind.COLUMN_GONE: (_VALUE, *["cannot be put back: the column is gone"] * 2),
    ConflictKind.RENUMBERED: (_CHANGE, *["cannot be undone: its rows may have other numbers"] * 2),
}
_DETAILS = {
    ConflictKind.BEHIND_THE_LOG: "Something changed it while the audit did not see it.",
    ConflictKind.NOT_KEPT: "The audit was told to log that such a value changed, and not the value.",
    ConflictKind.ERASED: "What was erased for a person, or may have been, does not come back by an undo.",
    ConflictKind.RENUMBERED: "They have no key of their own, and the audit began anew since, as after a VACUUM.",
    ConflictKind.MISSING_THEN: "It pointed to nothing when it was changed already.",
    ConflictKind.NOT_AUDITED: "What came after these changes is not known.",
}
_LATER = OVERRULED - {ConflictKind.MISSING_THEN}
_REMEDIES = (
    "Leave these changes out.",
    "Skip what stands in the way.",
    "Undo the later changes, too.",
)


def title(changes: int, tables: Sequence[str]) -> str:
    """Of a plan: "Undo 12 changes of “visit”"."""
    of = f" of {quoted(tables[0])}" if len(tables) == 1 else f" in {plural(len(tables), 'table')}"
    return f"Undo {plural(changes, 'change')}{of if tables else ''}"


def done(changes: int, tables: Sequence[str], rows: int, *, taken_back: bool) -> str:
    """Of a receipt. `taken_back`: what was undone was an undo."""
    of = f" of {quoted(tables[0])}" if len(tables) == 1 else f" in {plural(len(tables), 'table')}"
    what = f"{plural(changes, 'change')}{of}"
    if taken_back:
        return f"Undo taken back: {what}, {plural(rows, 'row')} as before the undo"
    return f"Undone: {what}, {plural(rows, 'row')} as before"


def sentences(outlook: Outlook, changes: Sequence[TableChange]) -> Iterator[str]:
    """What will happen, in plain words."""
    for change in changes:
        parts = [f"{plural(change.deleted, 'row')} removed"] if change.deleted else []
        parts += [f"{plural(change.updated, 'row')} given the values before"] if change.updated else []
        parts += [f"{plural(change.inserted, 'row')} put back"] if change.inserted else []
        yield f"{quoted(change.table)}: {', '.join(parts)}."
    if outlook.added:
        verb = "is" if len(outlook.added) == 1 else "are"
        yield f"{plural(len(outlook.added), 'later change')} that built on them {verb} undone, too."
    if outlook.mode is UndoMode.SKIP and outlook.conflicts:
        yield "What stands in the way is left as it is."
    if outlook.mode is UndoMode.FORCE and any(c.kind in _LATER for c in outlook.conflicts):
        yield "Later values are replaced by those before."
    yield "No trigger runs and no foreign key acts; the links of every row concerned are checked."
    yield "The undo is logged as a transaction of its own."


def findings(outlook: Outlook) -> tuple[Finding, ...]:
    """What stands in the way, together by kind, table and column."""
    groups: dict[tuple[ConflictKind, str, str], list[Conflict]] = {}
    for each in outlook.conflicts:
        groups.setdefault((each.kind, each.table, each.column), []).append(each)
    blocking = {id(each) for each in outlook.blocking}
    found = [_finding(some, outlook, blocks=id(some[0]) in blocking) for some in groups.values()]
    return tuple(sorted(found, key=lambda each: (not each.blocks, each.code, each.subject.table)))


def orphans(told: Sequence[Finding]) -> dict[str, int]:
    """How many rows of each table will point to nothing as they did, by the findings of a plan."""
    found: dict[str, int] = {}
    for each in told:
        if each.code == f"undo_{ConflictKind.MISSING_THEN}" and not each.blocks:
            found[each.subject.table] = found.get(each.subject.table, 0) + (each.count or 0)
    return found


def _finding(some: Sequence[Conflict], outlook: Outlook, *, blocks: bool) -> Finding:
    first = some[0]
    nouns, one, many = _TITLES[first.kind]
    nouns = _ROW if nouns is _VALUE and not first.column else nouns
    said = one if len(some) == 1 else many
    place = quoted(f"{first.table}.{first.column}" if first.column else first.table)
    keys = dict.fromkeys(_shown(each.key) for each in some)
    return Finding(
        f"undo_{first.kind}",
        Severity.ERROR if blocks else Severity.WARNING,
        f"{plural(len(some), *nouns)} of {place} {said}",
        Subject(
            "column" if first.column else "table", first.table, columns=tuple(filter(None, [first.column]))
        ),
        detail=" ".join(
            filter(None, [_DETAILS.get(first.kind, ""), _others(first), _by(some, outlook.later)])
        ),
        count=len(some),
        key_columns=("key",) * len(first.key),
        sample_keys=tuple(keys)[:_SAMPLE],
        remedies=_remedies(first) if blocks else (),
        blocks=blocks,
    )


def _remedies(first: Conflict) -> tuple[str, ...]:
    if first.kind is ConflictKind.MISSING_THEN:
        return (*_REMEDIES[:2], "Put it back as it was, by force.")
    return _REMEDIES[: 3 if first.by is not None or first.kind in OVERRULED else 2]


def _others(first: Conflict) -> str:
    columns = ", ".join(map(quoted, first.constraint))
    match first.kind:
        case ConflictKind.UNIQUE_CLASH:
            return f"By {columns}."
        case ConflictKind.MISSING_PARENT | ConflictKind.MISSING_THEN:
            return f"It points by {columns} to a row of {quoted(first.other_table)} that is not there."
        case ConflictKind.POINTED_TO:
            return f"Rows of {quoted(first.other_table)} point to it by {columns}."
    return ""


def _by(some: Sequence[Conflict], later: Mapping[int, LaterChange]) -> str:
    """Who made the newest of the later changes, and when."""
    known = [later[each.by] for each in some if each.by is not None and each.by in later]
    if not known:
        return ""
    last = max(known, key=lambda each: each.seq)
    who = quoted(last.actor) if last.actor else "an unknown writer"
    when = clock.shown(clock.to_text(from_milliseconds(last.at_ms)))
    return f"Changed last by {who} on {when} (change {last.seq:,})."


def listed(tables: Sequence[str]) -> str:
    """Names of tables in a sentence."""
    return ", ".join(map(quoted, tables))


def _shown(key: Sequence[object]) -> ShownKey:
    values = (each.stored if isinstance(each, RawText) else each for each in key)
    return tuple(each if isinstance(each, int | float | str | bytes) else None for each in values)


def runs(seqs: Sequence[int]) -> str:
    """Numbers in words: "changes 12–15, 20"."""
    found: list[list[int]] = []
    for seq in sorted(seqs):
        if found and found[-1][1] == seq - 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    told = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in found[:_RUNS])
    more = f" and {plural(len(found) - _RUNS, 'more run')}" if len(found) > _RUNS else ""
    return f"{'change' if len(seqs) == 1 else 'changes'} {told}{more}"


def as_json(wanted: Selection) -> dict[str, Json]:
    """A selection as a plan keeps it: what is given, and nothing else."""
    default = Selection()
    told = {each.name: getattr(wanted, each.name) for each in fields(Selection)}
    return {name: plain(value) for name, value in told.items() if value != getattr(default, name)}


def from_json(told: object) -> Selection:
    """The way back. Raises ValueError or TypeError for what is none."""
    if not isinstance(told, dict):
        raise TypeError("not a selection")
    given = dict(told)
    if "key" in given:
        given["key"] = tuple(from_plain(each) if isinstance(each, dict) else each for each in given["key"])
    if "ranges" in given:
        given["ranges"] = tuple((int(first), int(last)) for first, last in given["ranges"])
    if "txns" in given:
        given["txns"] = tuple(map(int, given["txns"]))
    return Selection(**given)
