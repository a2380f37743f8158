"""Tables of real size are counted within the steps that a look at every row takes, also behind an UPDATE."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.services.migrate.lint import asking

from .linting import lint_of

BIG = (
    "CREATE TABLE big (id INTEGER PRIMARY KEY, a TEXT, b INT)",
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 9000)"
    " INSERT INTO big SELECT n, 'text ' || n, n FROM c",
)
NEW = "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INT) STRICT;"
PLACE = "DROP TABLE big; ALTER TABLE n RENAME TO big;"


@pytest.mark.parametrize("updates", [1, 3])
def test_a_copy_behind_an_update_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: int
) -> None:
    monkeypatch.setattr(
        asking, "_STEPS", 700_000
    )  # what there is beside those for each byte, as of a large file
    update = "UPDATE big SET b = b + 1;" * updates
    told = lint_of(tmp_path, f"{update} {NEW} INSERT INTO n SELECT * FROM big WHERE id > 10; {PLACE}", *BIG)
    assert told["rows_not_copied"] == ("error", 10)
    assert "not_looked_at" not in told
