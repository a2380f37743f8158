"""`steward journal`, as people and scripts use it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import apsw
import pytest

from builders import a_database, steward
from builders.operations import AddVisits, Request, known
from steward_app.catalog import Catalog, journal
from steward_app.kernel.progress import Context
from steward_app.services import operation


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table("visit", "id INTEGER PRIMARY KEY, note TEXT", rows=[(1, "secret")])
        .build()
    )


@pytest.fixture
def done(catalog: Catalog, clinic: Path) -> str:
    """An operation that was carried out on the clinic, and one on another file."""
    other = (
        a_database(clinic.parent, "other.db").with_table("visit", "id INTEGER PRIMARY KEY, note TEXT").build()
    )
    for path in (other, clinic):
        plan = AddVisits().plan(Request(path, known(catalog, path).id), Context())
        receipt = operation.run(AddVisits(), plan, catalog, Context())
    return receipt.operation_id


def ids(*words: str | Path) -> list[str]:
    ran = steward("journal", *words, "--json")
    assert ran.code == 0, ran.err
    return [item["id"] for item in ran.document()["items"]]


def test_an_empty_journal_says_so() -> None:
    assert steward("journal", "list").out == "Nothing was done yet.\n"
    assert ids("list") == []


def test_a_list_that_is_empty_by_choice_does_not_say_that_nothing_was_done(done: str) -> None:
    assert steward("journal", "list", "--since", "2090-01-01").out == "The journal has no event like that.\n"


def test_what_was_done_is_listed_for_people(done: str, clinic: Path) -> None:
    out = steward("journal", "list", clinic).out
    assert "test.add" in out
    assert "Added 1 visits" in out
    assert len(out.splitlines()) == 4


def test_lists_are_filtered_and_paged_for_scripts(done: str, clinic: Path) -> None:
    assert ids("list") == ["4", "3", "2", "1"]
    assert ids("list", clinic) == ["4", "3"]
    assert ids("list", "--phase", "started", "--phase", "failed") == ["3", "1"]
    assert ids("list", "--limit", "2", "--before", "4") == ["3", "2"]
    assert ids("list", "--operation", "test") == ["4", "3", "2", "1"]
    assert ids("list", "--operation", "tes") == []
    assert ids("list", "--since", "2999-01-01") == []
    assert ids("list", "--until", "2999-01-01T00:00:00+01:00") == ["4", "3", "2", "1"]
    (item, *_) = steward("journal", "list", "--json").document()["items"]
    assert item["operation_id"] == done
    assert item["details"]["sentence"] == "Added 1 visits"
    assert "secret" not in steward("journal", "list", "--json").out


@pytest.mark.parametrize("words", [("--since", "soon"), ("--phase", "begun")])
def test_what_cannot_be_understood_is_wrong_usage(words: tuple[str, str]) -> None:
    ran = steward("journal", "list", *words)
    assert ran.code == 2
    assert words[1] in ran.err or words[0] in ran.err


def test_one_operation_is_shown_whole(done: str) -> None:
    assert ids("show", done) == ["4", "3"]
    assert ids("show", "3") == ["3"]
    out = steward("journal", "show", done).out
    assert "Added 1 visits" in out
    assert "request" in out
    assert steward("journal", "show", "99").code == 2
    assert steward("journal", "show", "op_none").code == 2


def test_an_operation_a_crash_left_open_is_settled_when_it_is_listed(catalog: Catalog, clinic: Path) -> None:
    database = known(catalog, clinic)
    with catalog.unit() as unit:
        details = {"transaction": True}
        journal.append(
            unit,
            journal.Phase.STARTED,
            "test.add",
            operation_id="op_1",
            database_id=database.id,
            details=details,  # type: ignore[arg-type]
        )
        unit.commit()
    out = steward("journal", "list", clinic).out
    assert "settled" in out
    assert "The file is as it was before." in out


def test_a_journal_that_holds_and_one_that_does_not(catalog: Catalog, done: str) -> None:
    ran = steward("journal", "verify")
    assert ran.code == 0
    assert "holds: 4 events" in ran.out
    head = steward("journal", "verify", "--json").document()["head"]
    assert head in ran.out
    assert steward("journal", "verify", "--noted", head).code == 0
    assert steward("journal", "verify", "--noted", "ab" * 32).code == 1

    connection = apsw.Connection(str(catalog.path))
    connection.execute("DROP TRIGGER journal_is_not_edited")
    connection.execute("UPDATE journal SET actor = 'nobody' WHERE seq = 2")
    connection.close()
    ran = steward("journal", "verify")
    assert ran.code == 1
    assert "Event 2 was changed after it was written." in ran.out
    document = steward("journal", "verify", "--json").document()
    assert (document["bad_seq"], document["events"]) == (2, 1)


def test_the_journal_is_exported_once_and_replaced_only_on_request(done: str, tmp_path: Path) -> None:
    to = tmp_path / "journal.jsonl"
    ran = steward("journal", "export", "--to", to, "--json")
    assert ran.document()["bytes"] == to.stat().st_size
    assert [json.loads(line)["seq"] for line in to.read_text().splitlines()] == [1, 2, 3, 4]
    refused = steward("journal", "export", "--to", to)
    assert (refused.code, refused.err.splitlines()[-1]) == (
        3,
        "It was left as it is. Choose another name, or replace it with --force.",
    )
    assert steward("journal", "export", "--to", to, "--force").code == 0


def test_a_file_says_which_database_it_is(catalog: Catalog, done: str, clinic: Path) -> None:
    database = known(catalog, clinic)
    assert database.id in steward("journal", "identify", clinic).out
    copy = Path(shutil.copyfile(clinic, clinic.parent / "copy.db"))
    asked = steward("journal", "identify", copy)
    assert asked.code == 1
    assert "--same" in asked.out
    assert str(clinic) in asked.out
    refused = steward("journal", "list", copy)
    assert refused.code == 3
    assert "steward journal identify" in refused.err
    assert steward("journal", "identify", copy, "--same", "--new").code == 2
    answered = steward("journal", "identify", copy, "--new", "--json").document()
    assert answered["how"] == "answered"
    assert answered["database_id"] != database.id
    assert ids("list", copy) == []
    assert ids("list", clinic) == ["4", "3"]
