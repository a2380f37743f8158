"""The frame of the command line: outcomes, exit codes, documents, laziness."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from builders import Ran, a_database, steward, steward_process
from builders.planted_commands import program
from steward_app.cli.frame import load
from steward_app.cli.main import ENTRIES


def planted(*words: str | Path, **settings: Any) -> Ran:
    return steward("planted", *words, program=program, **settings)


def planted_process(*words: str, **settings: Any) -> subprocess.Popen[str]:
    code = "from builders.planted_commands import main; main()"
    return steward_process("planted", *words, code=code, **settings)


@pytest.mark.parametrize(
    ("how", "code", "name", "sentences"),
    [
        ("usage", 2, "bad_request", "There is no table “a⟨U+202E⟩b”.\nCheck the name.\n"),
        ("refused", 3, "stale_plan", "The file changed since the plan was made.\n"),
        ("failure", 4, "locked", "“x.db” is locked.\nTry again.\n"),
        ("stopped", 130, "cancelled", "Stopped.\n"),
        ("abort", 130, "cancelled", "Stopped.\n"),
    ],
)
def test_every_error_has_its_exit_code_sentence_and_document(
    how: str, code: int, name: str, sentences: str
) -> None:
    for late in [(), ("--late",)] if code < 100 else [()]:
        assert planted("fail", how, *late) == Ran(code, "", sentences)
        ran = planted("fail", how, *late, "--json")
        assert (ran.code, ran.err) == (code, sentences)
        document = ran.document()
        assert document["schema"] == "steward/error/v1"
        assert document["error"]["code"] == name
        assert set(document["error"]) == {"code", "message", "hint"}


def test_a_command_may_choose_its_exit_code_itself() -> None:
    assert planted("fail", "exit", "--json") == Ran(3, "", "")


def test_a_bug_of_ours_says_where_its_log_is_and_tells_no_values(
    steward_home: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("LookupError")
    ran = planted("fail", "bug", "--json")
    log = steward_home / "log" / "steward.log"
    assert ran.code == 70
    assert ran.err == f"A fault in Data Steward stopped this.\nThe details are in {log}.\n"
    assert ran.document()["error"]["code"] == "bug"
    text = log.read_text(encoding="utf-8")
    assert "LookupError" in text
    assert "planted_commands.py" in text
    assert "Ada" not in text + ran.out + ran.err


def test_a_bug_without_a_log_is_still_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "file" / "home"))
    sentences = "A fault in Data Steward stopped this (LookupError).\nThe log could not be written.\n"
    assert planted("fail", "bug") == Ran(70, "", sentences)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nonsense"], "No such command 'nonsense'."),
        (["planted", "lok"], "No such command 'lok'. Did you mean 'look'?"),
        (["planted", "look"], "Missing argument 'DATABASE'."),
        (["planted", "look", "x.db", "--nope"], "No such option: --nope"),
        (["planted", "look", "x.db", "--violations", "many"], "Invalid value for '--violations'"),
    ],
)
def test_wrong_usage_is_exit_code_2_with_a_way_to_the_help(words: list[str], sentence: str) -> None:
    ran = steward(*words, program=program)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(sentence)
    assert "--help” says how it is used." in ran.err
    assert steward(*words, "--json", program=program).document()["error"]["message"].startswith(sentence)


def test_json_after_two_dashes_is_a_value_and_not_a_wish() -> None:
    assert planted("fail", "failure", "--", "--json").out == ""


def test_a_result_is_one_document_or_readable_and_what_was_found_is_exit_code_1(tmp_path: Path) -> None:
    assert planted("look", tmp_path / "a\nb.db") == Ran(0, f"looked at {tmp_path}/a␤b.db\n", "")
    ran = planted("look", tmp_path / "x.db", "--json", "--violations", "2")
    assert (ran.code, ran.err) == (1, "")
    assert ran.document() == {
        "schema": "steward/rehearsal/v1",
        "plan_id": "x.db",
        "finished_at": "2026-11-20T10:00:00.000Z",
        "seconds": 0.5,
        "checks": [],
        "changes": [],
        "findings": [],
    }


def test_without_a_verb_a_group_shows_its_help() -> None:
    for words in ([], ["planted"]):
        ran = steward(*words, program=program)
        assert ran.code == 0
        assert ran == steward(*words, "--help", program=program)
    assert "Print a document about a file." in steward("planted", program=program).out


def test_help_lists_the_groups_without_importing_them() -> None:
    code = (
        "import sys; sys.argv = ['steward', '--help']\n"
        "from builders.planted_commands import program\n"
        "import typer\n"
        "try: typer.main.get_command(program)()\n"
        "finally: print(sorted(set(sys.modules) & {'json', 'pydantic', 'steward_app.storage.log'}), file=sys.stderr)"
    )
    done = steward_process(code=code)
    out, _ = done.communicate(timeout=60)
    assert done.returncode == 0
    assert "Ends in every way." in out

    done = steward_process("--help", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    out, err = done.communicate(timeout=60)
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in err.splitlines()}
    assert "steward_app.cli.frame" in imported
    assert not imported & {entry.module for entry in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_line_of_the_table_leads_to_a_command_with_the_same_help(entry: Any) -> None:
    assert (load(entry).help or "").splitlines()[0] == entry.help


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize("commit", [False, True])
def test_ctrl_c_cancels_the_work_and_waits_for_what_is_being_finished(commit: bool) -> None:
    with planted_process("wait", *(["--commit"] if commit else []), stdin=subprocess.PIPE) as process:
        assert process.stdin and process.stdout and process.stderr
        assert process.stdout.readline() == "READY\n"
        process.send_signal(signal.SIGINT)
        said = process.stderr.readline()
        with suppress(BrokenPipeError):  # it may have ended by now
            process.stdin.write("go on\n")
            process.stdin.close()
        out, err = process.stdout.read(), process.stderr.read()  # with what stands in their buffers already
        process.wait(timeout=60)
    if commit:
        assert (said, out, process.returncode) == (
            "Too late to stop: it is being finished.\n",
            "finished\n",
            0,
        )
    else:
        assert (said, err) == ("Stopping …\n", "Stopped. Nothing was changed.\n")
        assert (out, process.returncode) == ("", 130)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
def test_a_second_ctrl_c_ends_the_process_at_once() -> None:
    with planted_process("wait", "--commit", stdin=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "READY\n"
        for sentence in ("Too late to stop", "Ended. What was not finished is undone"):
            process.send_signal(signal.SIGINT)
            assert process.stderr.readline().startswith(sentence)
        assert process.wait(timeout=60) == 130


@pytest.mark.skipif(os.name != "posix", reason="pipes break otherwise on Windows")
def test_a_reader_that_goes_away_is_no_fault() -> None:
    with planted_process("long") as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "line 0\n"
        process.stdout.close()
        assert (process.stderr.read(), process.wait(timeout=60)) == ("", 141)


@pytest.mark.skipif(os.name != "posix", reason="outputs are closed otherwise on Windows")
@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_a_closed_output_is_wanted_by_nobody(tmp_path: Path, closed: tuple[int, ...]) -> None:
    path = a_database(tmp_path / "a.db").with_table("t", "a", rows=[(1,)]).build()
    before = path.read_bytes()
    process = steward_process(
        "rows", "page", path, "t", preexec_fn=lambda: [os.close(each) for each in closed]
    )
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert ("Row" in out) == (1 not in closed)
    assert path.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["look", "x.db"], ["look", "x.db", "--json"], ["long"]])
def test_an_output_that_cannot_be_written_is_a_known_failure(words: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = planted_process(*words, stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert err.startswith("The output could not be written: No space left on device.\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_encoding_of_the_output_gives_valid_json_and_readable_text(encoding: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONIOENCODING": encoding}
    process = planted_process("look", "Größe 😀.db", "--json", env=environment)
    out, err = process.communicate(timeout=60)
    assert err == ""
    assert json.loads(out)["plan_id"] == "Größe 😀.db"
    real = steward_process("no 😀 such", env=environment, encoding=encoding)
    assert real.communicate(timeout=60)[1].startswith("No such command")
    assert real.returncode == 2


def test_the_installed_script_and_the_module_say_the_version() -> None:
    assert steward("--version").out == f"steward {sys.modules['steward_app'].__version__}\n"
