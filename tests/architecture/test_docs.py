"""Every command is explained, in its own help and in docs/, and what docs/ say of it is current."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from steward_app.cli.frame import load
from steward_app.cli.main import ENTRIES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The script behind `make docs`."""
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands() -> Iterator[tuple[str, Any]]:
    """Every group and command with what is typed for it."""
    for entry in ENTRIES:
        command = load(entry)
        yield entry.name, command
        for verb in getattr(command, "commands", {}).values():
            yield f"{entry.name} {verb.name}", verb


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_every_parameter_has_a_help_text(name: str) -> None:
    command = COMMANDS[name]
    assert re.match(r"[A-Z].+\.", command.help or "", re.DOTALL), "a command's help is a sentence"
    silent = [p.name for p in command.params if p.name != "help" and not (p.help or "").endswith((".", ")"))]
    assert silent == [], "a parameter's help is a sentence"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_documentation(name: str) -> None:
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert re.search(rf"^#+ steward {re.escape(name)}$", text, re.MULTILINE), "run `make docs`"


def test_the_documentation_of_commands_is_current(reference: ModuleType) -> None:
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == reference.cli_reference(), "run `make docs`"


def test_the_documentation_of_documents_is_current(reference: ModuleType) -> None:
    assert (DOCS / "json.md").read_text(encoding="utf-8") == reference.json_reference(), "run `make docs`"


def test_every_link_in_the_documentation_leads_somewhere() -> None:
    links = [
        (file, target)
        for file in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "benchmarks" / "README.md"]
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8"))
        if not target.startswith(("http:", "https:", "mailto:"))
    ]
    assert [
        (str(f.relative_to(ROOT)), target) for f, target in links if not (f.parent / target).exists()
    ] == []


def test_every_command_in_the_readme_exists_with_its_options() -> None:
    wrong = []
    lines = re.findall(
        r"^    (?:\.venv/bin/)?steward ([^#\n]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    for line in lines:
        words = line.split()
        name = " ".join(words[: 2 if hasattr(COMMANDS.get(words[0]), "commands") else 1])
        known = {option for param in getattr(COMMANDS.get(name), "params", ()) for option in param.opts}
        wrong += [
            line for word in words if name not in COMMANDS or (word.startswith("--") and word not in known)
        ]
    assert wrong == []
    assert len(lines) > 5
