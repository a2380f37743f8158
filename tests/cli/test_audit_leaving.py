"""`steward audit erase`, `prune`, `retain` and `report`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.under_audit import run
from steward_app.kernel import clock
from steward_app.services.audit.engine import tables


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One change that was sealed two years ago, and one of now."""
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=[(1, "Ann"), (2, "Ben")])
        .build()
    )
    then = int((clock.now() - timedelta(days=730)).timestamp() * 1e6)
    with monkeypatch.context() as patch:
        patch.setattr(tables, "microseconds", lambda: then)
        assert steward("audit", "install", str(path), "--yes").code == 0
        run(path, "UPDATE person SET name = 'Wilhelmina' WHERE id = 1")
        assert steward("audit", "seal", str(path)).code == 0
    run(path, "UPDATE person SET name = 'Anna' WHERE id = 1")
    return path


def test_erase_asks_for_the_name_and_erases(path: Path) -> None:
    planned = steward("audit", "erase", str(path), "person", "1", "--plan", "--json")
    assert planned.code == 0
    assert planned.document()["reversal"] == "none"
    assert steward("audit", "erase", str(path), "person", "1").code == 3
    assert steward("audit", "erase", str(path), "person", "1", "--yes").code == 3
    ran = steward("audit", "erase", path, "person", "1", "--reason", "rq_1", "--confirm", path.name, "--json")
    assert (ran.code, ran.document()["result"]["left"]) == (0, ""), ran.err
    assert b"Wilhelmina" not in path.read_bytes()
    verified = steward("audit", "verify", str(path))
    assert verified.code == 0
    assert "rq_1" in verified.out
    finished = steward("audit", "erase", str(path), "--finish", "--confirm", path.name)
    assert finished.code == 0, finished.err
    assert steward("audit", "erase", str(path), "person", "--finish").code == 2
    assert steward("audit", "erase", str(path)).code == 2


def test_prune_takes_what_is_due_to_an_archive(path: Path, tmp_path: Path) -> None:
    archive = tmp_path / "old.db"
    assert (
        steward("audit", "prune", str(path), "--to", str(archive), "--yes").code == 2
    )  # nobody said how old
    assert steward("audit", "retain", str(path), "soon").code == 2
    kept = steward("audit", "retain", str(path), "60w", "--json")
    assert kept.document()["keep_days"] == 420
    standing = steward("audit", "status", str(path), "--json").document()
    assert (standing["keep_days"], standing["due"] > 0) == (420, True)
    assert "older than that" in steward("audit", "status", str(path)).out
    ran = steward("audit", "prune", str(path), "--to", str(archive), "--yes", "--json")
    assert ran.code == 0, ran.err
    assert steward("audit", "verify", str(path)).code == 0
    assert steward("audit", "verify", str(archive)).code == 0
    told = steward("audit", "history", str(archive), "person", "--personal", "--json").document()
    assert "Wilhelmina" in str(told)
    assert steward("audit", "retain", str(path), "off", "--json").document()["keep_days"] is None


def test_a_report_is_written(path: Path, tmp_path: Path) -> None:
    for ending in ("html", "pdf"):
        to = tmp_path / f"report.{ending}"
        ran = steward("audit", "report", str(path), "--to", str(to), "--json")
        assert ran.code == 0, ran.err
        assert ran.document()["changes"] == 2
        assert to.stat().st_size > 2_000
    assert steward("audit", "report", str(path), "--to", str(tmp_path / "report.txt")).code == 2
    assert (
        "The report is in"
        in steward("audit", "report", str(path), "--to", str(to), "--force", "--since", "2020-01-01").out
    )
