"""What a restore point takes back besides the migrations: the file as it is now beside what the point holds.

Rows are found again and compared as a rehearsal does it (`rehearsal.rows`). Keys and counts are told, never values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from blake3 import blake3

from steward_app.catalog import Catalog
from steward_app.catalog.policy_names import Twin
from steward_app.db import Session, fold, open_read, quote
from steward_app.db.content import TableContent, table_contents
from steward_app.db.difference import BEFORE, rows_after, rows_before
from steward_app.db.image import attach_image
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.pairs import Pair, pairs, without_ours
from steward_app.services.migrate.rehearsal.renames import Names, told_in_order
from steward_app.services.migrate.rehearsal.row_model import Fate, TableDifference
from steward_app.services.migrate.rehearsal.rows import NOT_READ, compare_table
from steward_app.services.migrate.run.carried import turned
from steward_app.services.migrate.run.lost import Gone, also_gone, gone
from steward_app.services.restore.compare import about_image, image_schema
from steward_app.services.restore.point_image import point_image
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

MOST_COMPARED_BYTES = 2 << 30
"""A larger file is not compared row by row for a plan: its rows are counted. A rehearsal compares it."""


@dataclass(frozen=True, slots=True)
class Since:
    """What was done since a restore point, and goes with it.

    Attributes:
        goes: tables and columns that the point has not.
        also: views, indexes and triggers that it has not.
        tables: what became of the tables and rows of the point until now; those with the same rows are left out.
        counted: rows were counted and not compared, since the file is large: there may be more.
        held: a digest of what the tables hold now, see `digest`; "" where they were counted.
    """

    goes: tuple[Gone, ...]
    also: tuple[str, ...]
    tables: tuple[TableDifference, ...]
    counted: bool = False
    held: str = ""

    @property
    def written(self) -> str:
        """What became of rows, for a sentence: "3 rows added and 1 row deleted, in 2 tables"; "" for nothing."""
        there = [each for each in self.tables if each.name and each.was and each.rows_differ]
        counts = (
            (sum(each.added for each in there), "added"),
            (sum(each.changed for each in there), "changed"),
            (sum(each.lost for each in there), "deleted"),
        )
        told = [f"{plural(count, 'row')} {what}" for count, what in counts if count]
        least = "at least " if self.counted else ""
        last = " and ".join(told[-2:])
        return f"{least}{', '.join((*told[:-2], last))}, in {plural(len(there), 'table')}" if told else ""


def since(
    catalog: Catalog,
    path: Path,
    point: str,
    back: Sequence[Sequence[Renamed]],
    context: Context,
    *,
    whole: bool = False,
) -> Since:
    """How the file differs from a restore point.

    Args:
        back: what each migration since then gave another name or place, turned round, the newest first.
        whole: compare a large file row by row, too.

    Raises `Refused` for a point that is missing or bad, `Failure` where one of the two cannot be read.
    """
    counted = not whole and path.stat().st_size > MOST_COMPARED_BYTES
    with (
        point_image(catalog, path, point, context, as_it_was=counted) as image,
        about_image(image.path),
        open_read(path, context) as session,
    ):
        then = without_ours(image_schema(image.path, context))
        attach_image(session, image.path, BEFORE)
        with session.temporary(), session.snapshot(), session.under(context):
            now = without_ours(read_schema(session, context))
            held = "" if counted else digest(table_contents(session, context))
            return replace(_since(session, then, now, back, counted, context), held=held)


def digest(tables: Iterable[TableContent]) -> str:
    """What the steward's own tables hold, as one hash: another row in one of them, and it is another."""
    own = sorted((each.name, each.hash) for each in tables if not fold(each.name).startswith("_steward_"))
    return blake3(json.dumps(own).encode("utf-8", "surrogatepass")).hexdigest()


def _since(
    session: Session,
    then: Schema,
    now: Schema,
    back: Sequence[Sequence[Renamed]],
    counted: bool,
    context: Context,
) -> Since:
    names = Names(_in_all(map(turned, reversed(back))), then, now)
    names_back = Names(_in_all(back), now, then)
    goes = gone(session, pairs(now, then, names_back), names_back)
    found, both = [], pairs(then, now, names)
    for number, pair in enumerate(both):
        context.report(number, len(both), unit="tables", note=pair.name)
        context.checkpoint()
        if pair.old and pair.new and pair.shows_others:
            continue
        found.append(
            _counted(session, pair)
            if counted or pair.is_virtual
            else _stored(compare_table(session, pair, names), pair)
        )
    without = {each.table for each in goes}
    return Since(
        goes,
        also_gone(now, then, names_back),
        tuple(each for each in found if _is_told(each) or each.name in without),
        counted,
    )


def _is_told(table: TableDifference) -> bool:
    """Whether more than the text of a table differs, or its name."""
    comes = any(each.fate is Fate.GONE for each in table.columns)
    one_sided = not table.name or not table.was
    return bool(table.rows_differ or table.problem or comes or one_sided)


def _stored(found: TableDifference, pair: Pair) -> TableDifference:
    """The same without columns that are computed: nobody writes them, and they are computed again."""
    computed = {each.name for _, each in pair.columns if each and each.generated.value}
    computed |= {each.name for each, after in pair.columns if each and after is None and each.generated.value}
    return replace(
        found, columns=tuple(each for each in found.columns if (each.name or each.was) not in computed)
    )


def _counted(session: Session, pair: Pair) -> TableDifference:
    """As `compare_table`, by the numbers of rows alone."""
    was, name = pair.old.name if pair.old else "", pair.new.name if pair.new else ""
    try:
        with readable(pair.name):
            before = rows_before(session, was) if was else 0
            after = rows_after(session, name) if name else 0
    except Failure as error:
        if error.code not in NOT_READ:
            raise
        return TableDifference(name, was, 0, 0, problem=error.message)
    return TableDifference(
        name, was, before, after, added=max(after - before, 0), lost=max(before - after, 0)
    )


def _in_all(steps: Iterable[Sequence[Renamed]]) -> tuple[Renamed, ...]:
    """What has another name or place after several steps, each told by its outcome."""
    return told_in_order((_as_statements(step), tuple(each for each in step if each.into)) for step in steps)


def _as_statements(step: Sequence[Renamed]) -> Iterator[str]:
    """Statements that would give the names of a step, also where two swap theirs."""
    columns = [each for each in step if each.table and not each.into and each.twin in (Twin.NO, Twin.AGAIN)]
    tables = [each for each in step if not each.table]
    for number, each in enumerate(columns):
        yield f"ALTER TABLE {quote(each.table)} RENAME COLUMN {quote(each.before)} TO {quote(_between(number))}"
    for number, each in enumerate(columns):
        yield f"ALTER TABLE {quote(each.table)} RENAME COLUMN {quote(_between(number))} TO {quote(each.after)}"
    for number, each in enumerate(tables):
        yield f"ALTER TABLE {quote(each.before)} RENAME TO {quote(_between(number))}"
    for number, each in enumerate(tables):
        yield f"ALTER TABLE {quote(_between(number))} RENAME TO {quote(each.after)}"


def _between(number: int) -> str:
    return f"_steward_between_{number}"
