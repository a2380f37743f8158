"""A column without a name, which SQLite allows: found, ruled and copied; decided about once it has a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.services.privacy.model import Place, place_id

WHO = [(f"zyx{n}@orig.example", n) for n in range(40)]
SAID = "{technique: pseudonym, options: {kind: email}}"


@pytest.fixture(params=["t", ""])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database of addresses; the table may be without a name, too."""
    return a_database(tmp_path, "list.db").with_table(request.param, '"" TEXT, n INTEGER', rows=WHO).build()


def name_of(path: Path) -> str:
    with open_read(path) as session:
        return str(session.value("SELECT name FROM sqlite_schema WHERE type = 'table'"))


def place(path: Path) -> str:
    return place_id(Place(name_of(path), ""))


def test_it_is_found_and_its_values_are_shown_by_the_name_that_the_scan_gives(path: Path) -> None:
    found = steward("privacy", "scan", path, "--json").document()["columns"]

    assert [(each["id"], each["kind"]) for each in found if not each["place"]["column"]] == [
        (place(path), "email")
    ]
    shown = steward("privacy", "samples", path, place(path))
    assert (shown.code, "z••" in shown.out) == (0, True)


def test_a_copy_is_made_by_rules_for_it_and_searched_and_attacked(path: Path) -> None:
    steward("privacy", "scan", path)
    assert steward("privacy", "rules", path, "--name", "r", "--write").code == 0
    copy, report = path.with_name("copy.db"), path.with_name("report.json")

    made = steward("privacy", "anonymize", path, "--to", copy, "--rules", "r", "--yes", "--json")

    assert made.code == 0, made.err
    assert b"@orig.example" not in copy.read_bytes()
    with open_read(copy) as session:
        assert session.value(f'SELECT count("") FROM "{name_of(path)}"') == len(WHO)
    assert steward("privacy", "residue", copy, "--of", path).code == 0
    assert steward("privacy", "attack", copy, "--of", path).code in (0, 1)
    assert steward("privacy", "report", copy, "--of", path, "--to", report).code in (0, 1)
    assert report.exists()


def test_nothing_is_decided_about_it_before_it_has_a_name(path: Path) -> None:
    steward("privacy", "scan", path)

    refused = steward("privacy", "classify", path, place(path), "--type", "email")
    steward("privacy", "confirm", path, "--all")

    assert refused.code == 2
    assert 'RENAME COLUMN "" TO' in refused.err
    assert not [
        each
        for each in steward("privacy", "list", path, "--json").document()["items"]
        if each["id"] == place(path)
    ]
    assert steward("privacy", "check", path).code in (0, 1)
    assert steward("privacy", "register", path, "--to", path.with_name("register.html")).code in (0, 1)


def test_a_migration_that_names_it_leaves_no_column_without_a_word(tmp_path: Path) -> None:
    path = a_database(tmp_path, "list.db").with_table("t", '"" TEXT, n INTEGER', rows=WHO).build()
    policy, folder = policy_path(path), tmp_path / "migrations"
    policy.write_text(f'version: 1\nreleases:\n  r:\n    tables:\n      t:\n        "": {SAID}\n')
    folder.mkdir()
    (folder / "V0001__name.sql").write_text('ALTER TABLE t RENAME COLUMN "" TO email;\n')

    done = steward("migrate", "apply", path, "--dir", folder, "--yes", "--unrehearsed", "a test")
    refused = steward(
        "privacy", "anonymize", path, "--to", path.with_name("copy.db"), "--rules", "r", "--yes"
    )

    assert done.code == 0, done.err
    assert refused.code == 3
    assert 'A rule names “t.""”, which the database does not have' in refused.out + refused.err
    assert policy.read_text().count(SAID) == 1
