"""Looking at a file leaves it, and what lies beside it, as it was: whatever the file is."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from builders.odd_files import a_file_with_rows, cut_to, tampered, traces, with_hot_journal, with_wal_left
from builders.processes import OtherProgram
from steward_app import db
from steward_app.kernel.progress import Context

JOURNALS = ["DELETE", "TRUNCATE", "PERSIST", "WAL"]
LEFT = ["nothing", "hot journal", "wal", "wal without shm", "cut short", "tampered"]


@st.composite
def odd_files(draw: st.DrawFn) -> tuple[list[str], int, str]:
    """(settings, rows, what happened to it)"""
    chosen = [
        f"page_size = {draw(st.sampled_from([512, 1024, 4096, 65536]))}",
        f"encoding = '{draw(st.sampled_from(['UTF-8', 'UTF-16le', 'UTF-16be']))}'",
        f"auto_vacuum = {draw(st.sampled_from(['NONE', 'FULL', 'INCREMENTAL']))}",
        f"journal_mode = {draw(st.sampled_from(JOURNALS))}",
    ]
    return chosen, draw(st.integers(0, 600)), draw(st.sampled_from(LEFT))


def _made(folder: Path, chosen: list[str], rows: int, left: str) -> Path:
    path = a_file_with_rows(folder / "clinic.db", *chosen, rows=max(rows, 1))
    match left:
        case "hot journal" if "journal_mode = WAL" not in chosen and rows >= 400:
            with_hot_journal(path)
        case "wal" | "wal without shm":
            with_wal_left(path, shm=left == "wal")
        case "cut short":
            cut_to(
                path, max(path.stat().st_size * 2 // 3, 65_536 if "page_size = 65536" in chosen else 1_024)
            )
        case "tampered":
            tampered(path, "UPDATE sqlite_schema SET sql = 'CREATE' WHERE type = 'index'")
    return path


@settings(max_examples=30, deadline=None)
@given(odd_files())
def test_looking_changes_nothing(made: tuple[list[str], int, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = _made(Path(name), *made)
        before = traces(path)
        with db.open_read(path) as session:
            with session.sibling() as other, session.snapshot():
                assert session.all("SELECT name FROM sqlite_schema") == other.all(
                    "SELECT name FROM sqlite_schema"
                )
            db.survey(session, Context())
            db.first_look(session, 1)
            db.judged_rows(session)
            db.holders(path)
            session.check_identity()
        assert traces(path) == before


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(["DELETE", "WAL"]), st.booleans())
def test_looking_while_another_program_has_it_open_leaves_what_it_leaves(
    journal: str, it_ends_first: bool
) -> None:
    """Side files belong to the other program as long as it lives, and go when both are done."""
    with tempfile.TemporaryDirectory() as name:
        path = a_file_with_rows(Path(name) / "clinic.db", f"journal_mode = {journal}")
        alone = sorted(each.name for each in path.parent.iterdir())
        with OtherProgram(path) as other:
            other.does("run('SELECT count(*) FROM visit')")
            beside = sorted(each.name for each in path.parent.iterdir())
            session = db.open_read(path)
            assert session.count("SELECT count(*) FROM visit") == 50
            if it_ends_first:
                other.ends()
                session.close()
            else:
                session.close()
                assert sorted(each.name for each in path.parent.iterdir()) == beside
                other.does("run(\"INSERT INTO visit(note) VALUES ('new')\")")
                other.ends()
        assert sorted(each.name for each in path.parent.iterdir()) == alone
