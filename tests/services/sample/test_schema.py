"""Everything a schema can hold is in the sample, found by reading it."""

from __future__ import annotations

import pytest

from steward_app.db import ReadSession
from steward_app.services.sample import SampleSummary
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import (
    Column,
    ForeignKey,
    Generated,
    Index,
    Mismatch,
    Schema,
    Table,
    TableKind,
)
from steward_app.services.schema.relations import infer_relations


@pytest.fixture
def schema(clinic: ReadSession) -> Schema:
    return read_schema(clinic)


def table(schema: Schema, name: str) -> Table:
    found = schema.table(name)
    assert found is not None
    return found


def column(schema: Schema, place: str) -> Column:
    name, _, of = place.partition(".")
    found = table(schema, name).column(of)
    assert found is not None
    return found


def key(schema: Schema, child: str, *columns: str) -> ForeignKey:
    return next(key for key in table(schema, child).foreign_keys if key.columns == columns)


def index(schema: Schema, name: str) -> Index:
    return next(each for found in schema.tables for each in found.indexes if each.name == name)


def test_all_text_is_understood(schema: Schema) -> None:
    assert all(found.parsed for found in schema.tables)
    assert schema.problems == ()
    assert (schema.settings.user_version, schema.settings.application_id) == (13, 0x52495645)


def test_keys_of_every_kind(schema: Schema) -> None:
    assert key(schema, "payment", "invoice_no", "line_no").parent_columns == ("invoice_no", "line_no")
    assert key(schema, "payment", "invoice_no", "line_no").name == "payment_line"
    assert key(schema, "document", "order_id", "analyte").parent_table == "lab_result"
    assert key(schema, "staff", "manager_id").parent_table == "staff"
    assert key(schema, "visit", "follow_up_of").parent_table == "visit"
    assert key(schema, "patient_contact", "patient_id").implicit
    assert key(schema, "diagnosis", "icd_code").implicit
    assert key(schema, "visit", "appointment_id").deferrable == "DEFERRABLE INITIALLY DEFERRED"
    assert key(schema, "allergy", "substance_code").mismatch is Mismatch.NOT_UNIQUE
    assert key(schema, "login_event", "device_id").mismatch is Mismatch.NO_TABLE
    keys = [key for found in schema.tables for key in found.foreign_keys]
    assert len(keys) >= 29
    assert {key.on_delete for key in keys} == {"NO ACTION", "CASCADE", "SET NULL", "RESTRICT"}
    assert {key.on_update for key in keys} == {"NO ACTION", "CASCADE"}


def test_tables_and_columns_of_every_kind(schema: Schema) -> None:
    ordinary = [found for found in schema.tables if found.kind is TableKind.TABLE]
    assert {found.name for found in ordinary if found.without_rowid} == {
        "staff_role",
        "invoice_line",
        "setting",
    }
    assert {found.name for found in ordinary if found.strict} == {"consent", "setting"}
    assert {found.name for found in ordinary if found.primary_key is None} == {"old_register"}
    assert column(schema, "setting.value").declared_type == "ANY"
    assert column(schema, "patient_contact.value").declared_type == ""
    assert column(schema, "patient.full_name").generated is Generated.VIRTUAL
    assert column(schema, "visit.minutes").generated is Generated.STORED
    assert column(schema, "invoice.id").autoincrement
    assert not column(schema, "insurer.id").rowid_alias
    assert column(schema, "patient.family_name").collation == "NOCASE"
    assert column(schema, "message.subject").not_null_conflict == "REPLACE"
    for name in ("icd_code", "login_event", "insurer"):
        primary_key = table(schema, name).primary_key
        assert primary_key is not None
        assert primary_key.nullable
    assert column(schema, 'old_register.Said "yes" to letters').position == 4


def test_checks_and_uniques_named_and_not(schema: Schema) -> None:
    checks = [check for found in schema.tables for check in found.checks]
    assert {(bool(check.name), bool(check.column)) for check in checks} == {
        (True, True),
        (True, False),
        (False, True),
        (False, False),
    }
    uniques = [unique for found in schema.tables for unique in found.uniques]
    assert {"patient_national_id", "lab_result_once", ""} <= {unique.name for unique in uniques}
    assert "IGNORE" in {unique.conflict for unique in uniques}


def test_indexes_of_every_kind(schema: Schema) -> None:
    assert index(schema, "invoice_open").where
    assert index(schema, "patient_insurance_one_primary").unique
    assert index(schema, "patient_search").columns[0].expression == "lower(family_name)"
    assert index(schema, "visit_started").columns[0].descending
    assert index(schema, "visit_patient").columns == index(schema, "visit_by_patient").columns
    assert index(schema, "observation_visit").columns == index(schema, "observation_visit_kind").columns[:1]
    assert key(schema, "prescription", "medication_id").index == ""


def test_views_triggers_and_the_full_text_index(schema: Schema) -> None:
    views = {found.name: found for found in schema.tables if found.kind is TableKind.VIEW}
    assert {name: view.problem for name, view in views.items() if view.problem} == {
        "room_plan": "no such column: room.extension"
    }
    assert ("visit", "started_at") in views["busy_day"].reads
    triggers = {each.name: each for found in schema.tables for each in found.triggers}
    assert {name for name, each in triggers.items() if each.problem} == {"old_register_changed"}
    assert triggers["patient_updated"].when
    assert "birth_date" in triggers["patient_updated"].of_columns
    assert triggers["staff_directory_phone"].timing == "INSTEAD OF"
    assert table(schema, "visit_note").module == "fts5"
    assert {found.owner for found in schema.tables if found.kind is TableKind.SHADOW} == {"visit_note"}


def test_comments_of_tables_and_columns(schema: Schema) -> None:
    assert table(schema, "visit").comment == "One meeting of a patient with the clinic."
    assert table(schema, "staff").comment == "Everybody who works or worked here."
    assert column(schema, "staff.badge_no").comment.startswith("printed on the badge")


def test_relations_that_nobody_declared(clinic: ReadSession, schema: Schema, summary: SampleSummary) -> None:
    found = {
        (each.child, *each.child_columns, each.parent, *each.parent_columns): (each.included, each.distinct)
        for each in infer_relations(clinic, schema)
    }
    included, distinct = found["login_event", "staff_code", "staff", "code"]
    assert 0.95 < included / distinct < 1
    included, distinct = found["lab_order", "staff_id", "staff", "id"]
    assert included == distinct
    for child, parent in (("document.scanned_by", "staff.badge_no"), ("setting.changed_by", "staff.code")):
        (child_table, child_column), (parent_table, parent_column) = child.split("."), parent.split(".")
        assert clinic.count(f"SELECT count({child_column}) FROM {child_table}") > 20
        missing = (
            f"SELECT count(*) FROM {child_table} WHERE {child_column} NOT IN"
            f" (SELECT {parent_column} FROM {parent_table})"
        )
        assert clinic.count(missing) == 0
