"""The README, followed to the letter by somebody who has just cloned this."""

from __future__ import annotations

import re
import shlex
import struct
from pathlib import Path

import pytest

from builders import steward

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
FOUND = 1  # what speaks against something: the sample is broken, and nobody looked at the rules of its copy
FINDING = ("schema check", "privacy report")


@pytest.mark.timeout(400)  # the whole walk; the report alone attacks the copy for twenty seconds
def test_its_commands_work_one_after_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense")  # the tour's pictures are taken in another test
    lines = re.findall(r"^    steward ([^#\n]+)", README, re.MULTILINE)
    assert len(lines) == 21
    nas = tmp_path / "nas"  # stands for the folder that the README names
    nas.mkdir()
    point = ""
    for line in lines:
        if "POINT" in line:
            point = steward("backup", "list", "clinic.db", "--json").document()["items"][0]["id"]
        ran = steward(*shlex.split(line.replace("POINT", point).replace("/mnt/nas", str(nas))))
        assert ran.code == (FOUND if line.startswith(FINDING) else 0), (line, ran.err)
    made = {path.name for path in tmp_path.iterdir()}
    assert {
        "clinic.db",
        "clinic.svg",
        "copy.db",
        "earlier.db",
        "key.pdf",
        "migrations",
        "nas",
        "out",
        "report.pdf",
        "report.pdf.json",
    } == made


def test_its_pictures_are_of_the_window() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 2
    for picture in pictures:
        head = (ROOT / picture).read_bytes()[:24]
        assert head[1:4] == b"PNG"
        assert struct.unpack(">II", head[16:]) == (1440, 900)


def test_its_targets_of_make_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"(?:`|^    )make ([a-z-]+)", README, re.MULTILINE)
    assert set(targets) == {"run", "test"}
    assert [target for target in targets if f"\n{target}: " not in makefile] == []
