"""The values behind a report, read from the two copies it was made of."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.migrated import migrated, table
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.examples import Example, examples
from steward_app.services.migrate.rehearsal.model import Renamed, Report
from steward_app.services.rows.model import Preview


def shown(database: Path, found: Report, name: str = "t") -> tuple[Example, ...]:
    copies = (database.with_suffix(suffix) for suffix in (".before", ".after"))
    return examples(*copies, table(found, name), Context())


def test_values_before_and_after_stand_side_by_side(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_table(
            "t",
            "id INTEGER PRIMARY KEY, kind TEXT, value",
            rows=[(1, "Phone", 5), (2, "tel", 6), (3, "x", 7)],
        )
        .build()
    )
    found = migrated(
        database,
        "UPDATE t SET kind = 'phone' WHERE id < 3",
        "UPDATE t SET value = '7' WHERE id = 3",
        "ALTER TABLE t RENAME COLUMN id TO number",
        renames=[Renamed("t", "id", "number")],
    )
    assert shown(database, found) == (
        Example((1,), "kind", "Phone", "phone"),
        Example((2,), "kind", "tel", "phone"),
        Example((3,), "value", 7, "7"),
    )


def test_long_values_come_as_previews_and_other_keys_not_at_all(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_table("t", "k TEXT PRIMARY KEY NOT NULL, x", rows=[("007", "a" * 5_000), ("8", b"\x00" * 9)])
        .build()
    )
    found = migrated(database, "UPDATE t SET x = x || 'b'")
    sizes = {
        each.key: each.before.size_bytes
        for each in shown(database, found)
        if isinstance(each.before, Preview)
    }
    assert sizes == {("007",): 5_000, ("8",): 9}
    rebuilt = (
        "CREATE TABLE n(k INTEGER PRIMARY KEY, x)",
        "INSERT INTO n SELECT * FROM t",
        "DROP TABLE t",
        "ALTER TABLE n RENAME TO t",
    )
    other = migrated(database, *rebuilt)
    assert table(other, "t").columns[0].conversions[0].sample_keys == ((7,),)
    assert shown(database, other) == ()
