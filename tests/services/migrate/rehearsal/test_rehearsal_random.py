"""Random rows before and afterwards: what the report counts is what Python counts, whatever names a row."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.migrated import table
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.migrate.rehearsal.report import report
from steward_app.services.migrate.rehearsal.row_model import Matched, TableDifference

VALUES = st.sampled_from([None, 0, 1, 1.0, "1", "a", "A", b"a"])
ROWS = st.dictionaries(st.integers(1, 6), st.tuples(VALUES, VALUES), max_size=6)
KINDS = {
    "INTEGER PRIMARY KEY": ("", Matched.KEY),
    "TEXT PRIMARY KEY NOT NULL": ("", Matched.KEY),
    "TEXT PRIMARY KEY": (" WITHOUT ROWID", Matched.KEY),
}

Rows = dict[int, tuple[SqlValue, SqlValue]]


def compared(
    folder_factory: pytest.TempPathFactory, declared: str, suffix: str, *both: Rows
) -> TableDifference:
    folder = folder_factory.mktemp("random")
    made = []
    for name, rows in zip(("before.db", "after.db"), both, strict=True):
        builder = a_database(folder, name).with_sql(
            f"CREATE TABLE t(k {declared}, x, y COLLATE NOCASE){suffix}"
        )
        made.append(builder.with_rows("t", [(key, *values) for key, values in rows.items()]).build())
    return table(report(*made, Context(), database=made[0]), "t")


@pytest.mark.parametrize("declared", KINDS)
@given(before=ROWS, after=ROWS)
@settings(max_examples=25, deadline=None)
def test_counts_are_those_of_python(
    declared: str, before: Rows, after: Rows, tmp_path_factory: pytest.TempPathFactory
) -> None:
    suffix, matched = KINDS[declared]
    found = compared(tmp_path_factory, declared, suffix, before, after)
    lost, added = before.keys() - after.keys(), after.keys() - before.keys()
    kept = before.keys() & after.keys()
    assert found.matched is matched
    assert (found.lost, found.added) == (len(lost), len(added))
    assert found.changed == sum(repr(before[key]) != repr(after[key]) for key in kept)
    again = Counter(repr(before[key]) for key in lost) & Counter(repr(after[key]) for key in added)
    assert found.renumbered == again.total()
    for place, name in enumerate("xy"):
        changed = sum(repr(before[key][place]) != repr(after[key][place]) for key in kept)
        assert sum(column.rows for column in found.columns if column.name == name) == changed


@given(rows=ROWS, numbers=st.permutations(range(1, 7)))
@settings(max_examples=25, deadline=None)
def test_rows_without_a_key_are_never_lost_by_other_numbers(
    rows: Rows, numbers: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every row has another number and is otherwise the same: it is found by its values."""
    folder = tmp_path_factory.mktemp("random")
    made = []
    for name, renumber in (("before.db", range(1, 7)), ("after.db", numbers)):
        builder = a_database(folder, name).with_sql("CREATE TABLE t(x, y)")
        listed = [(renumber[key - 1] + 10 * (name == "after.db"), *values) for key, values in rows.items()]
        made.append(builder.with_rows("t", listed, columns=("rowid", "x", "y")).build())
    found = table(report(*made, Context(), database=made[0]), "t")
    assert (found.lost, found.added, found.changed) == (0, 0, 0)
    assert found.rowids == len(rows)
