"""Histories that begin and files of migrations, broken at every step: before, after, or made whole by another call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from faults import beginnings
from faults.beginnings import INTO, Texts
from faults.breaker import Kind
from faults.harness import Bench, check_ended, trials
from steward_app.kernel.progress import Context
from steward_app.services.migrate.model import State

pytestmark = pytest.mark.faults


def test_an_adoption_is_made_whole_by_the_same_call(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in trials(
        bench, "faults.beginnings:adopt", tmp_path, beginnings.build_adoptable, every=every, name="adopt"
    ):
        settled = beginnings.settle(trial.folder, "migrate.adopt")
        found = beginnings.found_adopted(trial.folder)
        assert trial.ended.how != "bug", trial.ended.message
        assert found.rows in ((), (20260101120000, 20260102120000))
        assert found.texts.items() <= trial.before.items()
        assert any(settled) == bool(found.rows)
        if not found.rows:
            assert found.texts == {}
            assert trial.ended.how != "finished"
        elif found.texts != trial.before:
            assert State.MISSING in found.states, "nothing says that it is not whole"
        if trial.ended.how == "finished":
            assert found.texts == trial.before

        if not found.rows or found.texts != trial.before:
            beginnings.adopt(trial.folder, Context())

        whole = beginnings.found_adopted(trial.folder)
        assert whole.texts == trial.before
        assert whole.states == (State.APPLIED, State.APPLIED, State.PENDING)
        assert beginnings.named_folder(trial.folder) == trial.folder / INTO


def test_an_adoption_that_is_undone_goes_on_or_comes_back(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in trials(
        bench, "faults.beginnings:unadopt", tmp_path, beginnings.build_adopted, every=every, name="undo adopt"
    ):
        settled = beginnings.settle(trial.folder, "migrate.unbegin")
        found = beginnings.found_adopted(trial.folder)
        happened = found.rows == ()
        assert trial.ended.how != "bug", trial.ended.message
        assert any(settled) == happened
        assert found.texts.items() <= trial.before.items()
        if trial.ended.how == "finished":
            assert happened
        if trial.kind in (Kind.KILL, Kind.POWER, Kind.CANCEL):
            assert not happened or found.texts == {}
        if not happened and trial.before != found.texts:
            assert {State.MISSING, State.PENDING} >= set(found.states) - {State.APPLIED}
        if not happened:
            beginnings.unadopt(trial.folder, Context())
            found = beginnings.found_adopted(trial.folder)
            assert (found.rows, found.texts) == ((), {})


@pytest.mark.parametrize(
    ("operation", "prepare", "rows"),
    [("baseline", beginnings.build, (1,)), ("repair", beginnings.build_edited, (2,))],
)
def test_a_history_is_set_right_or_as_it_was(
    tmp_path: Path,
    bench: Bench,
    every: bool,
    operation: str,
    prepare: Callable[[Path], Texts],
    rows: tuple[int, ...],
) -> None:
    for trial in trials(bench, f"faults.beginnings:{operation}", tmp_path, prepare, every=every):
        settled = beginnings.settle(trial.folder, f"migrate.{operation}")
        found = beginnings.found(trial.folder)
        happened = found.rows == rows and set(found.states) == {State.APPLIED}
        check_ended(trial, happened)
        assert any(settled) == happened
        assert found.texts == trial.before
        if not happened:
            assert found.rows in ((), (2, 3))
            getattr(beginnings, operation)(trial.folder, Context())
            assert beginnings.found(trial.folder).rows == rows


def test_a_repair_is_taken_back_or_stays(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in trials(
        bench,
        "faults.beginnings:unrepair",
        tmp_path,
        beginnings.build_repaired,
        every=every,
        name="undo repair",
    ):
        settled = beginnings.settle(trial.folder, "migrate.unrepair")
        found = beginnings.found(trial.folder)
        happened = found.states == (State.EDITED, State.MISSING)
        check_ended(trial, happened)
        assert any(settled) == happened
        assert found.texts == trial.before
        if not happened:
            assert (found.rows, found.states) == ((2,), (State.APPLIED,))
            beginnings.unrepair(trial.folder, Context())
            found = beginnings.found(trial.folder)
        assert (found.rows, found.states) == ((2, 3), (State.EDITED, State.MISSING))


@pytest.mark.parametrize(
    ("operation", "files"),
    [
        ("write_new", ["V0002__add_a_note.sql"]),
        ("write_edits", ["U0002__add_a_note.sql", "V0002__add_a_note.sql"]),
        (
            "write_expand",
            [
                "U0002__expand_patient_phone_to_mobile.sql",
                "V0002__expand_patient_phone_to_mobile.sql",
                "U0003__fill_patient_mobile.sql",
                "V0003__fill_patient_mobile.sql",
            ],
        ),
    ],
)
def test_files_are_whole_and_the_same_call_goes_on(
    tmp_path: Path, bench: Bench, every: bool, operation: str, files: list[str]
) -> None:
    for trial in trials(
        bench, f"faults.beginnings:{operation}", tmp_path, beginnings.build_begun, every=every
    ):
        assert trial.ended.how != "bug", trial.ended.message
        texts = beginnings.found(trial.folder).texts
        new = [name for name in files if name in texts]
        assert texts.keys() == {*trial.before, *new}
        assert new == files[: len(new)], "what takes it back comes first, and the first before the next"
        if trial.ended.how == "finished":
            assert new == files
        if trial.ended.how == "failed":
            assert trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        if new == files:
            continue

        getattr(beginnings, operation)(trial.folder, Context())

        whole = beginnings.found(trial.folder).texts
        assert whole.keys() == {*trial.before, *files}, "it goes on under the same number"
        assert {name: text for name, text in whole.items() if name in texts} == texts
