"""Plan, rehearse, ask, apply: how far an operation goes, and what it prints."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from builders import Ran, steward, steward_process
from builders.planted_commands import a_plan, program
from steward_app.kernel.errors import Failure, UsageError
from steward_app.services.operation import load_plan, save_plan


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "clinic.db"


def operate(database: Path, *words: str | Path) -> Ran:
    return steward("planted", "operate", database, *words, program=program)


def applied(database: Path) -> bool:
    return database.with_suffix(".applied").exists()


def test_a_plan_is_printed_and_changes_nothing(database: Path) -> None:
    ran = operate(database, "--plan")
    assert (ran.code, ran.err, applied(database)) == (0, "", False)
    assert [" ".join(line.split()) for line in ran.out.splitlines()] == [
        "Change “vis␤its”",
        "2 rows go.",
        "",
        "Rows, in 1 table",
        "table before after added changed removed",
        ran.out.splitlines()[5],
        "vis␤its 12,480 12,478 0 0 2",
        "",
        "What to know first",
        "error: 2 visits point to nobody",
        "SELECT 1",
        'FROM "vis"',
        "",
        "SQL",
        "DELETE FROM t",
        "WHERE x",
        "",
        "To undo it",
        "Run the inverse.",
        "",
        "Needs 4.1 kB of free space on the disk of “/data”.",
    ]


def test_without_a_terminal_what_needs_confirmation_is_printed_and_refused(database: Path) -> None:
    ran = operate(database)
    assert (ran.code, applied(database)) == (3, False)
    assert ran.out.startswith("Change “vis␤its”\n")
    assert ran.err == "This needs a confirmation.\nNothing was changed. To carry it out, add --yes.\n"

    ran = operate(database, "--json")
    assert (ran.code, applied(database)) == (3, False)
    assert ran.document()["schema"] == "steward/plan/v1"


def test_yes_applies_and_prints_the_receipt(database: Path) -> None:
    ran = operate(database, "--yes")
    assert (ran.code, ran.err, applied(database)) == (0, "", True)
    assert ran.out == "It was done.\n  operation  op_1\n  seconds    0.2\n"
    assert operate(database, "--yes", "--json").document()["schema"] == "steward/receipt/v1"


def test_what_needs_no_confirmation_is_not_asked_about(database: Path) -> None:
    assert (operate(database, "--kind", "plain").code, applied(database)) == (0, True)


@pytest.mark.parametrize(
    ("words", "done"),
    [
        (["--yes"], False),
        (["--yes", "--json"], False),
        (["--rehearse", "--yes"], False),
        (["--confirm", "visits"], False),
        (["--rehearse", "--confirm", "visits"], False),
        (["--confirm", "vis␤its"], True),
        (["--confirm", "vis\nits", "--yes"], True),
        (["--rehearse", "--confirm", "vis␤its"], True),
    ],
)
def test_what_nothing_can_undo_wants_its_name_and_not_yes(
    database: Path, words: list[str], done: bool
) -> None:
    ran = operate(database, "--kind", "final", *words)
    assert (ran.code, applied(database)) == (0 if done else 3, done)
    assert "the file itself is unchanged" not in ran.out or done, (
        "nothing is rehearsed for an answer that is missing"
    )
    if "--json" in words:
        assert ran.document()["schema"] == "steward/plan/v1"


def test_the_name_that_is_missing_is_told(database: Path) -> None:
    ran = operate(database, "--kind", "final", "--yes")
    assert ran.err == (
        "Nothing can undo this.\n"
        "Nothing was changed. To carry it out, type the name in advance: --confirm 'vis␤its'\n"
    )
    wrong = operate(database, "--kind", "final", "--confirm", "visits")
    assert "done only when “vis␤its” was typed" in wrong.err
    assert "Remove 2 rows" not in wrong.err


def test_a_name_answers_what_a_yes_answers(database: Path) -> None:
    assert (operate(database, "--confirm", "clinic.db").code, applied(database)) == (0, True)


def test_a_blocking_finding_stops_it_whatever_was_answered(database: Path) -> None:
    ran = operate(database, "--kind", "blocked", "--yes")
    assert (ran.code, applied(database)) == (3, False)
    assert "(stops the plan)" in ran.out
    assert ran.err == "Not done: 2 visits point to nobody; The disk is full.\nNothing was changed.\n"
    assert operate(database, "--kind", "blocked", "--yes", "--json").document()["id"] == "pl_1"


@pytest.mark.parametrize(
    ("words", "code", "done"),
    [
        (["--rehearse"], 0, False),
        (["--rehearse", "--yes"], 0, True),
        (["--rehearse", "--kind", "fails"], 1, False),
        (["--rehearse", "--kind", "fails", "--yes"], 1, False),
        (["--rehearse", "--kind", "plain"], 3, False),
    ],
)
def test_a_rehearsal_stops_before_the_file_unless_it_passed_and_yes_was_said(
    database: Path, words: list[str], code: int, done: bool
) -> None:
    ran = operate(database, *words)
    assert (ran.code, applied(database)) == (code, done)
    assert ("the file itself is unchanged" in ran.out) == ("plain" not in words)
    database.with_suffix(".applied").unlink(missing_ok=True)
    ran = operate(database, *words, "--json")
    assert (ran.code, applied(database)) == (code, done)
    kind = "receipt" if done else "error" if "plain" in words else "rehearsal"
    assert ran.document()["schema"] == f"steward/{kind}/v1"


def test_a_kept_plan_is_the_printed_document_and_can_be_carried_out(database: Path, tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    printed = operate(database, "--plan", "--plan-file", kept, "--json")
    assert json.loads(kept.read_bytes()) == json.loads(printed.out)
    assert load_plan(kept) == a_plan(database, "asks")
    assert operate(database, "--plan-file", kept).code == 3
    assert operate(database, "--plan-file", kept, "--yes").code == 0
    assert database.with_suffix(".applied").read_text() == "pl_1"


def test_a_kept_plan_for_another_file_or_operation_is_not_carried_out(database: Path, tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    for plan in (
        a_plan(tmp_path / "other.db", "asks"),
        replace(a_plan(database, "asks"), operation="planted.other"),
    ):
        save_plan(plan, kept)
        ran = operate(database, "--plan-file", kept, "--yes")
        assert (ran.code, applied(database)) == (2, False)
        assert ran.err.startswith("“plan.json” holds a plan for planted.o")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"schema": "steward/plan/v1"}',
        '{"schema": "steward/receipt/v1"}',
        '{"schema": "steward/plan/v1", "findings": 7}',
        '{"base64": "*"}',
        "\udcff",
        "[" * 100_000,
    ],
    ids=range(10),
)
def test_a_file_without_a_plan_is_wrong_usage(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(UsageError, match=r"“plan\.json” does not hold a plan"):
        load_plan(path)


def test_a_plan_that_cannot_be_read_or_kept_is_a_known_failure(tmp_path: Path) -> None:
    with pytest.raises(Failure):
        load_plan(tmp_path / "none.json")
    with pytest.raises(Failure):
        save_plan(a_plan(tmp_path, "asks"), tmp_path / "no folder" / "plan.json")


@pytest.mark.skipif(os.name != "posix", reason="terminals are made otherwise on Windows")
@pytest.mark.parametrize(
    ("kind", "answer", "done"),
    [
        ("asks", "y\n", True),
        ("asks", "\n", False),
        ("asks", "n\n", False),
        ("asks", "\x04", False),
        ("final", "vis␤its\n", True),
        ("final", "y\n", False),
        ("final", "\n", False),
    ],
)
def test_on_a_terminal_it_asks_and_no_is_the_default(
    database: Path, kind: str, answer: str, done: bool
) -> None:
    import pty

    ours, theirs = pty.openpty()
    code = "from builders.planted_commands import main; main()"
    words = ("planted", "operate", database, "--kind", kind)
    with steward_process(*words, code=code, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE) as process:
        os.close(theirs)
        said = ""
        while not said.endswith((": ", "] ")):
            said += os.read(ours, 4096).decode()
        os.write(ours, answer.encode())
        assert process.stdout
        out = process.stdout.read()
        code_ = process.wait(timeout=60)
    os.close(ours)
    question = "Remove 2 rows? [y/N] " if kind == "asks" else "Type “vis␤its” to go on: "
    assert said.endswith(question)
    assert applied(database) == done
    assert (code_, out[:12]) == ((0, "It was done.") if done else (130 if answer == "\x04" else 3, ""))
