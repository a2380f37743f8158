"""Files that are no database, or not a whole one: every command says what is wrong, and nothing is changed or made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import steward
from builders.odd_files import tampered
from builders.releases import trap
from steward_app.cli.outcome import ExitCode

COMMANDS = [
    ("attack", "BAD", "--of", "GOOD"),
    ("attack", "GOOD", "--of", "BAD"),
    ("utility", "BAD", "--of", "GOOD"),
    ("utility", "GOOD", "--of", "BAD"),
    ("report", "BAD", "--of", "GOOD", "--to", "MADE"),
    ("anonymize", "BAD", "--to", "MADE"),
    ("anonymize", "BAD", "--in-place", "--confirm", "BAD"),
]


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def folder(path: Path) -> Path:
    path.unlink()
    path.mkdir()
    return path


def missing(path: Path) -> Path:
    path.unlink()
    return path


def encrypted(path: Path) -> Path:
    path.write_bytes(os.urandom(path.stat().st_size))
    return path


def renamed_by_hand(path: Path) -> Path:
    return tampered(path, "UPDATE sqlite_schema SET sql = 'nonsense' WHERE name = 'customers'")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (cut, "is cut short"),
        (renamed_by_hand, "tampered with"),
        (encrypted, "encrypted"),
        (folder, "is a folder"),
        (missing, "There is no file"),
    ],
    ids=["cut short", "tampered", "encrypted", "folder", "missing"],
)
def test_it_is_said_and_nothing_is_made(tmp_path: Path, spoil: Callable[[Path], Path], words: str) -> None:
    good, made = trap(tmp_path, "good.db", customers=5), tmp_path / "made.json"
    bad = spoil(trap(tmp_path, "bad.db", customers=5))
    before = bad.read_bytes() if bad.is_file() else None
    files = {"GOOD": good, "BAD": bad, "MADE": made}
    for command in COMMANDS:
        ran = steward("privacy", *(files.get(word, word) for word in command))
        assert ran.code in (ExitCode.REFUSED, ExitCode.FAILED), (command, ran.code, ran.err)
        assert words in " ".join(ran.err.split()), (command, ran.err)
    assert not made.exists()
    assert (bad.read_bytes() if bad.is_file() else None) == before


@pytest.mark.parametrize(
    "command",
    [
        ("risk", "BAD"),
        ("risk", "BAD", "customers"),
        ("frontier", "BAD", "customers", "--by", "full_name"),
        ("limits", "BAD"),
        ("limits", "BAD", "customers", "--k", "3"),
    ],
)
def test_a_file_that_is_not_there_is_said_where_the_policy_or_the_register_is_asked_first(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    ran = steward("privacy", *(tmp_path / "gone.db" if word == "BAD" else word for word in command))
    assert (ran.code, "There is no file" in ran.err) == (ExitCode.FAILED, True), ran.err
