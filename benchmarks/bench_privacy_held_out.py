"""How well the types of columns are found in public tables that others made (`tests/data/held_out`).

All of them are known by now: their figures say whether rules got worse. How well a scan does with tables that nobody
knows, say the first looks in the README there.

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

from builders.labelled.held_out import HELD_OUT, held_out
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


def measured(folder: Path) -> list[Judged]:
    """What a scan finds in the tables of a folder."""
    with tempfile.TemporaryDirectory() as made:
        columns = list(judged(held_out(folder), Path(made)))
    if "--wrong" in sys.argv:
        tell(columns)
    print(table_of(figures(columns).by_type))
    return columns


# The folder, and its two figures, each with its value at the first look.
SETS = (
    (
        "",
        ("Types of columns in public tables: 1 - F1", "0.23"),
        ("Direct identifiers missed in public tables", "0.24"),
    ),
    (
        "second",
        ("Types of columns in further public tables: 1 - F1", "0.12"),
        ("Direct identifiers missed in further public tables", "0.14"),
    ),
    (
        "third",
        ("Types of columns in third public tables: 1 - F1", "0.12"),
        ("Direct identifiers missed in third public tables", "0.12"),
    ),
    (
        "fourth",
        ("Types of columns in fourth public tables: 1 - F1", "0.07"),
        ("Direct identifiers missed in fourth public tables", "0.17"),
    ),
    (
        "fifth",
        ("Types of columns in fifth public tables: 1 - F1", "0.09 (0.08 with 25 tables not kept)"),
        ("Direct identifiers missed in fifth public tables", "0.05 (0.08 with 25 tables not kept)"),
    ),
    (
        "sixth",
        ("Types of columns in sixth public tables: 1 - F1", "0.09 (0.08 with 17 tables not kept)"),
        ("Direct identifiers missed in sixth public tables", "0.16 (0.10 with 17 tables not kept)"),
    ),
    (
        "seventh",
        ("Types of columns in seventh public tables: 1 - F1", "0.08 (0.06 with 67 tables not kept)"),
        ("Direct identifiers missed in seventh public tables", "0.05 (0.05 with 67 tables not kept)"),
    ),
    (
        "eighth",
        ("Types of columns in eighth public tables: 1 - F1", "0.15 (0.06 with 97 tables not kept)"),
        ("Direct identifiers missed in eighth public tables", "0.12 (0.03 with 97 tables not kept)"),
    ),
)


NEWEST: str | None = None
"""The folder of tables that no rule was made better by, where there is one."""


def missed(figure: str, value: float, limit: float, base: str) -> bool:
    """Record a figure, and go on where it is over its limit."""
    try:
        record(figure, value, base=base, limit=limit, unit="")
    except SystemExit:
        return True
    return False


def main() -> None:
    over = False
    for folder, (types, types_first), (direct, direct_first) in SETS:
        columns = measured(HELD_OUT / folder)
        found = figures(columns)
        known = "not known before" if folder == NEWEST else "known by now"
        base = f"{len(columns)} columns labelled by hand, {known}; {{}} at the first look; a limit"
        over |= missed(types, round(1 - found.types.f1, 6), 0.10, base.format(types_first))
        over |= missed(direct, round(1 - found.direct_recall, 6), 0.05, base.format(direct_first))
    sys.exit(over)


if __name__ == "__main__":
    main()
