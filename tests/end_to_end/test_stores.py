"""A steward adds a store, fills it and proves that it gives back what it holds."""

from __future__ import annotations

from pathlib import Path

from end_to_end.steward import Steward


def test_a_store_is_added_filled_and_drilled(steward: Steward, riverside: Path, tmp_path: Path) -> None:
    steward.opens(riverside)
    steward.clicks("Backups")
    steward.clicks("Add a store")
    steward.types(str(tmp_path / "nas"))
    steward.clicks("Write a recovery sheet with a second key, to be printed")
    steward.clicks("Make the store")
    steward.sees("nas is made.")
    steward.sees("Empty")
    steward.clicks("Back up now")
    steward.sees("In step")
    steward.clicks("Drill now")
    steward.sees("Passed")
    steward.sees("Proven backup")
    assert list((tmp_path / "nas" / "points").iterdir())


def test_a_passphrase_is_all_that_is_needed_to_prove_a_store(
    steward: Steward, riverside: Path, tmp_path: Path
) -> None:
    steward.opens(riverside)
    steward.clicks("Backups")
    steward.clicks("Add a store")
    steward.types(str(tmp_path / "nas"))
    steward.clicks("Encrypted, opened with a passphrase")
    steward.clicks("Write a recovery sheet with a second key, to be printed")
    for _ in range(2):
        steward.presses("Shift+Tab")
    steward.types("seven horses ride out")
    steward.presses("Tab")
    steward.types("seven horses ride out")
    steward.presses("Return")
    steward.sees("nas is made.")
    steward.clicks("Back up now")
    steward.clicks("Drill now")
    steward.sees("The store needs its key")
    steward.types("seven horses ride out")
    steward.presses("Return")
    steward.sees("Passed")
    steward.sees("Proven backup")
