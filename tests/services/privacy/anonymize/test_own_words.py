"""Tables of keys and values: what is proposed for the values beside each key, and what the copy then has."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import pytest

from builders import a_database
from builders.transforms import released
from steward_app.catalog import open_catalog
from steward_app.db import open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.classify.decide import decide
from steward_app.services.privacy.classify.model import Statement
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule

GIVEN: Final = ["Heike", "Gisela", "Mirko", "Frank", "Jasmin", "Linde", "Uwe", "Petra", "Jonas"]
FAMILIES: Final = ["Quastenhof", "Wühlisch", "Zwiebler", "Kötter", "Nöthen", "Tüxen", "Hülsbeck"]
PEOPLE: Final = 120
WORDPRESS: Final = ("users", "user_id", "meta_key", "meta_value")


def mail(n: int) -> str:
    return f"{FAMILIES[n % 7].lower()}{n}@web.test"


def born(n: int) -> str:
    return f"{1941 + n * 7 % 58}-{n * 5 % 12 + 1:02}-{n * 11 % 28 + 1:02}"


def known_of(n: int) -> dict[str, SqlValue]:
    return {
        "first_name": GIVEN[n % 9],
        "last_name": FAMILIES[n % 7],
        "billing_email": mail(n),
        "birthday": born(n),
        "_qty": str(n % 4 + 1),
        "last_login": str(1_700_000_000 + n * 5_003),
        "locale": ("de_DE", "de_AT")[n % 2],
        "referred_by_user": str(n * 37 % PEOPLE + 1),
        "note": f"{GIVEN[n % 9]} {FAMILIES[n % 7]} ruft wieder an",
    }


def database(
    folder: Path, names: tuple[str, str, str, str] = WORDPRESS, keys: dict[str, str] | None = None
) -> Path:
    """Customers, and what is known of each by key; `keys` calls some of the keys otherwise."""
    table, reference, key, value = names
    people = [(n, mail(n), f"{GIVEN[n % 9]} {FAMILIES[n % 7]}") for n in range(1, PEOPLE + 1)]
    rows: list[Row] = [
        (None, n, (keys or {}).get(word, word), said)
        for n, *_ in people
        for word, said in known_of(n).items()
    ]
    random.Random(3).shuffle(rows)
    return (
        a_database(folder)
        .with_table(table, "ID INTEGER PRIMARY KEY, user_email TEXT, display_name TEXT", rows=people)
        .with_table(
            "known",
            f"id INTEGER PRIMARY KEY, {reference} INTEGER NOT NULL REFERENCES {table}, {key} TEXT, {value} TEXT",
            rows=rows,
        )
        .build()
    )


def proposed(path: Path) -> ReleaseRules:
    with open_catalog() as catalog:
        return propose_rules(catalog, path, "r", Context())


def options_of(rule: Rule | None) -> dict[str, Any]:
    assert rule is not None and rule.technique is Technique.REDACT
    return dict(rule.options)


@pytest.mark.parametrize(
    "names",
    [
        WORDPRESS,
        ("kunden", "kunde", "schluessel", "wert"),
        ("customer", "customer_id", "attribute", "value"),
        ("customer", "customer_id", "code", "filling"),
    ],
)
def test_each_key_is_judged_as_a_column_that_is_called_so(
    tmp_path: Path, names: tuple[str, str, str, str]
) -> None:
    said = options_of(proposed(database(tmp_path, names)).at(Place("known", names[3])))
    parts = {word: (each["technique"], each.get("options", {})) for word, each in said["rules"].items()}
    assert said["beside"] == names[2]
    assert parts["first_name"] == ("pseudonym", {"kind": "given_name"})
    assert parts["last_name"] == ("pseudonym", {"kind": "family_name"})
    assert parts["billing_email"] == ("pseudonym", {"kind": "email"})
    assert parts["birthday"] == ("generalize", {"kind": "birth_date", "hierarchy": "dates", "level": "year"})
    assert parts["_qty"] == ("keep", {})
    assert parts["last_login"] == ("shift", {"kind": "person_date", "person": names[1]})
    assert parts["referred_by_user"][0] == "permute"
    assert not parts.keys() & {"note", "locale"}
    assert (
        said["types"].keys()
        == {"first_name", "last_name", "billing_email", "referred_by_user"} & said["types"].keys()
    )
    assert said["types"]["billing_email"] == "email"


def test_the_copy_has_quantities_years_of_birth_and_the_same_addresses(tmp_path: Path) -> None:
    path = database(tmp_path)
    found, _ = released(path, proposed(path))
    mails = {number: address for number, address, _ in found["users"]}
    before, after = originals(path), found["known"]
    of: dict[str, list[tuple[SqlValue, SqlValue, SqlValue]]] = {}
    for (_, _, word, old), (_, whose, _, new) in zip(before, after, strict=True):
        of.setdefault(str(word), []).append((old, whose, new))
    assert all(old == new for old, _, new in (*of["_qty"], *of["locale"]))
    assert all(str(old)[:4] == new for old, _, new in of["birthday"])
    assert all(new == mails[whose] for _, whose, new in of["billing_email"])
    assert all(int(str(new)) in mails for *_, new in of["referred_by_user"])
    assert all(old != new and str(new).isdigit() for old, _, new in of["last_login"])
    assert {new for *_, new in of["note"]} == {"[name] ruft wieder an"}


def originals(path: Path) -> list[Row]:
    with open_read(path) as session:
        return session.all("SELECT * FROM known")


def test_a_plan_by_the_proposal_is_not_stopped(tmp_path: Path) -> None:
    path = database(tmp_path)
    with open_read(path) as session, session.snapshot():
        found = look(session, proposed(path), scan(path), b"k" * 32, Context()).findings
    assert [each.title for each in found if each.blocks] == []


def test_a_copy_by_the_proposal_holds_no_original(tmp_path: Path) -> None:
    path, new = database(tmp_path), tmp_path / "copy.db"
    with open_catalog() as catalog:
        scan(path, Context(), catalog=catalog)
        copy.make_copy(catalog, copy.plan_copy(catalog, path, new, Context()), Context())
    with open_read(new) as session:
        years = session.all("SELECT DISTINCT length(meta_value) FROM known WHERE meta_key = 'birthday'")
    assert years == [(4,)]


def test_codes_that_nobody_can_tell_become_tokens(tmp_path: Path) -> None:
    path = database(tmp_path)
    with open_write(path) as session, session.transaction():
        session.run(
            "UPDATE known SET meta_key = 'zq', meta_value = 'K' || (user_id * 7919) || 'x/' || user_id"
            " WHERE meta_key = 'note'"
        )
    said = options_of(proposed(path).at(Place("known", "meta_value")))
    assert said["rules"]["zq"]["technique"] == "token" and said["types"]["zq"] == "person_number"
    with open_read(path) as session, session.snapshot():
        found = look(session, proposed(path), scan(path), b"k" * 32, Context()).findings
    (told,) = (each for each in found if each.code == "unknown_becomes_tokens")
    assert told.detail == "“known.meta_value” beside “zq”"


def test_the_keys_may_stand_in_a_table_of_their_own(tmp_path: Path) -> None:
    path = database(tmp_path)
    with open_write(path) as session, session.transaction():
        session.run(
            "CREATE TABLE eav_attribute (attribute_id INTEGER PRIMARY KEY, attribute_code TEXT, type TEXT)"
        )
        session.run("INSERT INTO eav_attribute SELECT DISTINCT NULL, meta_key, 'text' FROM known")
        session.run(
            "CREATE TABLE entity_text (id INTEGER PRIMARY KEY, entity INT REFERENCES users,"
            " attribute_id INT REFERENCES eav_attribute, value TEXT)"
        )
        session.run(
            "INSERT INTO entity_text SELECT id, user_id, attribute_id, meta_value FROM known"
            " JOIN eav_attribute ON attribute_code = meta_key"
        )
        session.run("DROP TABLE known")
        numbers = {
            str(code): str(n)
            for n, code in session.all("SELECT attribute_id, attribute_code FROM eav_attribute")
        }
    rules = proposed(path)
    said = options_of(rules.at(Place("entity_text", "value")))
    assert said["beside"] == "attribute_id"
    born = said["rules"][numbers["birthday"]]
    assert born["technique"] == "generalize" and born["options"]["why"] == "birthday"
    assert said["types"][numbers["billing_email"]] == "email"
    found, _ = released(path, rules)
    years = {row[3] for row in found["entity_text"] if str(row[2]) == numbers["birthday"]}
    assert years and all(len(str(year)) == 4 for year in years)
    quantities = {row[3] for row in found["entity_text"] if str(row[2]) == numbers["_qty"]}
    assert quantities == {"1", "2", "3", "4"}


def test_texts_with_births_that_stand_beside_a_key_lose_days(tmp_path: Path) -> None:
    path = database(tmp_path)
    with open_write(path) as session, session.transaction():
        session.run("CREATE TABLE letter (id INTEGER PRIMARY KEY, body TEXT)")
        session.run(
            "INSERT INTO letter SELECT NULL, 'born on ' || meta_value || ', as the form says' FROM known"
            " WHERE meta_key = 'birthday'"
        )
    with open_catalog() as catalog:
        decide(catalog, path, [Statement(Place("letter", "body"), {"type": "free_text"})], Context())
    assert options_of(proposed(path).at(Place("letter", "body"))).get("dates") is True


def test_what_the_steward_said_of_the_column_stays(tmp_path: Path) -> None:
    path, place = database(tmp_path), Place("known", "meta_value")
    with open_catalog() as catalog:
        decide(catalog, path, [Statement(place, {"type": "secret"})], Context())
    rule = proposed(path).at(place)
    assert rule is not None and rule.technique is Technique.REMOVE


def test_a_column_of_one_sort_is_no_table_of_keys(tmp_path: Path) -> None:
    rows = [(n, ("open", "closed", "new")[n % 3], f"{GIVEN[n % 9]} {FAMILIES[n % 7]}") for n in range(1, 99)]
    path = (
        a_database(tmp_path)
        .with_table("customer", "id INTEGER PRIMARY KEY, state TEXT, name TEXT", rows=rows)
        .build()
    )
    rule = proposed(path).at(Place("customer", "name"))
    assert rule is not None and rule.technique is Technique.PSEUDONYM
