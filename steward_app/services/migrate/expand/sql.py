"""The SQL that keeps an old column and new ones alike: triggers for both ways, and one statement a batch for old rows.

Who wrote is told by what was written. A program names the old column or the new ones, never both: in a new row the one
that it does not know holds its default, and in an UPDATE only the one it knows changes. Where both are written, the new
ones count. A trigger writes only rows whose columns do not agree yet, so none calls the other back, with or without
recursive triggers, and nothing is remembered between statements that a failed one could leave behind.

All of it is SQL that SQLite has known since 3.35, without functions of ours, and works where the schema is not trusted.
https://www.sqlite.org/lang_createtrigger.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db.names import all_of, any_of, literal, qualified, quote
from steward_app.services.migrate.expand.model import Expansion, to_json

NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
AGREE = "the old and the new columns agree in every row"
QUIET = "nobody wrote under the old name lately"


def agree(expansion: Expansion) -> str:
    """A condition on a row of the table: the columns say the same, read from the old to the new or the other way."""
    forth = [_same(quote(each.name), each.value_sql, exact=each.exact) for each in expansion.new]
    back = _same(quote(expansion.old), expansion.back, exact=expansion.back_exact)
    return back if expansion.renames else any_of([all_of(forth), back])


def record(expansion: Expansion) -> Iterator[str]:
    """The table of ours: what it is about, who wrote when, how far the backfill is, and what a contract must find."""
    yield (
        f"CREATE TABLE {qualified(expansion.record)} (\n"
        "    id INTEGER PRIMARY KEY CHECK (id = 1),\n"
        "    definition TEXT NOT NULL,\n"
        "    since TEXT NOT NULL,\n"
        "    old_writes INTEGER NOT NULL DEFAULT 0,\n"
        "    old_last TEXT NOT NULL DEFAULT '',\n"
        "    new_writes INTEGER NOT NULL DEFAULT 0,\n"
        "    new_last TEXT NOT NULL DEFAULT '',\n"
        "    filled_to,\n"
        f"    disagreeing INTEGER NOT NULL DEFAULT 0 CONSTRAINT {quote(AGREE)} CHECK (disagreeing = 0),\n"
        f"    used_lately INTEGER NOT NULL DEFAULT 0 CONSTRAINT {quote(QUIET)} CHECK (used_lately = 0)\n"
        ")"
    )
    yield (
        f"INSERT INTO {qualified(expansion.record)} (id, definition, since)"
        f" VALUES (1, {literal(to_json(expansion))}, {NOW})"
    )


def triggers(expansion: Expansion) -> Iterator[str]:
    """The triggers on the table, for rows that are added or changed under either name."""
    written_new = any_of([_is_given(each.name, each.default, each.default_class) for each in expansion.new])
    written_old = (
        "1" if expansion.computed else _is_given(expansion.old, expansion.default, expansion.default_class)
    )
    changed_new = any_of([_is_changed(name) for name in expansion.into])
    new_names = ", ".join(map(quote, expansion.into))
    yield _trigger(expansion, "insert_new", "INSERT", written_new, _from_new(expansion, "1"))
    yield _trigger(expansion, "insert_old", "INSERT", f"NOT {written_new}", _from_old(expansion, written_old))
    by_new = all_of([_same(quote(each.name), each.value_sql, exact=each.exact) for each in expansion.new])
    yield _trigger(
        expansion,
        "update_new",
        f"UPDATE OF {new_names}",
        changed_new,
        _from_new(expansion, _in_row(expansion, f"NOT {by_new}")),
    )
    by_old = _same(quote(expansion.old), expansion.back, exact=expansion.back_exact)
    yield _trigger(
        expansion,
        "update_old",
        f"UPDATE OF {quote(expansion.old)}",
        f"{_is_changed(expansion.old)} AND NOT {changed_new}",
        _from_old(expansion, _in_row(expansion, f"NOT {by_old}")),
    )


def filling(expansion: Expansion) -> Iterator[str]:
    """The triggers on our own table that fill the rows between two keys when it is told how far to go."""
    key_sql = quote(expansion.key[0])
    cases = (
        ("fill_first", "OLD.filled_to IS NULL", f"{key_sql} <= NEW.filled_to"),
        (
            "fill_next",
            "OLD.filled_to IS NOT NULL",
            f"{key_sql} > OLD.filled_to AND {key_sql} <= NEW.filled_to",
        ),
    )
    for suffix, case_sql, range_sql in cases:
        yield (
            f"CREATE TRIGGER {quote(f'{expansion.record}_{suffix}')} AFTER UPDATE OF filled_to"
            f" ON {quote(expansion.record)} WHEN {case_sql} BEGIN\n"
            f"    UPDATE {quote(expansion.table)} SET {_forth(expansion)}\n"
            f"        WHERE {range_sql} AND NOT {agree(expansion)};\n"
            "END"
        )


def batch(expansion: Expansion, rows: int) -> str:
    """Fill the next rows, in one transaction with how far it has come. Running it too often does nothing."""

    def furthest(condition_sql: str) -> str:
        key_sql = f"r.{quote(expansion.key[0])}"
        return (
            f"(SELECT max(k) FROM (SELECT {key_sql} AS k FROM {qualified(expansion.table)} AS r"
            f"{condition_sql} ORDER BY {key_sql} LIMIT {rows:d}))"
        )

    reached_sql = f"{quote(expansion.record)}.filled_to"
    behind_sql = f" WHERE r.{quote(expansion.key[0])} > {reached_sql}"
    return (
        f"UPDATE {qualified(expansion.record)} SET filled_to = coalesce(CASE WHEN filled_to IS NULL"
        f" THEN {furthest('')} ELSE {furthest(behind_sql)} END, filled_to) WHERE id = 1"
    )


def the_rest(expansion: Expansion) -> str:
    """Fill whatever is left, in one go."""
    key_sql = f"r.{quote(expansion.key[0])}"
    return (
        f"UPDATE {qualified(expansion.record)} SET filled_to ="
        f" (SELECT max({key_sql}) FROM {qualified(expansion.table)} AS r) WHERE id = 1"
    )


def counts(expansion: Expansion) -> str:
    """How many rows there are, how many hold columns that do not agree, and how many are richer."""
    return (
        f"SELECT count(*), count(*) FILTER (WHERE NOT {agree(expansion)}), count(*) FILTER (WHERE {richer(expansion)})"
        f" FROM {qualified(expansion.table)}"
    )


def count_richer(expansion: Expansion) -> str:
    """How many rows hold a value in the old column that goes with it."""
    return f"SELECT count(*) FROM {qualified(expansion.table)} WHERE {richer(expansion)}"


def richer(expansion: Expansion) -> str:
    """A condition on a row whose columns agree: the new ones do not lead back to the value of the old one.

    A number as SQLite writes it is told by its value alone: "3.00" leads back to "3", and not to "03".
    """
    old_sql, back_sql = quote(expansion.old), expansion.back
    number_sql = f"CAST({old_sql} AS NUMERIC)"
    alike = [
        f"typeof({old_sql}) <> 'blob'",
        f"CAST({number_sql} AS TEXT) IS CAST({old_sql} AS TEXT)",
        f"CAST(({back_sql}) AS NUMERIC) IS {number_sql}",
    ]
    kept = any_of([_same(old_sql, back_sql, exact=expansion.back_exact), all_of(alike)])
    return all_of([f"{old_sql} IS NOT NULL", agree(expansion), f"NOT {kept}"])


def guards(expansion: Expansion, quiet_days: int, loses: int) -> Iterator[str]:
    """Statements that fail while a contract is too early, in whatever file they run.

    Args:
        loses: how many rows may be richer.
    """
    record_sql = qualified(expansion.record)
    both_sql = f"SELECT count(*) FROM {qualified(expansion.table)} WHERE NOT {agree(expansion)}"
    yield f"UPDATE {record_sql} SET disagreeing = ({both_sql}) WHERE id = 1"
    if not expansion.renames:
        yield f"UPDATE {record_sql} SET disagreeing = max(0, ({count_richer(expansion)}) - {loses:d}) WHERE id = 1"
    early_sql = f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{quiet_days:d} days')"
    if quiet_days:
        yield f"UPDATE {record_sql} SET used_lately = max(since, old_last) > {early_sql} WHERE id = 1"


def _trigger(expansion: Expansion, suffix: str, event_sql: str, when_sql: str, steps: Sequence[str]) -> str:
    body_sql = "\n".join(f"    {step};" for step in steps)
    return (
        f"CREATE TRIGGER {quote(f'{expansion.record}_{suffix}')} AFTER {event_sql} ON {quote(expansion.table)}\n"
        f"    WHEN {when_sql} BEGIN\n{body_sql}\nEND"
    )


def _from_new(expansion: Expansion, counts_sql: str) -> list[str]:
    """The old column follows the new ones."""
    return _following(expansion, "new", counts_sql, f"{quote(expansion.old)} = ({expansion.back})")


def _from_old(expansion: Expansion, counts_sql: str) -> list[str]:
    """The new columns follow the old one."""
    return _following(expansion, "old", counts_sql, _forth(expansion))


def _following(expansion: Expansion, by: str, counts_sql: str, set_sql: str) -> list[str]:
    used = (
        f"UPDATE {quote(expansion.record)} SET {by}_writes = {by}_writes + 1, {by}_last = {NOW}"
        f" WHERE id = 1 AND {counts_sql}"
    )
    follow = (
        f"UPDATE {quote(expansion.table)} SET {set_sql}\n"
        f"        WHERE {_this_row(expansion)} AND NOT {agree(expansion)}"
    )
    steps = [
        used,
        follow,
        _refusal(expansion, f"NOT {agree(expansion)}", f"the columns beside {expansion.old} do not agree"),
    ]
    if expansion.relaxed:
        said = f"NOT NULL constraint failed: {expansion.table}.{expansion.old}"
        steps.append(_refusal(expansion, f"{quote(expansion.old)} IS NULL", said))
    return steps


def _refusal(expansion: Expansion, condition_sql: str, said: str) -> str:
    return f"SELECT RAISE(ABORT, {literal(said)}) WHERE {_in_row(expansion, condition_sql)}"


def _forth(expansion: Expansion) -> str:
    return ", ".join(f"{quote(each.name)} = ({each.value_sql})" for each in expansion.new)


def _this_row(expansion: Expansion) -> str:
    return all_of([f"{quote(part)} = NEW.{quote(part)}" for part in expansion.key])


def _in_row(expansion: Expansion, condition_sql: str) -> str:
    return f"EXISTS (SELECT 1 FROM {quote(expansion.table)} WHERE {_this_row(expansion)} AND {condition_sql})"


def _same(column_sql: str, value_sql: str, *, exact: bool) -> str:
    """Whether a column holds a value, letter by letter. The + takes the value for what the column would make of it."""
    same = f"{column_sql} COLLATE BINARY IS +({value_sql})"
    return all_of([same, f"typeof({column_sql}) = typeof({value_sql})"]) if exact else f"({same})"


def _is_given(name: str, default_sql: str, default_class: str) -> str:
    """Whether a program named a column in a new row: it holds something else than its default."""
    given_sql = f"NEW.{quote(name)}"
    if default_class == "null":
        return f"({given_sql} IS NOT NULL)"
    same = f"{given_sql} COLLATE BINARY IS {default_sql} AND typeof({given_sql}) = {literal(default_class)}"
    return f"(NOT ({same}))"


def _is_changed(name: str) -> str:
    now_sql, then_sql = f"NEW.{quote(name)}", f"OLD.{quote(name)}"
    return any_of([f"{now_sql} COLLATE BINARY IS NOT {then_sql}", f"typeof({now_sql}) <> typeof({then_sql})"])
