"""Where an original value may stand in a copy: only where the rules themselves let it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.making import Made, make
from steward_app.services.privacy.anonymize.remedies import remedies
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.residue.model import (
    Permitted,
    Residue,
    ResidueReport,
    Searched,
    Where,
    sentence,
)
from steward_app.services.privacy.residue.search import search
from steward_app.services.privacy.rules import ReleaseRules, Rule

KEY = b"k" * 32
PEOPLE = [(n, f"Zyx Quellmann{n}", f"zyx{n}@orig.example", ("Ulm", "Bern", "Graz")[n % 3]) for n in range(30)]
NAME = Rule(Place("person", "name"), Technique.PSEUDONYM, {"kind": "person_name"})
EMAIL = Rule(Place("person", "email"), Technique.PSEUDONYM, {"kind": "email"})
CITY = Rule(Place("person", "city"), Technique.REMOVE, {"kind": "city"})


def people(folder: Path, *more: str) -> Path:
    return (
        a_database(folder, "people.db")
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, email TEXT, city TEXT", rows=PEOPLE)
        .with_sql(*more)
        .build()
    )


def copied(path: Path, *rules: Rule) -> Made:
    new = path.with_name("copy.db")
    new.touch()
    return make(path, new, ReleaseRules("r", rules), KEY, Context())


def refused(path: Path, *rules: Rule) -> str:
    with pytest.raises(Failure) as raised:
        copied(path, *rules)
    assert raised.value.code is ErrorCode.VERIFY_FAILED
    assert "orig.example" not in raised.value.message
    return raised.value.message


def test_an_address_in_another_column_is_found(tmp_path: Path) -> None:
    path = people(tmp_path, "CREATE TABLE account AS SELECT id, email AS login FROM person")
    assert "“account.login”" in refused(path, NAME, EMAIL)


def test_an_address_in_a_text_that_is_kept_is_found_all_the_same(tmp_path: Path) -> None:
    text = "'Wrote to ' || email || ' about the delivery that never came, and asked for the money back'"
    path = people(tmp_path, f"CREATE TABLE note AS SELECT id, {text} AS body FROM person")
    kept = Rule(Place("note", "body"), Technique.KEEP)
    assert "“note.body”" in refused(path, NAME, EMAIL, kept)


@pytest.mark.parametrize(
    ("made", "kind"), [("'img/' || {} || '.png'", "sha1"), ("{}", "sha1"), ("unhex({})", "md5")]
)
def test_a_hash_of_an_address_in_another_column_is_found(tmp_path: Path, made: str, kind: str) -> None:
    hashes = ", ".join(
        f"({made.format(repr(hashlib.new(kind, mail.encode()).hexdigest()))})" for _, _, mail, _ in PEOPLE
    )
    path = people(tmp_path, "CREATE TABLE asset (ref)", f"INSERT INTO asset VALUES {hashes}")
    told = refused(path, NAME, EMAIL)
    assert "30 times: in hashes without a key" in told
    assert "“asset.ref” (values of “person.email”)" in told
    (tmp_path / "copy.db").unlink(missing_ok=True)
    assert copied(path, NAME, EMAIL, Rule(Place("asset", "ref"), Technique.REMOVE)).residue.is_clean


def test_an_account_may_be_as_a_made_up_address_begins(tmp_path: Path) -> None:
    path = people(tmp_path)
    copied(path, NAME, EMAIL)
    with open_read(path.with_name("copy.db"), Context()) as session:
        made_up = [str(address) for (address,) in session.all("SELECT email FROM person")]
    logins = ", ".join(f"('{address.rpartition('.')[0].rpartition('.')[0]}')" for address in made_up)
    (tmp_path / "again").mkdir()
    sql = ("CREATE TABLE login (name TEXT)", f"INSERT INTO login VALUES {logins}")
    again = people(tmp_path / "again", *sql)
    account = Rule(Place("login", "name"), Technique.TOKEN, {"kind": "account"})
    assert copied(again, NAME, EMAIL, account).residue.is_clean


def test_where_values_come_from_is_told(tmp_path: Path) -> None:
    path = people(
        tmp_path,
        "CREATE TABLE account AS SELECT id, json_object('login', email) AS said FROM person",
    )
    assert "“account.said:$.login” (values of “person.email”)" in refused(path, NAME, EMAIL)


def test_short_values_may_be_kept_on_purpose(tmp_path: Path) -> None:
    path = people(tmp_path, "CREATE TABLE account AS SELECT id, email AS login FROM person")
    made = copied(path, NAME, EMAIL, Rule(Place("account", "login"), Technique.KEEP))
    assert made.residue.is_clean
    assert {each.place.column for each in made.residue.allowed} == {"login"}


def test_towns_of_suppliers_are_no_residue_of_towns_of_people(tmp_path: Path) -> None:
    path = people(tmp_path, "CREATE TABLE supplier AS SELECT DISTINCT city FROM person")
    assert copied(path, NAME, EMAIL, CITY).residue.is_clean


def test_texts_in_which_nobody_is_named_may_stay(tmp_path: Path) -> None:
    path = people(
        tmp_path, "CREATE TABLE note (body)", "INSERT INTO note VALUES ('Nothing to be said about it')"
    )
    assert copied(path, NAME, EMAIL, Rule(Place("note", "body"), Technique.REDACT)).residue.is_clean


def test_a_text_that_is_a_whole_value_of_somebody_goes(tmp_path: Path) -> None:
    path = people(
        tmp_path,
        "CREATE TABLE person_code (person INTEGER, code TEXT)",
        "INSERT INTO person_code SELECT id, 'qx' || (7000 + id) FROM person",
        "CREATE TABLE note (body)",
        "INSERT INTO note VALUES ('QX7003'), ('Nothing to be said about it'), ('zyx quellmann4')",
    )
    policy_path(path).write_text(
        "version: 1\nclassification:\n  tables:\n    person_code:\n      columns:\n        code:\n"
        "          {type: person_number}\n",
        encoding="utf-8",
    )
    code = Rule(Place("person_code", "code"), Technique.MASK)
    made = copied(path, NAME, EMAIL, code, Rule(Place("note", "body"), Technique.REDACT))
    assert made.residue.is_clean
    with open_read(path.with_name("copy.db")) as session:
        assert session.all("SELECT body FROM note ORDER BY body") == [
            ("Nothing to be said about it",),
            ("[name]",),
            ("[removed]",),
        ]


def test_what_is_permitted_to_texts_excuses_no_value_that_leads_to_a_person(tmp_path: Path) -> None:
    path = people(
        tmp_path, "CREATE TABLE note (body)", "INSERT INTO note VALUES ('zyx3@orig.example'), ('Nothing')"
    )
    body = Place("note", "body")
    texts = Searched(body, (Permitted(body, "a text"),), texts=True)
    mails = Searched(Place("person", "email"), (Permitted(Place("person", "email"), "its own"),))
    assert search(path, path, [texts, mails], Context()).is_clean
    found = search(path, path, [texts, replace(mails, leads=True)], Context()).found
    assert [(each.name, each.column, each.values) for each in found] == [("note", "body", 1)]


def test_full_text_and_generated_columns_follow_the_column_they_come_from(tmp_path: Path) -> None:
    path = people(
        tmp_path,
        "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT, loud AS (upper(body)) STORED)",
        "INSERT INTO note (id, body) VALUES (1, 'Nothing to be said about it')",
        "CREATE VIRTUAL TABLE words USING fts5(body, content='note', content_rowid='id')",
        "INSERT INTO words (words) VALUES ('rebuild')",
        "CREATE VIRTUAL TABLE own USING fts5(body)",
        "INSERT INTO own (rowid, body) SELECT id, body FROM note",
    )
    assert copied(path, NAME, EMAIL, Rule(Place("note", "body"), Technique.REDACT)).residue.is_clean


def test_a_copy_can_be_made_of_a_copy(tmp_path: Path) -> None:
    path = people(tmp_path)
    first = tmp_path / "first.db"
    first.touch()
    make(path, first, ReleaseRules("r", (NAME, EMAIL)), KEY, Context())
    assert copied(first, NAME, EMAIL).residue.is_clean


@pytest.mark.parametrize(
    ("more", "rules", "hint"),
    [
        (
            "CREATE TABLE account AS SELECT id, email AS login FROM person",
            (NAME, EMAIL),
            "“keep” where the same",
        ),
        ("CREATE TABLE b (x DEFAULT 'zyx3@orig.example')", (NAME, EMAIL), "change the DEFAULT"),
        (
            "UPDATE person SET name = 'Zyx' WHERE id = 3",
            (
                Rule(
                    NAME.place,
                    Technique.GENERALIZE,
                    {"hierarchy": "prefix", "keep": [3], "kind": "given_name"},
                ),
            ),
            "own rule",
        ),
    ],
    ids=["another column", "schema", "own column"],
)
def test_each_kind_of_place_has_its_own_way_out(
    tmp_path: Path, more: str, rules: tuple[Rule, ...], hint: str
) -> None:
    with pytest.raises(Failure) as raised:
        copied(people(tmp_path, more), *rules)
    said = ("“keep” where the same", "change the DEFAULT", "own rule")
    assert [each for each in said if each in raised.value.hint] == [hint]
    assert raised.value.hint.startswith("The database is unchanged")


def test_remains_of_rows_in_a_page_are_no_defect_where_the_rows_hold_the_value() -> None:
    """SQLite divides pages while it fills them: what remains there are pieces of the file's own rows."""
    gap = Residue(Where.GAP, "c.db", "person", "", 1, 1)
    row = Residue(Where.CELL, "c.db", "person", "note", 2, 1)
    nothing = ResidueReport("c.db", 5, (), (), (), 0, (), ())
    both, alone = (replace(nothing, found=found) for found in ((row, gap), (gap,)))
    searched = (Searched(NAME.place),)
    assert "defect" not in remedies(both, searched)
    assert "pieces of its own rows" in remedies(alone, searched) and "defect" in remedies(alone, searched)
    assert sentence(both) == "Original values were found 3 times: in rows and gaps in pages."
