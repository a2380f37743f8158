"""A small clinic with one of everything that makes rows interesting: links, odd keys, odd values, broken views."""

from __future__ import annotations

from pathlib import Path

from builders.database import DatabaseBuilder, a_database

VISITS = 1_200
HOSTILE = 'a"b<i>\n=cmd'


def a_clinic(path: Path) -> DatabaseBuilder:
    """Tables with known rows, not built yet.

    patient 1 to 40; visit 1 to 1,200, of which 13 and 14 point to patient 999, who is gone, and 15 to nobody;
    invoice with a key of two columns and no rowid; payment, of which 2 points half, 3 to a line that is gone.
    """
    return (
        a_database(path)
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, given_name TEXT, ward TEXT",
            rows=[(n, f"Name{n}", f"ward {n % 3}") for n in range(1, 41)],
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, kind TEXT, score REAL, "
            "before_id INTEGER REFERENCES visit",
            rows=[_visit(n) for n in range(1, VISITS + 1)],
        )
        .with_sql("CREATE INDEX visit_patient ON visit (patient_id)")
        .with_sql("CREATE TABLE invoice (no TEXT, line INT, text TEXT, PRIMARY KEY (no, line)) WITHOUT ROWID")
        .with_rows("invoice", [("A-1", 1, "bandage"), ("A-1", 2, "plaster"), ("B-7", 1, "splint")])
        .with_table(
            "payment",
            "id INTEGER PRIMARY KEY, no TEXT, line INT, FOREIGN KEY (no, line) REFERENCES invoice (no, line)",
            rows=[(1, "A-1", 2), (2, "A-1", None), (3, "Z-9", 9)],
        )
        .with_sql("CREATE TABLE code (code TEXT PRIMARY KEY, title TEXT) WITHOUT ROWID")
        .with_rows("code", [("007", "agent"), ("7", "seven")])
        .with_table(
            "nokey", '"rowid" TEXT, "_rowid_" TEXT, "oid" TEXT', rows=[("a", "b", "c"), ("d", "e", "f")]
        )
        .with_table("untyped", "k, v", rows=[(1, "one"), ("1", "text one")])
        .with_table("lost", "id INTEGER PRIMARY KEY, parent_id REFERENCES nowhere", rows=[(1, 5)])
        .with_table("empty", "id INTEGER PRIMARY KEY, v TEXT")
        .with_table(HOSTILE, '"x<b>" TEXT, "id" INTEGER PRIMARY KEY', rows=[("\u202ey", 1)])
        .with_sql(
            "CREATE VIEW long_visit AS SELECT id, kind, score FROM visit WHERE score > 50",
            "CREATE VIEW broken AS SELECT absent FROM visit",
        )
    )


def _visit(n: int) -> tuple[int, int | None, str, float, int | None]:
    patient = 999 if n in (13, 14) else None if n == 15 else n % 40 + 1
    return (
        n,
        patient,
        ("check", "urgent", "follow-up")[n % 3],
        n * 37 % 1000 / 10,
        n - 1 if n % 4 == 0 else None,
    )
