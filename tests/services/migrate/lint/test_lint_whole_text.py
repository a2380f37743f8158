"""Files in which nothing runs, or less than it looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

MADE = "CREATE TABLE t (a INT) STRICT;"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"migration_empty": ("warning", None)}),
        ("-- later\n/* perhaps */\n", {"migration_empty": ("warning", None)}),
        (";;\n;", {"migration_empty": ("warning", None)}),
        (f"-- first\r{MADE}\r", {"remark_goes_on": ("error", None), "migration_empty": ("warning", None)}),
        (f"{MADE}\r-- then\rDROP TABLE t;\r", {"remark_goes_on": ("error", None)}),
        (f"-- first\r\n{MADE}\n-- last\r", {}),
        (f"\ufeff{MADE}", {}),
        (MADE.removesuffix(";"), {}),
        (f"{MADE}\rINSERT INTO t (a) SELECT length('--\r');", {}),
    ],
)
def test_what_of_a_file_does_not_run_is_told(
    tmp_path: Path, text: str, expected: dict[str, tuple[str, int | None]]
) -> None:
    bench = Bench(tmp_path)
    (bench.folder / "V0001__change.sql").write_bytes(text.encode())
    assert bench.told() == expected
