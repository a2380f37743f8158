"""How well the types of columns are found in public tables that no rule was made with (`tests/data/held_out`).

bench_privacy_held_out.py            the figures
bench_privacy_held_out.py --wrong    and every column that was taken for something else
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from harness import record

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from builders.labelled.held_out import held_out
from builders.labelled.measure import GENERAL, Judged, figures, judged, table_of


def is_wrong(column: Judged) -> bool:
    """Missed, taken for another type, or for personal where it is not."""
    truths = column.column.truths
    if column.found in truths:
        return False
    return column.typed or column.found not in GENERAL or (truths == {""} and bool(column.found))


def tell(columns: Iterable[Judged]) -> None:
    """Print what was taken for something else."""
    for each in columns:
        if is_wrong(each):
            truth = " or ".join(sorted(each.column.truths)) or "not personal"
            print(f"{each.table}.{each.column.name}: {truth}, found {each.found or each.verdict}")


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        columns = list(judged(held_out(), Path(made)))
    if "--wrong" in sys.argv:
        tell(columns)
    found = figures(columns)
    print(table_of(found.by_type))
    base = f"{len(columns)} columns of public tables, labelled by hand; a limit"
    record("Types of columns in public tables: 1 - F1", 1 - found.types.f1, base=base, limit=0.10, unit="")
    record(
        "Direct identifiers missed in public tables",
        1 - found.direct_recall,
        base=base,
        limit=0.05,
        unit="",
    )


if __name__ == "__main__":
    main()
