"""A table written anew under its own name, by statements that keep everything that hangs on it.

The old table is renamed away, with SQLite told not to follow the name (legacy_alter_table), so that views, triggers and
foreign keys of other tables go on meaning the table of this name and the new text is stored as it is given; foreign
keys must not be enforced meanwhile, or the children would be deleted with it. Rowids are copied, the counter of an
AUTOINCREMENT goes over, statistics stay, since they belong to the name, and indexes and triggers are made again from
their own text. https://www.sqlite.org/lang_altertable.html#otheralter
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward_app.db.names import fold, literal, qualified, quote
from steward_app.services.schema.model import Generated, Table

_AUTOMATIC = "sqlite_autoindex_"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A table and what it becomes.

    Attributes:
        old: the table now.
        new: the same table under its new text, as SQLite reads it.
        sql: the new text, byte for byte as it is to be stored.
        values: an expression over the old row for each new column whose value is not that of the old column of its
            name, by the folded name of the new column.
        fresh: folded names of new columns that take their default, whatever old column has their name.
        aside: a name that nothing has, for the old table meanwhile.
        statistics: the tables of statistics that the file has.
        spared: triggers of the table that are not made again here.
    """

    old: Table
    new: Table
    sql: str
    values: Mapping[str, str]
    aside: str
    statistics: Sequence[str] = ()
    spared: frozenset[str] = frozenset()
    fresh: frozenset[str] = frozenset()


def statements(rebuild: Rebuild) -> tuple[str, ...]:
    """The statements that write a table anew, for one transaction without enforced foreign keys."""
    name, aside = rebuild.old.name, rebuild.aside
    return (
        "PRAGMA legacy_alter_table = ON",
        f"ALTER TABLE {quote(name)} RENAME TO {quote(aside)}",
        "PRAGMA legacy_alter_table = OFF",
        rebuild.sql,
        _copied(rebuild, aside),
        *_counter(rebuild),
        f"DROP TABLE {quote(aside)}",
        *_made_again(rebuild),
        *_forgotten(rebuild),
    )


def statements_by_way_of_a_copy(rebuild: Rebuild) -> tuple[str, ...]:
    """The same for a table whose text names itself (CHECK (t.a > 0)), which SQLite does not rename away.

    The rows are copied twice: into a table without types, which keeps every value as it is, and back.
    """
    name, aside = rebuild.old.name, rebuild.aside
    kept = _kept(rebuild.old)
    columns = ", ".join(quote(f"c{at}") for at in range(len(kept)))
    back = ", ".join(f"{quote(f'c{at}')} AS {quote(name)}" for at, (name, _) in enumerate(kept))
    return (
        f"CREATE TABLE {quote(aside)} ({columns})",
        f"INSERT INTO {quote(aside)} SELECT {', '.join(sql for _, sql in kept)} FROM {quote(name)}",
        *(_kept_counter(name, aside) if _counts(rebuild.old) else ()),
        *statistics_moved(rebuild.statistics, name, aside),
        f"DROP TABLE {quote(name)}",
        rebuild.sql,
        _copied(rebuild, f"(SELECT {back} FROM {quote(aside)})", derived=True),
        *_counter(rebuild),
        *statistics_moved(rebuild.statistics, aside, name),
        f"DROP TABLE {quote(aside)}",
        *_made_again(rebuild),
        *_forgotten(rebuild),
    )


def statistics_moved(statistics: Sequence[str], before: str, after: str) -> Iterator[str]:
    """What makes statistics those of a table's new name: SQLite leaves them at the old one when it renames a table."""
    return (_moved(each, f"tbl = {literal(after)}", before) for each in statistics)


def statistics_renamed(statistics: Sequence[str], table: Table, name: str) -> Iterator[str]:
    """The same of a table that SQLite has renamed, and with it the indexes which it made and named itself.

    A key of a table WITHOUT ROWID has the name of the table in them.
    """
    indexes = {table.name: name} if table.without_rowid else {}
    for each in table.indexes:
        if not each.sql:
            indexes[each.name] = f"{_AUTOMATIC}{name}{each.name[len(_AUTOMATIC) + len(table.name) :]}"
    cases = "".join(f" WHEN {literal(was)} THEN {literal(now)}" for was, now in indexes.items())
    renamed = f", idx = CASE idx COLLATE NOCASE{cases} ELSE idx END" if cases else ""
    return (_moved(each, f"tbl = {literal(name)}{renamed}", table.name) for each in statistics)


def _moved(statistics: str, set_sql: str, before: str) -> str:
    return f"UPDATE {qualified(statistics)} SET {set_sql} WHERE tbl = {literal(before)} COLLATE NOCASE"


def _copied(rebuild: Rebuild, source: str, *, derived: bool = False) -> str:
    """Every row, with its rowid where no old column becomes it, in the order in which the new table keeps them."""
    old, new = rebuild.old, rebuild.new
    if not derived and _alike(rebuild):
        # where types, defaults and rules are the same, too, SQLite copies whole records and does not look into them
        return f"INSERT OR ABORT INTO {quote(new.name)} SELECT * FROM {quote(source)}"
    into: list[str] = []
    values: list[str] = []
    number = _rowid_sql(old)
    if number and _own_rowid(new):
        into.append(new.rowid_name)
        values.append(number)
    for column in new.columns:
        if column.generated is Generated.NO and not column.hidden:
            folded = fold(column.name)
            value = rebuild.values.get(folded)
            before = None if folded in rebuild.fresh else old.column(column.name)
            if value is None and before is None:
                if not (number and column.rowid_alias):
                    continue  # a new column, which takes its default
                value = number  # what knew a row by its number goes on to find it
            into.append(quote(column.name))
            values.append(value or quote(before.name if before else column.name))
    if not into:
        first = new.columns[0].name
        into, values = [quote(first)], [old.rowid_name or "NULL"]
    order = ""
    if new.without_rowid and new.primary_key:
        places = [into.index(quote(name)) + 1 for name in new.primary_key.columns if quote(name) in into]
        order = f" ORDER BY {', '.join(map(str, places))}" if places else ""
    rows = source if derived else quote(source)
    # OR ABORT: an ON CONFLICT IGNORE or REPLACE that the table has now would drop or change rows without a word
    return f"INSERT OR ABORT INTO {quote(new.name)} ({', '.join(into)}) SELECT {', '.join(values)} FROM {rows}{order}"


def _alike(rebuild: Rebuild) -> bool:
    """Whether a row of the old table is one of the new table: the same columns in order, one of them its rowid."""
    old, new = ([(c.name, c.rowid_alias) for c in table.columns] for table in (rebuild.old, rebuild.new))
    stored = all(
        c.generated is Generated.NO and not c.hidden for c in rebuild.new.columns + rebuild.old.columns
    )
    return old == new and stored and any(alias for _, alias in old) and not (rebuild.values or rebuild.fresh)


def _kept(old: Table) -> list[tuple[str, str]]:
    """What is read of the old table, as name and SQL: its rowid where it has one of its own, and every column."""
    rowid = [(old.rowid_name, old.rowid_name)] if _own_rowid(old) else []
    return [*rowid, *((column.name, quote(column.name)) for column in old.columns if not column.hidden)]


def _own_rowid(table: Table) -> bool:
    """Whether rows have a rowid that is none of the columns, and that can be named."""
    return bool(table.rowid_name) and not any(column.rowid_alias for column in table.columns)


def _rowid_sql(table: Table) -> str:
    """What tells the rowid of a row: the column that is it, or a name of it; "" where rows have none."""
    alias = next((quote(column.name) for column in table.columns if column.rowid_alias), "")
    return alias or table.rowid_name


def _counts(table: Table) -> bool:
    return any(column.autoincrement for column in table.columns)


def _counter(rebuild: Rebuild) -> tuple[str, ...]:
    """The highest number ever given goes on to be that: a number that was deleted is not given again."""
    if not (_counts(rebuild.old) and _counts(rebuild.new)):
        return ()
    name = rebuild.new.name
    return (
        f"DELETE FROM sqlite_sequence WHERE name = {literal(name)}",
        *_kept_counter(rebuild.aside, name),
        f"DELETE FROM sqlite_sequence WHERE name = {literal(rebuild.aside)}",
    )


def _kept_counter(source: str, target: str) -> tuple[str, ...]:
    return (
        f"INSERT INTO sqlite_sequence (name, seq) SELECT {literal(target)}, seq FROM sqlite_sequence"
        f" WHERE name = {literal(source)}",
    )


def _made_again(rebuild: Rebuild) -> list[str]:
    """Indexes and triggers of the table, in their own words, as far as they still fit it."""
    indexes = [index.sql for index in rebuild.old.indexes if index.sql]
    triggers = [
        trigger.sql
        for trigger in rebuild.old.triggers
        if not trigger.temporary and trigger.name not in rebuild.spared
    ]
    return [*indexes, *triggers]


def _forgotten(rebuild: Rebuild) -> list[str]:
    """Statistics of indexes that are gone; those of the others stay."""
    kept = {index.name for index in rebuild.new.indexes} | {i.name for i in rebuild.old.indexes if i.sql}
    gone = sorted({index.name for index in rebuild.old.indexes} - kept)
    if not gone:
        return []
    named = ", ".join(map(literal, gone))
    return [
        f"DELETE FROM {qualified(each)} WHERE tbl = {literal(rebuild.old.name)} COLLATE NOCASE AND idx IN ({named})"
        for each in rebuild.statistics
    ]
