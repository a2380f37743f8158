"""Rows of people who were erased since stay out, whatever is chosen or answered. docs/erasure.md has the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, erasure
from steward_app.db import Session, WriteSession
from steward_app.db.image import open_image
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.erasure import Fate, Judge, LedgerKey, judging, ledger_keys
from steward_app.services.restore.compare import both, pair_named
from steward_app.services.restore.pairs import Pair
from steward_app.services.restore.selection import Selection, asked, bring, keys
from steward_app.services.rows import cells
from steward_app.services.rows.order import Fragment
from steward_app.services.schema.model import Schema, Table
from steward_app.storage.secrets import open_secrets


@dataclass(frozen=True, slots=True)
class Gate:
    """Asks the erasure ledger of every row that comes back. Without a judge there is no ledger to ask."""

    judge: Judge | None = None

    def note(self, selection: Selection, pair: Pair) -> None:
        """Note the gathered rows that may not come back, as conflicts that nobody can answer."""
        for key in self._keys(selection, pair):
            if self.judge is not None and not self.judge.at(pair.then, pair.key, key).may_return:
                marks = ", ".join("?" * len(key))
                selection.run(
                    f"INSERT OR IGNORE INTO {asked(pair)} (kind, {keys('k', pair)}, answer)"
                    f" VALUES ('erased', {marks}, 'leave_out')",
                    key,
                )

    def changes(self, selection: Selection, pair: Pair) -> Iterator[tuple[Key, dict[str, SqlValue]]]:
        """What stands in columns (by their names then) of rows that were changed by an erasure and come back so."""
        for key in self._keys(selection, pair):
            found = self.judge.at(pair.then, pair.key, key).changes if self.judge else {}
            if found:
                yield key, found

    def _keys(self, selection: Selection, pair: Pair) -> Sequence[Key]:
        """The rows that would be written, by their keys then; none where no entry can speak of the table."""
        if self.judge is None or not self.judge.concerns(pair.then.name):
            return ()
        named = [f"k{at}" for at in range(len(pair.key))]
        rows = Fragment(f"FROM {bring(pair)} WHERE what IN ('insert', 'update')")
        return list(cells.stream_values(selection.session, named, rows))


@contextmanager
def gate(catalog: Catalog, image: Path, then: Schema, database_id: str, made_at: str) -> Iterator[Gate]:
    """The gate for rows of an image. Raises `Refused` where the ledger cannot be read with the keys that are here."""
    if not _has_entries(catalog, database_id, made_at):
        yield Gate()
        return
    with (
        open_image(image) as state,
        judging(catalog, state, then, database_id, made_at, _keys(catalog, database_id)) as judge,
    ):
        yield Gate(judge)


def kept_out(
    catalog: Catalog,
    path: Path,
    image: Path,
    table: str,
    keys: Sequence[Key],
    database_id: str,
    made_at: str,
    context: Context,
) -> dict[Key, Fate]:
    """Those of some rows of an image that stay out, and why, so that nobody is offered them.

    Args:
        keys: by what names rows in both states, as `compare.difference_page` gives them.

    Raises `Refused` where the ledger cannot be read with the keys that are here.
    """
    if not keys or not _has_entries(catalog, database_id, made_at):
        return {}
    with both(path, image, context) as two:
        pair = pair_named(two, table)
        with gate(catalog, image, two.then, database_id, made_at) as asked_of:
            judge = asked_of.judge
            if judge is None or not judge.concerns(pair.then.name):
                return {}
            told = {key: judge.at(pair.then, pair.key, key) for key in keys}
    return {key: each.fate for key, each in told.items() if not each.may_return}


def refuse_erased(
    catalog: Catalog,
    session: WriteSession,
    schema: Schema,
    database_id: str,
    made_at: str,
    tables: Sequence[tuple[Table, str]],
) -> None:
    """Raise `Refused` where rows that were put back were erased since. Inside the transaction that put them back.

    Args:
        made_at: when they were taken away; RFC 3339, UTC.
        tables: each with a query of the keys of its rows.
    """
    if not _has_entries(catalog, database_id, made_at):
        return
    with judging(catalog, session, schema, database_id, made_at, _keys(catalog, database_id)) as judge:
        erased = sum(_erased(judge, session, *each) for each in tables)
    if erased:
        raise Refused(
            ErrorCode.BLOCKED,
            f"Not undone: {plural(erased, 'row belongs', 'rows belong')} to somebody who was erased since.",
            hint="Everything was rolled back; the file is as it was before.",
        )


def _has_entries(catalog: Catalog, database_id: str, made_at: str) -> bool:
    with catalog.reading() as ledger:
        return bool(erasure.counts(ledger, database_id, made_at))


def _keys(catalog: Catalog, database_id: str) -> dict[str, LedgerKey]:
    with catalog.reading() as ledger:
        ids = erasure.key_ids(ledger, database_id)
    return ledger_keys(open_secrets(catalog.directory), database_id, ids)


def _erased(judge: Judge, session: Session, table: Table, keys_sql: str) -> int:
    if not judge.concerns(table.name):
        return 0
    return sum(not judge.at(table, table.key_columns, tuple(row)).may_return for row in session.all(keys_sql))
