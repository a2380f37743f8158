"""One row of an old state, in the light of the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import AFTER, BEFORE, ERASED, Ledger
from steward_app.catalog.quarantine import Why
from steward_app.kernel.errors import Refused
from steward_app.services.erasure import Fate, LedgerKey

PATIENTS = [(1, "Ada Winter", "a@example.org"), (2, "Ben Moor", "b@example.org"), (3, "Cleo Hart", None)]


@pytest.fixture
def now(tmp_path: Path) -> Path:
    return _clinic(tmp_path, "now.db")


@pytest.fixture
def then(tmp_path: Path) -> Path:
    return _clinic(tmp_path, "then.db")


def _clinic(folder: Path, name: str) -> Path:
    columns = "id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT"
    return a_database(folder, name).with_table("patient", columns, rows=PATIENTS).build()


def test_an_erased_row_is_known_by_its_key_and_its_content(ledger: Ledger, now: Path, then: Path) -> None:
    assert ledger.erase(now, "patient", "id = 2") == 1
    assert ledger.judge(then, "patient", (2,)).fate is Fate.ERASED
    assert ledger.judge(then, "Patient", (1,)).fate is Fate.CLEAR


def test_a_number_that_was_given_to_somebody_else_is_for_a_person_to_decide(
    ledger: Ledger, tmp_path: Path, now: Path
) -> None:
    other = a_database(tmp_path, "other.db")
    other.with_table(
        "patient", "id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT", rows=[(2, "Dan Reed", None)]
    )
    ledger.erase(now, "patient", "id = 2")
    judged = ledger.judge(other.build(), "patient", (2,))
    assert (judged.fate, judged.why, judged.may_return) == (Fate.UNCERTAIN, Why.DIFFERS, False)


@pytest.mark.parametrize(
    ("made_at", "fate"), [(BEFORE, Fate.ERASED), (ERASED, Fate.ERASED), (AFTER, Fate.CLEAR)]
)
def test_only_states_older_than_the_erasure_are_concerned(
    ledger: Ledger, now: Path, then: Path, made_at: str, fate: Fate
) -> None:
    ledger.erase(now, "patient", "id = 2")
    assert ledger.judge(then, "patient", (2,), made_at=made_at).fate is fate


def test_an_erasure_that_is_not_confirmed_counts_for_every_state(
    ledger: Ledger, now: Path, then: Path
) -> None:
    ledger.erase(now, "patient", "id = 2", confirmed=False)
    assert ledger.judge(then, "patient", (2,), made_at=AFTER).fate is Fate.ERASED


def test_columns_that_were_blanked_are_blanked_again(ledger: Ledger, now: Path, then: Path) -> None:
    ledger.erase(now, "patient", "id = 2", changes={"name": "erased", "mail": None})
    judged = ledger.judge(then, "patient", (2,))
    assert (judged.fate, judged.changes) == (Fate.CHANGED, {"name": "erased", "mail": None})
    assert ledger.judge(now, "patient", (2,)).fate is Fate.CLEAR


def test_a_row_that_was_blanked_and_then_deleted_is_gone(ledger: Ledger, now: Path, then: Path) -> None:
    ledger.erase(now, "patient", "id = 2", changes={"mail": None})
    ledger.erase(now, "patient", "id = 2", at=AFTER)
    assert ledger.judge(then, "patient", (2,)).fate is Fate.ERASED


def test_without_the_key_nothing_is_judged(ledger: Ledger, now: Path, then: Path) -> None:
    ledger.erase(now, "patient", "id = 2")
    ledger.key = LedgerKey.new()
    with pytest.raises(Refused) as refused:
        ledger.judge(then, "patient", (2,))
    assert "erased people might come back" in refused.value.hint


def test_the_ledger_names_nobody(ledger: Ledger, now: Path) -> None:
    ledger.erase(now, "patient", "id = 2")
    stored = (
        ledger.catalog.path.read_bytes() + ledger.catalog.path.with_name("catalog.sqlite-wal").read_bytes()
    )
    assert b"er_" in stored
    for personal in (b"Ben Moor", b"b@example.org"):
        assert personal not in stored
