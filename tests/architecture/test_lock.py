"""The lock file: every package we need, each with its hashes, and no address of any kind."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

ENTRIES = {}
for _block in re.split(r"\n(?=\S)", TEXT.strip()):
    _line, *_hashes = [part.strip() for part in _block.split("\\\n")]
    ENTRIES[canonicalize_name(Requirement(_line).name)] = (Requirement(_line), _hashes)


def test_there_is_no_address_and_no_path() -> None:
    assert not re.search(r"https?:|file:|git\+|index-url|find-links|trusted-host|@|/", TEXT, re.IGNORECASE)


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_every_package_has_one_version_and_hashes(name: str) -> None:
    requirement, hashes = ENTRIES[name]
    assert [each.operator for each in requirement.specifier] == ["=="]
    assert hashes
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes)


@pytest.mark.parametrize("line", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
def test_every_dependency_is_locked_to_a_version_that_it_allows(line: str) -> None:
    wanted = Requirement(line)
    locked, _ = ENTRIES[canonicalize_name(wanted.name)]
    (version,) = (each.version for each in locked.specifier)
    assert wanted.specifier.contains(version)


@pytest.mark.parametrize(
    "name", ["pyside6-essentials", "shiboken6", "apsw", "pyarrow", "pygraphviz", "syntaqlite"]
)
def test_packages_with_machine_code_are_locked_for_every_system(name: str) -> None:
    _, hashes = ENTRIES[name]
    assert len(hashes) >= 4  # Linux, macOS and Windows, at least, and ARM
