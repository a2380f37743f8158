"""A copy made after a migration renamed its columns has the same values as the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read

POLICY = """version: 1
releases:
  r:
    tables:
      patient:
        id: {technique: permute}
        card: {technique: token}
      visit:
        id: {technique: keep}
"""
RENAMES = """ALTER TABLE patient RENAME TO person;
ALTER TABLE person RENAME COLUMN id TO number;
ALTER TABLE person RENAME COLUMN card TO card_code;
ALTER TABLE visit RENAME COLUMN patient_id TO person_number;
"""


def values(copy: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(copy) as session:
        return session.all(sql)


@pytest.mark.parametrize("explicit", [False, True], ids=["the key alone has a rule", "both sides have one"])
def test_tokens_and_permuted_numbers_stay(tmp_path: Path, explicit: bool) -> None:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, card TEXT",
            rows=[(n * 7 + 100_000, f"card {n:05}") for n in range(30)],
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient",
            rows=[(n, n * 7 + 100_000) for n in range(30)],
        )
        .build()
    )
    own_rule = "        patient_id: {technique: permute}\n" if explicit else ""
    policy_path(path).write_text(POLICY + own_rule, encoding="utf-8")
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__names.sql").write_text(RENAMES)
    before, after = tmp_path / "before.db", tmp_path / "after.db"

    first = steward("privacy", "anonymize", path, "--to", before, "--rules", "r", "--yes")
    migrated = steward("migrate", "apply", path, "--dir", folder, "--yes", "--unrehearsed", "a test")
    second = steward("privacy", "anonymize", path, "--to", after, "--rules", "r", "--yes")

    assert (first.code, migrated.code, second.code) == (0, 0, 0), first.err + migrated.err + second.err
    assert values(before, "SELECT id, card FROM patient") == values(
        after, "SELECT number, card_code FROM person"
    )
    assert values(before, "SELECT patient_id FROM visit ORDER BY id") == values(
        after, "SELECT person_number FROM visit ORDER BY id"
    )
