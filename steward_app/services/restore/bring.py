"""From what is asked for to the rows that will be written: gather, decide, lay ready.

The plan does it to say what would happen, the operation does it again inside its transaction, and compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from blake3 import blake3

from steward_app.db import Session, WriteSession, fold, qualified, quote
from steward_app.db.content import ValueReader
from steward_app.db.image import IMAGE
from steward_app.db.script import split
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.plan import TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.audit.engine.names import is_ours
from steward_app.services.restore.bring_model import ANSWERS, Answer, Branch, BringRequest, Extent, Outlook
from steward_app.services.restore.conflicts import resolve
from steward_app.services.restore.erased import Gate
from steward_app.services.restore.pairs import Pair, hidden_rowid, require_nameable
from steward_app.services.restore.resolver import gone_key
from steward_app.services.restore.selection import Selection, What, bring, bring_key, gone, now_key
from steward_app.services.restore.write import Rewrite, counts, make_tables, take_off
from steward_app.services.schema.model import Schema, Table

MOST_KEYS = 10_000
"""A plan names its rows, and so does the journal."""

_TAKES_BACK = (Answer.OLD, Answer.NEW_NUMBER)
_ORIGINS = ("chosen", "children", "parents")
_WHY = {"chosen": "chosen", "children": "with the chosen rows", "parents": "needed by them"}


@dataclass(frozen=True, slots=True)
class Ready:
    """What will be written, laid ready in temporary tables.

    Attributes:
        state: a hash over all that the change rests on: what is written, over what.
        judged: the erasure ledger was asked about the rows.
        still_erased: rows that come back without what was erased in their columns since.
    """

    selection: Selection
    pairs: tuple[Pair, ...]
    rewrites: tuple[Rewrite, ...]
    outlook: Outlook
    changes: tuple[TableChange, ...]
    state: str
    judged: bool = False
    still_erased: int = 0

    @property
    def rows(self) -> int:
        """How many rows are inserted, changed or removed."""
        return sum(each.inserted + each.updated + each.deleted for each in self.changes)


def prepare(
    session: Session,
    then: Schema,
    now: Schema,
    request: BringRequest,
    gate: Gate,
    context: Context,
    *,
    rows_before: Mapping[str, int] | None = None,
) -> Ready:
    """Gather the rows, decide about each, and lay ready what is to be written.

    Args:
        session: sees the file and the image, and may make temporary tables.
        rows_before: how many rows each table has, where somebody else looks after that; else they are counted.

    Raises `UsageError` for a table or a row that was not there then.
    """
    for choice in request.choices:
        if choice.answer not in ANSWERS[choice.kind]:
            allowed = ", ".join(ANSWERS[choice.kind]) or "nothing"
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"“{choice.answer}” is no answer to {choice.kind}.",
                hint=f"Nothing was changed. It can be answered with: {allowed}.",
            )
    selection = Selection(session, then, now, context)
    _gather(selection, request)
    conflicts = resolve(selection, request, gate)
    pairs = tuple(
        pair
        for pair in selection.pairs
        if selection.count(pair, What.INSERT, What.UPDATE) or selection.count_gone(pair)
    )
    laid = [_lay_ready(selection, number, pair, gate) for number, pair in enumerate(pairs)]
    rewrites = tuple(rewrite for rewrite, _ in laid)
    outlook = Outlook(tuple(_branch(selection, pair) for pair in selection.pairs), conflicts)
    origins = {branch.table: branch.origin for branch in outlook.branches}
    changes = tuple(
        _change(session, pair, rewrite, origins, rows_before)
        for pair, rewrite in zip(pairs, rewrites, strict=True)
    )
    state, still_erased = _state(session, rewrites, changes), sum(count for _, count in laid)
    return Ready(selection, pairs, rewrites, outlook, changes, state, gate.judge is not None, still_erased)


def recreate(session: WriteSession, pair: Pair) -> None:
    """Make a table that is gone, as it was. Inside a transaction, before its rows are written."""
    for sql in _statements(session, pair.then, "table"):
        session.run(sql)


def recreate_rest(session: WriteSession, pair: Pair) -> None:
    """Make the indexes and triggers of a table that was made again; those whose names are taken are left out."""
    for kind in ("index", "trigger"):
        for sql in _statements(session, pair.then, kind):
            session.run(sql)


def _gather(selection: Selection, request: BringRequest) -> None:
    pair = selection.pair(request.table)
    match request.extent:
        case Extent.ROWS:
            found = _choose(selection, pair, request)
            if not found:
                raise Failure(
                    ErrorCode.NOT_FOUND,
                    f"None of the rows was in {quoted(pair.name)} then.",
                    hint="Nothing was changed. “steward restore compare” lists the rows that are missing.",
                )
        case Extent.MISSING:
            selection.choose_missing(pair)
            _choose_answered(selection, pair, request)
        case Extent.CONTENT:
            selection.choose_differing(pair)
    if request.children:
        selection.add_children(frozenset(map(fold, request.without)))


def _choose_answered(selection: Selection, pair: Pair, request: BringRequest) -> None:
    """Nobody asks missing rows what is there now; who answers that all the same means rows that differ, too."""
    answers = [
        choice
        for choice in request.choices
        if choice.answer in _TAKES_BACK and fold(choice.table) in ("", fold(pair.then.name))
    ]
    if any(not choice.key for choice in answers):
        selection.choose_changed(pair)
    elif answers:
        selection.choose(pair, (choice.key for choice in answers))


def _choose(selection: Selection, pair: Pair, request: BringRequest) -> int:
    if len(request.keys) > MOST_KEYS:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{len(request.keys):,} rows are too many to be named one by one; {MOST_KEYS:,} may be.",
            hint="Nothing was changed. Bring the table back: “steward restore table”.",
        )
    for key in request.keys:
        require_nameable(pair, key)
    return selection.choose(pair, request.keys)


def _lay_ready(selection: Selection, number: int, pair: Pair, gate: Gate) -> tuple[Rewrite, int]:
    """The rows of one table, and how many of them come back without what was erased in them since."""
    table = pair.now or pair.then
    rowid = hidden_rowid(table)
    given = tuple(now for _, now in pair.columns)
    rewrite = Rewrite(
        number, table, pair.key_now, ((rowid,) if rowid else ()) + given, pair.converted, pair.now is None
    )
    session = selection.session
    make_tables(session, rewrite)
    if pair.now is not None:
        order = ", ".join(f"b.k{at}" for at in range(len(pair.key)))
        rows = f"{bring(pair)} AS b CROSS JOIN {pair.now_sql} AS m ON {now_key('m', pair.key_now)}"
        take_off(session, rewrite, "update", f"{rows} WHERE b.what = 'update' ORDER BY {order}")
        rows = f"{gone(pair)} AS g CROSS JOIN {pair.now_sql} AS m ON {gone_key('m', pair)}"
        take_off(session, rewrite, "delete", rows)
    for what in ("update", "insert") if pair.now is not None else ("insert",):
        _put_on(selection, pair, rewrite, what)
    still_erased = sum(
        _as_erased(selection, pair, rewrite, key, changes) for key, changes in gate.changes(selection, pair)
    )
    return rewrite, still_erased


def _put_on(selection: Selection, pair: Pair, rewrite: Rewrite, what: str) -> None:
    """Lay ready the rows that come: values of then, new numbers, and what only now has."""
    values = [f"b.n{at}" for at in range(len(pair.key))]
    for name in rewrite.columns:
        then = pair.then_name(name) if any(name == now for _, now in pair.columns) else None
        if name in pair.key_now:
            values.append(f"b.n{pair.key_now.index(name)}")
        elif then is not None:
            values.append(selection.value(pair, then, f"i.{quote(then)}"))
        else:
            values.append(f"m.{quote(name)}" if what == "update" else "NULL")
    rows = f"{bring(pair)} AS b CROSS JOIN {pair.then_sql} AS i ON {bring_key('i', pair)}"
    if what == "update":
        rows += f" CROSS JOIN {pair.now_sql} AS m ON {now_key('m', pair.key_now)}"
    order = ", ".join(f"b.k{at}" for at in range(len(pair.key)))
    selection.session.all(
        f"INSERT INTO {rewrite.on} SELECT NULL, '{what}', {', '.join(values)} FROM {rows}"
        f" WHERE b.what = '{what}' ORDER BY {order}"
    )


def _as_erased(
    selection: Selection, pair: Pair, rewrite: Rewrite, key: Key, changes: dict[str, SqlValue]
) -> bool:
    """A row that was changed by an erasure comes back with these changes; whether its table still has the columns."""
    known = [(pair.now_name(name), value) for name, value in changes.items()]
    sets = ", ".join(f"{rewrite.place(name)} = ?" for name, _ in known if name)
    if not sets:
        return False
    is_row = " AND ".join(f"b.k{at} = ?" for at in range(len(pair.key)))
    named = " AND ".join(f"b.n{at} = o.k{at}" for at in range(len(pair.key)))
    selection.session.all(
        f"UPDATE {rewrite.on} AS o SET {sets} WHERE EXISTS (SELECT 1 FROM {bring(pair)} AS b"
        f" WHERE {is_row} AND {named})",
        (*(value for name, value in known if name), *key),
    )
    return True


def _branch(selection: Selection, pair: Pair) -> Branch:
    origin = selection.session.value(f"SELECT min(origin) FROM {bring(pair)}")
    return Branch(
        table=pair.name,
        found=selection.count(pair, *What),
        missing=selection.count(pair, What.INSERT),
        overwritten=selection.count(pair, What.UPDATE),
        same=selection.count(pair, What.SAME),
        kept=selection.count(pair, What.KEEP),
        out=selection.count(pair, What.OUT),
        taken_out=selection.count_gone(pair),
        origin=_ORIGINS[origin] if isinstance(origin, int) else _ORIGINS[0],
    )


def _change(
    session: Session,
    pair: Pair,
    rewrite: Rewrite,
    origins: dict[str, str],
    rows_before: Mapping[str, int] | None,
) -> TableChange:
    if pair.now is None:
        before = 0
    elif rows_before is not None:
        before = rows_before.get(pair.name, 0)
    else:
        before = session.count(f"SELECT count(*) FROM {pair.now_sql}")
    inserted, updated, deleted = counts(session, rewrite)
    why = _WHY[origins[pair.name]] if pair.now else "the table is made again"
    return TableChange(pair.name, before, before + inserted - deleted, inserted, updated, deleted, why)


def _state(session: Session, rewrites: Sequence[Rewrite], changes: Sequence[TableChange]) -> str:
    """Over the rows that go, whole, and those that come: the plan is stale when one of them is another."""
    reader, digest = ValueReader(session), blake3()
    for rewrite, change in zip(rewrites, changes, strict=True):
        told = f"{change.table}\0{change.inserted}\0{change.updated}\0{change.deleted}\0"
        digest.update(told.encode("utf-8", "surrogatepass"))
        width = len(rewrite.key) + len(rewrite.columns)
        for source in (rewrite.off, rewrite.on):
            places = ["what", *(f"k{at}" for at in range(len(rewrite.key)))]
            places += [f"c{at}" for at in range(width - len(rewrite.key))]
            rows = session.execute(f"SELECT {reader.terms(places)} FROM {source} ORDER BY id")
            for row in rows:
                digest.update(b"".join(reader.read(row)))
    return digest.hexdigest()


def _statements(session: Session, table: Table, kind: str) -> list[str]:
    """The stored texts of a table of the image, and of its indexes or triggers; each one statement, that makes it.

    The triggers of an audit of then are left out: their log is not that of now. `audit rearm` makes them anew.
    """
    found = session.all(
        f"SELECT name, sql FROM {qualified('sqlite_schema', IMAGE)} WHERE type = ? AND tbl_name = ? COLLATE NOCASE"
        " AND sql IS NOT NULL ORDER BY rowid",
        (kind, table.name),
    )
    taken = "SELECT 1 FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE"
    sql = [
        str(text)
        for name, text in found
        if not session.value(taken, (name,)) and not (kind == "trigger" and is_ours(str(name)))
    ]
    for each in sql:
        statements = split(each, table.name)
        if len(statements) != 1 or statements[0].verb != "CREATE":
            raise Failure(
                ErrorCode.MALFORMED_SCHEMA,
                f"The stored text of {quoted(table.name)} is more than one statement that makes it.",
                hint="Nothing was changed. Restore the whole file to a new one.",
            )
    return sql
