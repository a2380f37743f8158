"""The benchmarks can be run, and every figure that is shown has the script that measures it."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(BENCHMARKS.glob("bench_*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_benchmark_compares_and_records(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert "record" in called
    assert ast.get_docstring(tree)


def test_every_figure_has_its_script() -> None:
    rows = re.findall(
        r"^\| (?!figure)([^|]+?) \|", (BENCHMARKS / "RESULTS.md").read_text("utf-8"), re.MULTILINE
    )
    scripts = "\n".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    assert [figure for figure in rows if figure not in scripts] == []


def test_the_harness_takes_turns_and_notices_a_missed_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import harness

    results = tmp_path / "RESULTS.md"
    results.write_text("Measured on: nothing yet.\n\n| figure | |\n|---|---|\n", encoding="utf-8")
    monkeypatch.setattr(harness, "RESULTS", results)
    order: list[str] = []
    compared = harness.compare(lambda: order.append("ours"), lambda: order.append("base"), rounds=4)
    assert len(compared.ours) == len(compared.base) == 4
    assert order[2:6] == ["ours", "base", "base", "ours"]

    even = harness.Comparison((1.0, 4.0, 2.0), (1.0, 2.0, 2.0))
    assert even.ratio == even.best_ratio == 1.0
    harness.record("A figure", even, base="itself", limit=1.5)
    with pytest.raises(SystemExit):
        harness.record("A figure", 20.0, base="the clock", limit=16, unit="ms")
    assert results.read_text(encoding="utf-8").splitlines()[2:] == [
        "| figure | |",
        "|---|---|",
        "| A figure | the clock |  | 20.00 ms | 16 ms | MISSED |",
    ]
    used = harness.compare_processes(
        [sys.executable, "-c", "sum(range(3_000_000))"], [sys.executable, "-c", "pass"], rounds=2
    )
    assert used.ratio > 1.0


def test_a_table_has_its_own_heading_and_rows_of_figures_stay_in_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import harness

    results = tmp_path / "RESULTS.md"
    results.write_text("Measured on: nothing yet.\n\n| figure | |\n|---|---|\n", encoding="utf-8")
    monkeypatch.setattr(harness, "RESULTS", results)
    for words in ("old", "new"):
        harness.record_table("First", ("what", "how"), [("one", words)])
        harness.record_table("Second", ("what",), [("two",)])
    harness.record("A figure", 1.0, base="itself", limit=2)
    assert results.read_text(encoding="utf-8").splitlines()[2:] == [
        "| figure | |",
        "|---|---|",
        "| A figure | itself |  | 1.00 × | 2 × | within |",
        "",
        "## First",
        "",
        "| what | how |",
        "|---|---|",
        "| one | new |",
        "",
        "## Second",
        "",
        "| what |",
        "|---|",
        "| two |",
    ]
