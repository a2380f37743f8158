"""What the documentation names is there: every path, and in the walk through the code every function and class."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "benchmarks" / "README.md"]

WORDS = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:\.(?:py|md|sql|yaml|html|json|toml|lock)|/)")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
MADE_WHEN_USED = ("out/", ".venv/")


def found(path: str) -> Path | None:
    """Paths are given from the top or from inside the package."""
    return next((place / path for place in (ROOT, ROOT / "steward_app") if (place / path).exists()), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_is_there(page: Path) -> None:
    named = [word for word in WORDS.findall(page.read_text("utf-8")) if "/" in word and PATH.fullmatch(word)]
    assert [path for path in named if not path.startswith(MADE_WHEN_USED) and found(path) is None] == []


def test_the_walk_through_the_code_names_what_is_in_the_files_it_names() -> None:
    lost, named = [], 0
    text = (ROOT / "docs" / "tour.md").read_text("utf-8")
    for paragraph in re.split(r"\n\n|\n(?=\* |\d+\. )", text):
        words = WORDS.findall(paragraph)
        files = [file for word in words if word.endswith(".py") and (file := found(word))]
        code = "\n".join(file.read_text("utf-8") for file in files)
        for word in words:
            if IDENTIFIER.fullmatch(word) and not PATH.fullmatch(word):
                named += 1
                lost += [
                    f"{part} of {word}" for part in word.split(".") if not re.search(rf"\b{part}\b", code)
                ]
    assert lost == []
    assert named > 50
