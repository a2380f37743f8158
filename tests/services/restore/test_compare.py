"""How a file differs from an earlier state of it: by key, by storage class, honestly where there is no key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.database import DatabaseBuilder
from builders.moments import Moments
from steward_app.catalog import Catalog
from steward_app.db import quote
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context, Progress
from steward_app.services import restore
from steward_app.services.restore import Difference, Kind, TableDifference, compare, difference_page

HOSTILE = 'a"b\n{k}{bring}; DROP TABLE x --\u202e'


def since(catalog: Catalog, builder: DatabaseBuilder, *statements: str) -> Moments:
    return Moments.of(catalog, builder).later(*statements, enforced=False)


def differ(moments: Moments, table: str = "") -> Difference:
    return compare(moments.path, moments.image, Context(), table=table)


def only(moments: Moments) -> TableDifference:
    (found,) = differ(moments).tables
    return found


def keys(moments: Moments, kind: Kind, table: str = "t") -> list[object]:
    page = difference_page(moments.path, moments.image, table, kind, Context())
    return [row.key if len(row.key) > 1 else row.key[0] for row in page.rows]


@pytest.mark.parametrize(
    ("old", "new"),
    [("1", "1.0"), ("1", "'1'"), ("'a'", "x'61'"), ("NULL", "''"), ("'a'", "'A'"), ("'a'", "'a '")],
)
def test_what_only_looks_alike_differs(catalog: Catalog, tmp_path: Path, old: str, new: str) -> None:
    builder = a_database(tmp_path).with_table(
        "t", "id INTEGER PRIMARY KEY, x COLLATE NOCASE, y AS (x) VIRTUAL"
    )
    builder.with_sql(f"INSERT INTO t (x) VALUES ({old}), (NULL)")
    moments = since(catalog, builder, f"UPDATE t SET x = {new} WHERE id = 1")
    assert (only(moments).changed, only(moments).removed) == (1, 0)
    (row,) = difference_page(moments.path, moments.image, "t", Kind.CHANGED, Context()).rows
    assert (row.key, row.columns) == ((1,), ("x",))


def test_keys_of_every_kind(catalog: Catalog, tmp_path: Path) -> None:
    for number, declared in enumerate(
        ("a INT, b TEXT, x, PRIMARY KEY (a, b)", "a INT, b TEXT, x, PRIMARY KEY (b, a)) WITHOUT ROWID --")
    ):
        builder = a_database(tmp_path / f"{number}" / "a.db").with_sql(
            f"CREATE TABLE {quote(HOSTILE)} ({declared}\n)"
            if "--" not in declared
            else f"CREATE TABLE {quote(HOSTILE)} ({declared[:-3]}"
        )
        builder.with_rows(HOSTILE, [(1, "p", 1), (1, "q", 1), (2, "p", 1)])
        moments = since(
            catalog, builder,
            f"DELETE FROM {quote(HOSTILE)} WHERE a = 2",
            f"UPDATE {quote(HOSTILE)} SET x = 2 WHERE b = 'q'",
            f"INSERT INTO {quote(HOSTILE)} VALUES (3, 'p', 1)",
        )  # fmt: skip
        assert (only(moments).removed, only(moments).added, only(moments).changed) == (1, 1, 1)
        found = keys(moments, Kind.REMOVED, HOSTILE), keys(moments, Kind.ADDED, HOSTILE)
        assert found == (([(2, "p")], [(3, "p")]) if number == 0 else ([("p", 2)], [("p", 3)]))


def test_rows_without_a_key_are_compared_as_wholes_whatever_vacuum_did(
    catalog: Catalog, tmp_path: Path
) -> None:
    builder = a_database(tmp_path).with_table(
        "t", "a, b COLLATE NOCASE", rows=[(1, "x"), (1, "x"), (1, "X"), (2, None)]
    )
    moments = since(
        catalog, builder, "DELETE FROM t WHERE rowid IN (1, 4)", "INSERT INTO t VALUES (1.0, 'X')"
    )
    found = only(moments)
    assert (found.keyless, found.removed, found.added, found.changed) == (True, 2, 1, 0)
    moments.bring(moments.request("t", 2, 4))
    assert (only(moments).removed, only(moments).added) == (0, 1)
    assert moments.rows("SELECT count(*) FROM t WHERE b = 'x' COLLATE BINARY") == [(2,)]
    plan = restore.plan_bring(moments.catalog, moments.request("t", 1), Context())
    assert [finding.code for finding in plan.blocking] == ["nothing_to_bring"]


def test_a_key_that_holds_null_names_no_row(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table(
        "t", "k TEXT PRIMARY KEY, v", rows=[(None, 1), (None, 2), ("a", 3)]
    )
    moments = since(catalog, builder, "DELETE FROM t WHERE v = 2")
    assert (only(moments).keyless, only(moments).removed) == (True, 1)


def test_schemas_that_drifted(catalog: Catalog, tmp_path: Path) -> None:
    builder = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, a, b", rows=[(1, 2, 3)])
        .with_table("gone", "x", rows=[(1,), (2,)])
        .with_table("key", "id INTEGER PRIMARY KEY, x", rows=[(1, 1)])
    )
    moments = since(
        catalog, builder,
        "ALTER TABLE t DROP COLUMN b", "ALTER TABLE t ADD COLUMN c", "DROP TABLE gone", "CREATE TABLE new (x)",
        "DROP TABLE key", "CREATE TABLE key (id TEXT, x PRIMARY KEY)",
    )  # fmt: skip
    found = differ(moments)
    by_name = {each.table: each for each in found.tables}
    assert (by_name["t"].gone_columns, by_name["t"].new_columns, by_name["t"].changed) == (("b",), ("c",), 0)
    assert "was changed" in by_name["key"].problem
    assert [(each.table, each.rows) for each in found.gone] == [("gone", 2)]
    assert [(each.table, each.rows) for each in found.new] == [("new", 0)]
    with pytest.raises(Failure, match="was changed"):
        difference_page(moments.path, moments.image, "key", Kind.REMOVED, Context())
    with pytest.raises(UsageError, match="then only"):
        difference_page(moments.path, moments.image, "gone", Kind.REMOVED, Context())


def test_a_number_that_was_renamed_is_the_same_key(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(1, 2), (2, 2)])
    moments = since(catalog, builder, "ALTER TABLE t RENAME COLUMN id TO nr", "DELETE FROM t WHERE nr = 2")
    assert (only(moments).removed, only(moments).gone_columns) == (1, ())
    moments.bring(moments.request("t", 2))
    assert moments.rows("SELECT nr, a FROM t") == [(1, 2), (2, 2)]


def test_virtual_tables_are_named_and_left_out(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_sql(
        "CREATE VIRTUAL TABLE words USING fts5(x)", "INSERT INTO words VALUES ('a')"
    )
    moments = since(catalog, builder.with_table("t", "a"), "INSERT INTO words VALUES ('b')")
    found = differ(moments)
    assert [each.table for each in found.tables] == ["t"]
    assert {each.table for each in found.left_out} >= {"words", "words_content"}
    with pytest.raises(UsageError):
        moments.bring(moments.request("words", 1))


def test_text_that_is_not_valid_comes_back_byte_for_byte(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_sql(
        "CREATE TABLE t (k TEXT PRIMARY KEY, x) WITHOUT ROWID",
        "INSERT INTO t VALUES ('a', CAST(x'ff00fe' AS TEXT)), (CAST(x'fffe' AS TEXT), 1)",
    )
    moments = since(catalog, builder, "DELETE FROM t")
    then = compare(moments.path, moments.image, Context()).tables[0]
    assert then.removed == 2
    assert len(keys(moments, Kind.REMOVED)) == 2
    receipt = moments.bring(moments.request("t", "a"))
    assert moments.rows("SELECT hex(x), typeof(x) FROM t") == [("FF00FE", "text")]
    (broken,) = keys(moments, Kind.REMOVED)
    with pytest.raises(UsageError, match="not valid"):
        moments.bring(moments.request("t", broken))
    with pytest.raises(UsageError, match="not valid"):
        difference_page(moments.path, moments.image, "t", Kind.REMOVED, Context(), after=(str(broken),))
    moments.undo(receipt)
    assert moments.rows("SELECT count(*) FROM t") == [(0,)]
    whole = moments.bring(moments.request("t", extent=restore.Extent.MISSING))
    assert moments.rows("SELECT count(*) FROM t WHERE hex(k) = 'FFFE'") == [(1,)]
    moments.undo(whole)
    assert moments.rows("SELECT count(*) FROM t") == [(0,)]


def test_too_many_rows_are_not_named_one_by_one(catalog: Catalog, tmp_path: Path) -> None:
    moments = since(
        catalog, a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY", rows=[(1,)]), "DELETE FROM t"
    )
    with pytest.raises(UsageError, match="10,001 rows"):
        moments.bring(moments.request("t", *range(10_001)))


def test_pages_follow_one_another(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table(
        "t", "a, b, PRIMARY KEY (a, b)", rows=[(n % 3, n) for n in range(20)]
    )
    moments = since(catalog, builder, "DELETE FROM t WHERE b > 4")
    found, after = [], ()
    while True:
        page = difference_page(
            moments.path, moments.image, "t", Kind.REMOVED, Context(), after=after, limit=4
        )
        found += [row.key for row in page.rows]
        if not page.more:
            break
        after = page.rows[-1].key
    assert found == sorted((n % 3, n) for n in range(5, 20))


def test_it_can_be_stopped_and_the_image_stays_as_it_is(catalog: Catalog, tmp_path: Path) -> None:
    builder = (
        a_database(tmp_path).with_table("t", "a", rows=[(1,)]).with_table("u", "a", rows=[(1,)]).in_wal_mode()
    )
    moments = since(catalog, builder, "DELETE FROM t")
    before = moments.image.read_bytes()

    def stop(progress: Progress) -> None:
        if progress.note == "u":
            context.cancel()

    context = Context(stop)
    with pytest.raises(Cancelled):
        compare(moments.path, moments.image, context)
    moments.bring(moments.request("t", 1))
    assert moments.image.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"clinic.db", "then.sqlite"}


def test_which_of_the_two_is_damaged_or_gone_is_told(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_pragma("page_size = 512")
    moments = since(
        catalog, builder.with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(n, "x" * 90) for n in range(90)])
    )
    whole = moments.image.read_bytes()
    moments.image.write_bytes(whole[:1024] + b"\xff" * 4096 + whole[5120:])
    with pytest.raises(Failure) as failed:
        compare(moments.path, moments.image, Context())
    assert (failed.value.code, "earlier state" in failed.value.message) == (ErrorCode.DAMAGED, True)
    moments.image.unlink()
    with pytest.raises(Failure) as failed:
        compare(moments.path, moments.image, Context())
    assert failed.value.code is ErrorCode.NOT_FOUND


def test_another_encoding_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    one = a_database(tmp_path, "one.db").with_table("t", "a").build()
    two = a_database(tmp_path, "two.db").with_pragma("encoding = 'UTF-16le'").with_table("t", "a").build()
    with pytest.raises(Failure, match="another encoding"):
        compare(one, two, Context())


ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([None, 1, 1.0, "1", "a", "A", b"a"])), max_size=6
)


@given(then=ROWS, now=ROWS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bags_are_counted_as_python_counts_them(
    catalog: Catalog,
    then: list[tuple[int, object]],
    now: list[tuple[int, object]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("bags")
    paths = [
        a_database(folder, f"{number}.db").with_table("t", "a, b COLLATE NOCASE", rows=rows).build()  # type: ignore[arg-type]
        for number, rows in enumerate((then, now))
    ]
    (found,) = compare(paths[1], paths[0], Context()).tables
    removed, added = [repr(row) for row in then], [repr(row) for row in now]
    for each in list(removed):
        if each in added:
            added.remove(each)
            removed.remove(each)
    assert (found.removed, found.added) == (len(removed), len(added))


def test_rows_that_hold_a_text_are_found_in_any_column_of_then_and_now(
    catalog: Catalog, tmp_path: Path
) -> None:
    rows = [(n, f"Person {n}", n * 10, b"Person") for n in range(1, 41)]
    builder = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, name, size, photo", rows=rows)
    moments = since(
        catalog,
        builder,
        "DELETE FROM t WHERE id <= 30",
        "UPDATE t SET name = 'ÄNNE 100% _x' WHERE id = 31",
        "INSERT INTO t VALUES (99, 'new', 7, NULL)",
    )

    def found(text: str, kind: Kind, after: tuple[int, ...] = (), limit: int = 100) -> list[object]:
        page = difference_page(
            moments.path, moments.image, "t", kind, Context(), find=text, after=after, limit=limit
        )
        return [row.key[0] for row in page.rows]

    def count(text: str, kind: Kind) -> int:
        return restore.count_differing(moments.path, moments.image, "t", kind, Context(), find=text)

    assert found("PERSON 3", Kind.REMOVED) == [3, 30] and count("PERSON 3", Kind.REMOVED) == 2
    assert found("10", Kind.REMOVED) == [1, 10, 11, 21], "numbers as they are written, and the key"
    assert found("Person", Kind.REMOVED, (28,)) == [29, 30] and count("person", Kind.REMOVED) == 30
    assert found("Person 31", Kind.CHANGED) == [31] == found("änne", Kind.CHANGED)
    assert found("%", Kind.CHANGED) == [31] and found("%", Kind.REMOVED) == [] == found("__", Kind.CHANGED)
    assert found("new", Kind.ADDED) == [99] and found("Person", Kind.ADDED) == []
    assert count("", Kind.REMOVED) == 30


def test_rows_without_a_key_and_of_many_columns_are_found_too(catalog: Catalog, tmp_path: Path) -> None:
    columns = [f"c{n}" for n in range(1_200)]
    builder = (
        a_database(tmp_path)
        .with_table("bag", "a, b", rows=[("x", 1), ("x", 1), ("y", 2)])
        .with_table("wide", ", ".join(["id INTEGER PRIMARY KEY", *columns]))
        .with_sql("INSERT INTO wide (id, c1199) VALUES (1, 'last'), (2, 'other')")
    )
    moments = since(catalog, builder, "DELETE FROM bag WHERE rowid IN (1, 3)", "UPDATE wide SET c7 = 1")
    for table, kind, text, many in (("bag", Kind.REMOVED, "x", 1), ("wide", Kind.CHANGED, "last", 1)):
        page = difference_page(moments.path, moments.image, table, kind, Context(), find=text)
        assert len(page.rows) == many
    assert [each.problem for each in differ(moments).tables] == ["", ""]
    assert {each.table: (each.removed, each.changed) for each in differ(moments).tables} == {
        "bag": (2, 0),
        "wide": (0, 2),
    }


def test_a_renamed_column_is_told_where_all_rows_are_the_same(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, city", rows=[(1, "Leeds")])
    found = only(since(catalog, builder, "ALTER TABLE t RENAME COLUMN city TO town"))
    assert (found.gone_columns, found.new_columns, found.same) == (("city",), ("town",), False)
    assert (found.removed, found.added, found.changed) == (0, 0, 0)
