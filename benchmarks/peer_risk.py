"""What pycanon and anjana say of the Adult table; our tests compare with it.

    PYTHON_WITH_PYCANON_AND_ANJANA benchmarks/peer_risk.py            writes tests/data/adult/peers.json
    PYTHON_WITH_PYCANON_AND_ANJANA benchmarks/peer_risk.py serve      for bench_privacy_risk.py: seconds, line by line

They need other versions of libraries than this program, so they run in an environment of their own.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3  # noqa: TID251  in a process of its own
import sys
import time
from pathlib import Path

import anjana.anonymity as anjana
import pandas as pd
import pycanon.anonymity as pycanon

ADULT = Path(__file__).parent.parent / "tests" / "data" / "adult"
QUASI = ["sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation"]
SETS = {
    "eight": (QUASI, ["salary-class"]),
    "three": (["sex", "age", "race"], ["salary-class"]),
    "two": (["sex", "race"], ["occupation"]),
    "coarse": (["sex", "race", "salary-class"], ["age"]),
}

TOGETHER = (  # k, l and t at once: the levels that our search takes, which this file judges by itself
    (QUASI, ["salary-class"], {"k": 5, "l": 2, "t": 0.4}, 0.02, [0, 4, 0, 2, 3, 1, 1, 1]),
    (QUASI, ["salary-class"], {"k": 5, "l": 2, "t": 0.4}, 0.0, [0, 4, 0, 2, 3, 2, 2, 1]),
    (
        ["sex", "race", "education", "native-country", "marital-status"],
        ["occupation"],
        {"k": 10, "l": 5, "t": 0.3},
        0.05,
        [1, 0, 3, 1, 0],
    ),
    (
        ["sex", "race", "marital-status", "workclass"],
        ["age", "salary-class"],
        {"k": 5, "l": 2, "t": 0.3},
        0.05,
        [0, 0, 0, 1],
    ),
)


def adult() -> pd.DataFrame:
    """The table, ages as numbers, all else as text."""
    return pd.read_csv(ADULT / "adult.csv.gz", sep=";", skipinitialspace=True, keep_default_na=False)


def hierarchies(table: pd.DataFrame) -> dict[str, dict[int, list[str]]]:
    """The hierarchies as anjana takes them: for each column, level by level."""
    found = {}
    for column in QUASI:
        levels = pd.read_csv(
            ADULT / f"adult_hierarchy_{column}.csv", sep=";", header=None, dtype=str, keep_default_na=False
        )
        found[column] = {level: levels[level].to_numpy() for level in levels.columns}
    return found


def anonymized(table: pd.DataFrame, k: int, left_out: float) -> pd.DataFrame:
    """What anjana makes of the table; it compares values as text."""
    return anjana.k_anonymity(table.astype(str).copy(), [], list(QUASI), k, left_out, hierarchies(table))


def near(table: pd.DataFrame, k: int, t: float, left_out: float) -> pd.DataFrame:
    """What anjana makes of the table where no group may be far from the whole in its salaries."""
    return anjana.t_closeness(
        table.astype(str).copy(), [], list(QUASI), "salary-class", k, t, left_out, hierarchies(table)
    )


def levels_of(table: pd.DataFrame) -> list[int]:
    """To which level each column of a result was coarsened."""
    steps = hierarchies(table)
    return [
        next(level for level, values in steps[column].items() if set(table[column]) <= set(values))
        for column in QUASI
    ]


def together(
    by: list[str], sensitive: list[str], asked: dict[str, float], left_out: float, levels: list[int]
) -> dict[str, object]:
    """Coarsen, leave out what does not reach k, l and t until all that is left does, and ask pycanon of the rest."""
    table, steps = adult(), hierarchies(adult())
    for column, level in zip(by, levels, strict=True):
        if level:
            becomes = dict(zip(steps[column][0], steps[column][level], strict=True))
            table[column] = table[column].astype(str).map(becomes)
    left = table
    while True:
        fine = [rows for _, rows in left.groupby(by, sort=False) if reaches(rows, left, sensitive, asked)]
        rest = pd.concat(fine)
        if len(rest) == len(left):
            break
        left = rest.reset_index(drop=True)
    return {
        "by": by,
        "sensitive": sensitive,
        "asked": asked,
        "left_out_share": left_out,
        "levels": levels,
        "rows": len(left),
        "k": int(pycanon.k_anonymity(left, by)),
        "l_distinct": min(int(pycanon.l_diversity(left, by, [each])) for each in sensitive),
        "t": max(float(pycanon.t_closeness(left, by, [each])) for each in sensitive),
    }


def reaches(rows: pd.DataFrame, whole: pd.DataFrame, sensitive: list[str], asked: dict[str, float]) -> bool:
    """Whether a group has k, l and t, written down as the definitions have it."""
    if len(rows) < asked["k"]:
        return False
    for column in sensitive:
        if rows[column].nunique() < asked["l"]:
            return False
        p = whole[column].value_counts(normalize=True).sort_index()
        q = rows[column].value_counts(normalize=True).reindex(p.index, fill_value=0)
        far = (
            (q - p).cumsum().abs().sum() / (len(p) - 1)
            if p.index.dtype.kind in "if"
            else (q - p).abs().sum() / 2
        )
        if far > asked["t"] + 1e-9:
            return False
    return True


def measured() -> dict[str, object]:
    """All figures that the tests use."""
    table = adult()
    sets = {
        name: {
            "by": by,
            "sensitive": sensitive,
            "k": int(pycanon.k_anonymity(table, by)),
            "l_distinct": int(pycanon.l_diversity(table, by, sensitive)),
            "l_entropy": float(pycanon.entropy_l_diversity(table, by, sensitive)),
            "t": float(pycanon.t_closeness(table, by, sensitive)),
        }
        for name, (by, sensitive) in SETS.items()
    }
    found = []
    for k, left_out in ((5, 2), (2, 0), (10, 5)):
        result = anonymized(table, k, left_out)
        found.append(
            {
                "k": k,
                "left_out_percent": left_out,
                "rows": len(result),
                "levels": levels_of(result),
                "k_reached": int(pycanon.k_anonymity(result, QUASI)),
                "l_distinct": int(pycanon.l_diversity(result, QUASI, ["salary-class"])),
                "t": float(pycanon.t_closeness(result, QUASI, ["salary-class"])),
            }
        )
    closer = near(table, 5, 0.4, 2)
    return {
        "sets": sets,
        "anjana": found,
        "together": [together(*each) for each in TOGETHER],
        "near": {
            "levels": levels_of(closer),
            "rows": len(closer),
            "k": int(pycanon.k_anonymity(closer, QUASI)),
            "t": float(pycanon.t_closeness(closer, QUASI, ["salary-class"])),
        },
    }


def serve() -> None:
    """Answer every line on the input with the seconds that it took.

    `big FILE` reads the table of a database into memory; `k` measures it; `search` anonymizes Adult with k = 5 and at
    most 2 % left out; `together` asks for t = 0.4 as well.
    """
    table, big = adult(), None
    for line in sys.stdin:
        what, _, file = line.strip().partition(" ")
        start = time.perf_counter()
        if what == "big":
            with contextlib.closing(sqlite3.connect(file)) as connection:
                big = pd.read_sql(
                    "SELECT " + ", ".join(f'"{each}"' for each in QUASI) + " FROM adult", connection
                )
        elif what == "k":
            pycanon.k_anonymity(big, QUASI)
        elif what == "search":
            with contextlib.redirect_stdout(sys.stderr):
                anonymized(table, 5, 2)
        elif what == "together":
            with contextlib.redirect_stdout(sys.stderr):
                near(table, 5, 0.4, 2)
        print(json.dumps(time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve()
    else:
        (ADULT / "peers.json").write_text(json.dumps(measured(), indent=1) + "\n", encoding="utf-8")
