"""Rules in the policy, and rules proposed from what is known of a database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from builders.transforms import checked, released, rule
from steward_app.db import open_read
from steward_app.kernel.errors import UsageError
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover.model import (
    ColumnScan,
    SameValues,
    Scan,
    TableRole,
    TableScan,
    Verdict,
)
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, Relation, ReleaseRules, Subset
from steward_app.services.privacy.transform.policy import release_names, release_rules, write_rules
from steward_app.services.privacy.transform.propose import propose
from steward_app.services.schema import read_schema


def test_rules_come_back_from_the_policy_as_they_went_in(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, v TEXT, d TEXT").build()
    said = ReleaseRules(
        "research",
        (
            rule("t", "d", "json"),
            rule("t", "d", "pseudonym", "$.a.b", kind="email"),
            rule("t", "v", "generalize", hierarchy="ranges", steps=[5, 10], level=1),
        ),
        key="shared",
        subset=Subset("t", 0.5, relations=(Relation("log", ("of",), "t", ("id",)),)),
        quasi_identifiers={"t": ("v",)},
        limits=Limits(k=5, risk=0.2),
        table_limits={"t": Limits(k=1, l_diversity=2, t_closeness=0.3)},
        recipient="University",
        until="2030-01-01",
        locale="de_AT",
        empty=("log",),
        undecided={"t": ("w",)},
    )
    write_rules(path, said)
    write_rules(path, replace(said, name="other"))
    assert release_names(path) == ("research", "other")
    assert release_rules(path, "research") == said
    write_rules(path, replace(said, rules=(), subset=None))
    assert release_rules(path, "research").rules == ()


def _seen(
    table: str, column: str, kind: str, path: str = "", subject: tuple[str, ...] | None = None
) -> ColumnScan:
    verdict = Verdict.PERSONAL if kind else Verdict.NOT_PERSONAL
    return ColumnScan(Place(table, column, path), "", 10, 10, 10, 10, verdict, kind, 0.9, subject=subject)


def _clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, name TEXT, mail TEXT UNIQUE, born TEXT, zip INTEGER, ssn TEXT UNIQUE NOT NULL, "
            "card TEXT, pay REAL, notes TEXT, extra TEXT, photo BLOB, religion TEXT, sick TEXT",
            rows=[
                (
                    n,
                    f"Eva Moor{n}",
                    f"e{n}@x.org",
                    f"19{n:02d}-01-01",
                    1000 + n,
                    f"S{n:08d}",
                    "4111111111111111",
                    9.5 * n,
                    f"Eva Moor{n} came",
                    f'{{"mail": "e{n}@x.org", "n": {n}}}',
                    b"\x89PNG\r\n\x1a\n",
                    "x",
                    "gout",
                )
                for n in range(10, 40)
            ],
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patient (id), day TEXT",
            rows=[(n, n, "2020-05-05") for n in range(10, 40)],
        )
        .with_table(
            "lab",
            "id INTEGER PRIMARY KEY, visit INTEGER REFERENCES visit (id), day TEXT, mail TEXT",
            rows=[(n, n, "2020-05-06", f"e{n}@x.org") for n in range(10, 40)],
        )
        .build()
    )


_COLUMNS = (
    _seen("patient", "id", ""),
    _seen("patient", "name", "person_name", subject=()),
    _seen("patient", "mail", "email", subject=()),
    _seen("patient", "born", "birth_date", subject=()),
    _seen("patient", "zip", "postcode", subject=()),
    _seen("patient", "ssn", "national_id", subject=()),
    _seen("patient", "card", "card", subject=()),
    _seen("patient", "pay", "income", subject=()),
    _seen("patient", "notes", "free_text", subject=()),
    _seen("patient", "extra", "json", subject=()),
    _seen("patient", "extra", "email", "$.mail", subject=()),
    _seen("patient", "photo", "picture", subject=()),
    _seen("patient", "religion", "belief", subject=()),
    _seen("patient", "sick", "health", subject=()),
    _seen("visit", "day", "person_date", subject=("patient",)),
    _seen("visit", "patient", "person_number", subject=("patient",)),
    _seen("lab", "day", "person_date", subject=("visit",)),
    _seen("lab", "mail", "email", subject=("visit",)),
)


def _proposed(path: Path) -> ReleaseRules:
    tables = (
        TableScan("patient", TableRole.PERSON, "", 30, "patient"),
        TableScan("visit", TableRole.TRANSACTION, "", 30, "patient"),
        TableScan("lab", TableRole.TRANSACTION, "", 30, "patient"),
    )
    same = (SameValues(Place("lab", "mail"), Place("patient", "mail"), 1.0),)
    scan = Scan(str(path), "", "", "", True, 0, 0.0, tables, _COLUMNS, same)
    with open_read(path) as session:
        return propose(read_schema(session), scan, classification(path), "research")


def test_a_proposal_suits_types_keys_and_persons_and_can_be_carried_out(tmp_path: Path) -> None:
    path = _clinic(tmp_path)
    found = _proposed(path)
    said = {each.place: each for each in found.rules}
    expected = {
        "id": "permute",
        "name": "pseudonym",
        "mail": "pseudonym",
        "born": "generalize",
        "zip": "generalize",
        "ssn": "token",
        "card": "mask",
        "pay": "round",
        "notes": "redact",
        "extra": "json",
        "photo": "blob",
        "religion": "remove",
    }
    assert {
        each.place.column: str(each.technique)
        for each in found.rules
        if each.place.table == "patient" and not each.place.path
    } == expected
    assert said[Place("patient", "extra", "$.mail")].technique is Technique.PSEUDONYM
    assert Place("visit", "patient") not in said  # the foreign key brings it the rule of patient.id
    assert said[Place("visit", "day")].options["person"] == "patient"
    assert said[Place("lab", "day")].options["person"] == [["visit"], ["patient"]]
    assert said[Place("lab", "mail")].options["domain"] == said[Place("patient", "mail")].options["domain"]
    assert found.quasi_identifiers["patient"] == ("born", "zip") and found.sensitive == {"patient": ("sick",)}
    assert not [finding for finding in checked(path, found) if finding.blocks]
    rows, _ = released(path, found)
    assert [row[3] for row in rows["lab"]] == [row[2] for row in rows["patient"]]
    assert "Moor" not in str(rows) and "e10@x.org" not in str(rows)


def test_what_the_steward_decided_goes_before_the_scan(tmp_path: Path) -> None:
    path = _clinic(tmp_path)
    path.with_name(path.name + ".steward.yaml").write_text(
        "version: 1\n"
        "classification:\n  tables:\n    patient:\n      columns:\n"
        "        name: {not_personal: a code name}\n        sick: {type: account}\n"
        "        id: {not_personal: random}\n",
        encoding="utf-8",
    )
    said = {each.place.column: each for each in _proposed(path).rules if each.place.table == "patient"}
    assert "name" not in said and "id" not in said
    assert said["sick"].technique is Technique.PSEUDONYM


def test_a_path_may_have_its_keys_in_brackets(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, d TEXT").build()
    said = ('$["a b"].c', "$['x'][0]", "$.y.*")
    write_rules(path, ReleaseRules("r", tuple(rule("t", "d", "remove", each) for each in said)))
    read = {each.place.path for each in release_rules(path, "r").rules if each.place.path}
    assert read == {'$."a b".c', "$.x[0]", "$.y.*"}


@pytest.mark.parametrize("said", ["$..c", "$.a[", "$[a b]", "c", '$["a b]'])
def test_what_is_no_path_is_told_with_how_to_write_one(tmp_path: Path, said: str) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, d TEXT").build()
    write_rules(path, ReleaseRules("r", (rule("t", "d", "remove", said),)))
    with pytest.raises(UsageError, match=r"t\.d.*which is no path in JSON: a path (goes|begins)"):
        release_rules(path, "r")
