"""Kept filters follow the names that migrations give, once, however the series ends."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog, saved_filters
from steward_app.kernel.plan import Json
from steward_app.services.migrate.run import series, service
from steward_app.services.operation import pipeline, settle
from steward_app.services.rows import Condition, Filter, Operator, filter_to_json
from steward_app.services.rows.filter import RowSet

RENAME = "ALTER TABLE patient RENAME TO person; ALTER TABLE person RENAME name TO called;"
SWAP = (
    "ALTER TABLE patient RENAME name TO x; ALTER TABLE patient RENAME phone TO name;"
    " ALTER TABLE patient RENAME x TO phone;"
)


class Killed(BaseException):
    """The process is gone."""


def killed(*_: object, **__: object) -> str:
    raise Killed


def on(column: str, rows: RowSet | None = None) -> Json:
    return filter_to_json(Filter((Condition(column, Operator.CONTAINS, ("a",)),), rows))


def keep(clinic: Migrating, table: str, name: str, chosen: Json) -> None:
    known = clinic.wanted().database_id
    with clinic.catalog.unit() as unit:
        saved_filters.save(unit, known, table, name, chosen)
        unit.commit()


def kept(clinic: Migrating) -> set[tuple[str, str, str]]:
    """Table, name and column of every filter."""
    with clinic.catalog.reading() as session:
        found = saved_filters.every(session, clinic.wanted().database_id)
    return {
        (table, each.name, each.filter["conditions"][0]["column"])  # type: ignore[index,call-overload]
        for table, each in found
    }


def test_filters_follow_and_come_back(clinic: Migrating) -> None:
    keep(clinic, "patient", "with an a", on("NAME"))
    keep(clinic, "patient", "some", on("id", RowSet(("name",), (("Ada",),))))
    keep(clinic, "visit", "visits", on("name"))
    before = kept(clinic)
    clinic.write("V0001__r.sql", RENAME)
    clinic.write(
        "U0001__r.sql", "ALTER TABLE person RENAME called TO NAME; ALTER TABLE person RENAME TO patient;"
    )

    receipt = clinic.apply()

    assert "; 2 kept filters follow" in receipt.sentence
    assert kept(clinic) == {
        ("person", "with an a", "called"),
        ("person", "some", "id"),
        ("visit", "visits", "name"),
    }
    clinic.undo()
    assert kept(clinic) == before


def test_filters_come_back_with_a_restore_point(clinic: Migrating) -> None:
    keep(clinic, "patient", "with an a", on("name"))
    clinic.write("V0001__r.sql", RENAME)
    clinic.apply()
    assert kept(clinic) == {("person", "with an a", "called")}
    clinic.undo()
    assert kept(clinic) == {("patient", "with an a", "name")}


def test_a_filter_of_a_table_that_had_the_new_name_once_is_kept_too(clinic: Migrating) -> None:
    keep(clinic, "person", "mine", on("gone"))
    keep(clinic, "patient", "mine", on("name"))
    clinic.write("V0001__r.sql", RENAME)
    clinic.apply()
    assert kept(clinic) == {("person", "mine", "called"), ("person", "mine (2)", "gone")}


def test_a_filter_on_a_column_that_went_does_not_mean_the_one_that_took_its_name(clinic: Migrating) -> None:
    keep(clinic, "patient", "by phone", on("phone"))
    keep(clinic, "patient", "by name", on("name"))
    before = kept(clinic)
    clinic.write(
        "V0001__r.sql",
        "-- steward: allows all\nALTER TABLE patient DROP COLUMN phone; ALTER TABLE patient RENAME name TO phone;",
    )
    clinic.apply()
    assert kept(clinic) == {("patient", "by phone", "phone (gone)"), ("patient", "by name", "phone")}
    clinic.undo()
    assert kept(clinic) == before


def test_what_no_name_concerns_is_not_told(clinic: Migrating) -> None:
    keep(clinic, "visit", "visits", on("day"))
    clinic.write("V0001__r.sql", RENAME)
    assert "filter" not in clinic.apply().sentence


@pytest.mark.parametrize("name", ["follow", "Outcome"])
def test_columns_that_swap_their_names_are_followed_once_whenever_it_crashes(
    clinic: Migrating, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    keep(clinic, "patient", "with an a", on("name"))
    clinic.write("V0001__s.sql", SWAP)
    with monkeypatch.context() as patched:
        patched.setattr(series, name, killed)
        patched.setattr(pipeline, "_end_badly", lambda *_, **__: None)
        with pytest.raises(Killed):
            clinic.apply()
    settle(catalog, clinic.wanted().database_id, clinic.path, service.settled_by())
    assert kept(clinic) == {("patient", "with an a", "phone")}
