"""What the log missed, on the command line: written down by `rearm`, told by `history`, `as-of`, `report` and `bin`."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.under_audit import run
from steward_app.db import open_read
from steward_app.kernel import clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path)
        .with_table("room", "id INTEGER PRIMARY KEY, beds", rows=[(n, n) for n in range(1, 31)])
        .with_table(
            "guest", "email TEXT PRIMARY KEY, room", rows=[("ada@example.org", 1), ("ben@example.org", 2)]
        )
        .with_sql("CREATE TABLE bed (room, place, PRIMARY KEY (room, place)) WITHOUT ROWID")
        .with_rows("bed", [("r1", 1)])
        .build()
    )
    assert steward("audit", "install", path, "--yes").code == 0
    return path


def unseen(path: Path, *statements: str) -> None:
    """Change rows as a program does that has triggers switched off: they are away, and there again."""
    with open_read(path) as session:
        ours = session.all("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
    run(path, *(f'DROP TRIGGER "{name}"' for name, _ in ours), *statements, *(str(sql) for _, sql in ours))


def test_reconcile_leads_to_rearm_which_writes_them_down_though_all_is_armed(path: Path) -> None:
    unseen(path, "UPDATE room SET beds = 9 WHERE id < 3")
    ran = steward("audit", "reconcile", path)
    assert (ran.code, "“steward audit rearm” writes them into the log as a gap." in ran.out) == (1, True)
    standing = steward("audit", "status", path, "--json").document()
    assert {each["state"] for each in standing["tables"]} == {"armed"}
    ran = steward("audit", "rearm", path, "--yes")
    assert ran.code == 0, ran.err
    assert "2 rows had changed behind the log; “steward audit history” names them" in ran.out
    assert steward("audit", "reconcile", path).code == 0


def test_history_tells_what_was_missed(path: Path) -> None:
    unseen(path, "UPDATE room SET beds = 9 WHERE id < 3")
    assert steward("audit", "rearm", path, "--yes").code == 0
    run(path, "UPDATE room SET beds = 10 WHERE id = 1")
    whole = steward("audit", "history", path).out
    assert "2 rows of “room” changed behind the log's back" in whole
    assert whole.index("update “room” 1") < whole.index("behind the log's back")
    document = steward("audit", "history", path, "room", "--row", "2", "--json").document()
    (gap,) = document["missed"]
    assert (document["items"], gap["table"], gap["rows"]) == ([], "room", [{"row": "2", "how": "changed"}])
    assert (
        "1 row of “room” changed behind the log's back"
        in steward("audit", "history", path, "room", "--row", "2").out
    )
    assert "Nothing like that is in the log." in steward("audit", "history", path, "room", "--row", "3").out


def test_keys_that_look_personal_are_hidden(path: Path) -> None:
    run(
        path,
        "CREATE TABLE person (email TEXT PRIMARY KEY, room) WITHOUT ROWID",
        "INSERT INTO person VALUES ('a@b.org', 1)",
    )
    assert steward("audit", "install", path, "--tables", "person", "--yes").code == 0
    unseen(path, "UPDATE person SET room = 9")
    assert steward("audit", "rearm", path, "--yes").code == 0
    hidden, shown = (steward("audit", "history", path, *more) for more in ((), ("--personal",)))
    assert "1 row of “person” changed behind the log's back" in hidden.out
    assert "a@b.org" not in hidden.out
    assert "person.email" in hidden.out
    assert "a@b.org" in shown.out
    target = path.with_name("history.csv")
    assert steward("audit", "history", path, "--to", target).code == 0
    (line,) = list(csv.DictReader(target.read_text("utf-8-sig").splitlines()))
    assert (line["operation"], line["row"], line["note"]) == (
        "missed", "personal, not shown", "changed behind the log's back",
    )  # fmt: skip


def test_a_long_gap_is_told_in_short(path: Path) -> None:
    unseen(path, "UPDATE room SET beds = 0")
    assert steward("audit", "rearm", path, "--yes").code == 0
    out = steward("audit", "history", path).out
    assert "30 rows of “room” changed behind the log's back" in out
    assert "and 10 other rows, with --json" in out


def test_a_gap_counts_once(path: Path) -> None:
    began = clock.to_text(clock.now())
    with open_read(path) as session:
        ours = session.all("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'room'")
    run(path, *(f'DROP TRIGGER "{name}"' for (name,) in ours), "UPDATE room SET beds = 9 WHERE id = 1")
    assert steward("audit", "rearm", path, "--yes").code == 0
    assert steward("audit", "status", path, "--json").document()["gaps"] == 1
    then = steward("audit", "as-of", path, "room", "--time", began)
    assert then.out.count("changes had not been logged") == 1
    target = path.with_name("report.html")
    assert steward("audit", "report", path, "--to", target).code == 0
    report = target.read_text("utf-8")
    assert report.count("changed behind the log") == 1


def test_a_table_that_is_gone_is_told_with_its_rows(path: Path) -> None:
    run(path, "DROP TABLE bed")
    ran = steward("audit", "rearm", path, "--plan")
    assert "With it went 1 row, as the log tells." in ran.out
    assert "“bed” is gone, and no change of the log says so" in ran.out
    ran = steward("audit", "rearm", path, "--yes")
    assert (
        "1 table of" in ran.out and "gone, and out of the audit; 1 row had changed behind the log" in ran.out
    )
    assert "1 row of “bed” removed behind the log's back" in steward("audit", "history", path, "bed").out
    ran = steward("audit", "bin", path)
    assert "No deleted row is in the log." in ran.out
    assert "The log names 1 row that was removed behind its back, without values." in ran.out
