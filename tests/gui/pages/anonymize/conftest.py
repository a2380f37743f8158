"""A clinic of 200 patients, and the Anonymize page on it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.anonymizing import opened
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.shell.window import Window

Open = Callable[..., Window]
FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo")
LAST = ("Winter", "Moor", "Lane", "Stone", "Hill", "Brook", "Field")


@pytest.fixture(scope="module")
def rows() -> list[tuple[object, ...]]:
    chance = random.Random(7)
    return [
        (
            number,
            chance.choice(FIRST),
            chance.choice(LAST),
            chance.choice("MW"),
            f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            f"SE{chance.randint(1, 3)} {chance.randint(1, 9)}{chance.choice('ABC')}{chance.choice('XYZ')}",
            f"p{number}@mail.example",
        )
        for number in range(1, 201)
    ]


@pytest.fixture
def clinic(tmp_path: Path, rows: list[tuple[object, ...]]) -> Path:
    columns = (
        "id INTEGER PRIMARY KEY, given_name TEXT, family_name TEXT, sex TEXT, birth_date TEXT, postcode TEXT, "
        "email TEXT UNIQUE"
    )
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", columns, rows=rows)  # type: ignore[arg-type]
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient, visited_on TEXT",
            rows=[(number, 1 + number % 200, f"2024-{1 + number % 12:02d}-11") for number in range(1, 401)],
        )
        .build()
    )


@pytest.fixture
def page(open_window: Open, clinic: Path, qtbot: QtBot) -> AnonymizePage:
    return opened(open_window, clinic, qtbot)
