"""The erasure ledger as the catalog keeps it."""

from __future__ import annotations

from steward_app.catalog import Catalog, erasure
from steward_app.catalog.erasure import Action, Entry, Shape

SHAPE = Shape('odd "name"\n', ("id",), (("id", "INTEGER"), ("name", "TEXT")))
EARLY, LATE = "2026-03-01T08:00:00.000Z", "2026-03-02T08:00:00.000Z"


def entry(number: int, *, operation: str = "op_1", erased_at: str = "", database: str = "db") -> Entry:
    changes = {"name": b"\x00", "other": float("inf")} if number % 2 else {}
    action = Action.CHANGED if changes else Action.DELETED
    return Entry(
        database, operation, SHAPE, "k", f"i{number}", f"c{number}", action, changes, erased_at, "rq_1"
    )


def test_entries_are_read_as_they_were_written(catalog: Catalog) -> None:
    entries = [entry(1, erased_at=LATE), entry(2), entry(3, erased_at=EARLY), entry(4, database="another")]
    with catalog.unit() as unit:
        assert erasure.record(unit, entries) == 4
        assert erasure.record(unit, entries) == 0
        unit.commit()
    with catalog.reading() as session:
        assert list(erasure.newer(session, "db", EARLY)) == [entries[2], entries[0], entries[1]]
        assert list(erasure.newer(session, "db", LATE)) == [entries[0], entries[1]]
        assert erasure.counts(session, "db", EARLY) == {SHAPE.table: 3}
        assert erasure.key_ids(session, "db") == {"k"}
        assert erasure.matching(session, "db", EARLY, "k", identity="i3", commitment="c1") == (
            entries[2],
            entries[0],
        )


def test_an_operation_is_confirmed_or_withdrawn(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        erasure.record(unit, [entry(1), entry(2, operation="op_2")])
        erasure.confirm(unit, "op_1", EARLY)
        erasure.confirm(unit, "op_1", LATE)
        erasure.withdraw(unit, "op_2")
        unit.commit()
    with catalog.reading() as session:
        assert [each.erased_at for each in erasure.newer(session, "db", "")] == [EARLY]
        assert [bool(each.withdrawn_at) for each in erasure.every(session, "db")] == [False, True]


def test_what_either_of_two_ledgers_knows_is_known_to_both(catalog: Catalog) -> None:
    open_one, other = entry(1), entry(2, operation="op_2")
    confirmed = Entry(
        **{**{name: getattr(open_one, name) for name in open_one.__slots__}, "erased_at": EARLY}
    )
    with catalog.unit() as unit:
        erasure.record(unit, [open_one])
        before = erasure.state(unit.session, "db")
        assert erasure.merge(unit, [confirmed, other]) == 1
        assert erasure.merge(unit, [open_one, other]) == 0
        assert [each.erased_at for each in erasure.every(unit.session, "db")] == [EARLY, ""]
        assert erasure.state(unit.session, "db") != before
        assert erasure.state(unit.session, "no such database") == ""
