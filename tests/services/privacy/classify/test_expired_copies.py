"""Copies whose last day is over are told where people look: nobody opens a register by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from builders.releases import in_register
from steward_app.catalog import Catalog
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.privacy.anonymize import register
from steward_app.services.privacy.classify.check import standing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "clinic.db").with_table("patient", "id INTEGER PRIMARY KEY").build()


@pytest.fixture
def entered(catalog: Catalog, path: Path, at: Callable[[str], None]) -> Callable[..., str]:
    def enter(**changed: object) -> str:
        return in_register(catalog, database_id(catalog, path, Context()), **changed)

    return enter


def over(catalog: Catalog, path: Path) -> list[Finding]:
    found = standing(catalog, path, Context()).serious
    return [each for each in found if each.code == "privacy_copy_expired"]


def test_a_copy_is_told_from_the_day_after_its_last(
    catalog: Catalog, path: Path, at: Callable[[str], None], entered: Callable[..., str]
) -> None:
    entered()
    at("2026-12-01")
    assert over(catalog, path) == []
    at("2026-12-02")
    (told,) = over(catalog, path)
    assert told.severity is Severity.WARNING
    assert told.title == "The copy “a.db” was to be used until 2026-12-01 only"
    assert told.detail == "It was made for University. Nobody recorded that it is gone."
    assert "--release rl_1 --destroyed" in told.remedies[0]


def test_a_copy_that_was_given_is_told_until_it_is_destroyed(
    catalog: Catalog, path: Path, at: Callable[[str], None], entered: Callable[..., str]
) -> None:
    register.record_given(catalog, register.find_release(catalog, entered()), "Prof. Moor")
    at("2027-03-01")
    (told,) = over(catalog, path)
    assert "It was given to Prof. Moor." in told.detail
    register.record_destroyed(catalog, register.find_release(catalog, "rl_1"), "Wiped, says Prof. Moor")
    assert over(catalog, path) == []


def test_no_other_copies_are_told(
    catalog: Catalog, path: Path, at: Callable[[str], None], entered: Callable[..., str]
) -> None:
    entered(until="")
    entered(id="rl_2", operation_id="op_2", until="9999-12-31")
    entered(id="rl_3", operation_id="op_3", state="making")
    in_register(catalog, "8b1f6a52-4a77-4f0b-9e0c-6f6f4d7f2d10", id="rl_4", operation_id="op_4")
    at("2030-01-01")
    assert over(catalog, path) == []
    entered(id="rl_5", operation_id="op_5", in_place=1)
    (told,) = over(catalog, path)
    assert told.title == "This database, anonymized in its place, was to be used until 2026-12-01 only"
