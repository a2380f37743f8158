"""Values of which a kind beside them says what they are: found by kind, taken away whole, and never left untold."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import in_windows_1252
from builders.transforms import checked, released, rule, rules
from steward_app.catalog import open_catalog
from steward_app.db import open_read, open_write
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.classify.decide import decide
from steward_app.services.privacy.classify.model import Statement
from steward_app.services.privacy.discover.kinds_beside import kinds_beside
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.schema import read_schema

GIVEN = ["Rosa", "Heike", "Gisela", "Ute", "Mirko", "Frank", "Jasmin", "Linde", "Uwe"]
FAMILIES = ["Quastenhof", "Wühlisch", "Zwiebler", "Kötter", "Nöthen", "Tüxen", "Hülsbeck"]
V = Place("merkmal", "v")
NAMES = (
    rule("klient", "vorname", "pseudonym", kind="given_name"),
    rule("klient", "name", "pseudonym", kind="family_name"),
)


def passport(number: int) -> str:
    return f"L{number * 7919 % 90 + 10}X{number * 104_729 % 9000 + 1000}K{number % 10}"


def club(n: int) -> str:
    return f"TSV{n * 611_953 % 900_000 + 100_000}"


def database(folder: Path, *, word: str = "ausweis") -> Path:
    """Clients and what is known of each by kind: the number of a passport, a code that no list knows, and more."""
    clients = [(n, GIVEN[n % 9], FAMILIES[n % 7]) for n in range(1, 120)]
    known: list[tuple[SqlValue, ...]] = []
    for n, *_ in clients:
        known += [(n, "schuhgr", str(36 + n % 11)), (n, "sucht", ("Spiel", "Alkohol", "nein")[n % 3])]
        known += [(n, word, passport(n)), (n, "zz9", club(n)), (n, "hobby", f"gern am See Nr. {n % 5}")]
    notes = [(n, n, f"Ausweis {passport(n)} gesehen, alles in Ordnung") for n, *_ in clients]
    return (
        a_database(folder)
        .with_table("klient", "nr INTEGER PRIMARY KEY, vorname TEXT, name TEXT", rows=clients)
        .with_table("merkmal", "nr INT REFERENCES klient, k TEXT, v TEXT, PRIMARY KEY (nr, k)", rows=known)
        .with_table("notiz", "id INTEGER PRIMARY KEY, nr INT REFERENCES klient, text TEXT", rows=notes)
        .build()
    )


def types(path: Path, place: Place = V) -> dict[str, str]:
    with open_read(path) as session, session.snapshot():
        found = kinds_beside(session, read_schema(session), place, packs().headers)
    return dict(found.types) if found else {}


@pytest.mark.parametrize("word", ["ausweis", "passaporte", "Passport No", "numéro de passeport"])
def test_a_kind_tells_by_its_words_and_by_codes(tmp_path: Path, word: str) -> None:
    assert types(database(tmp_path, word=word)) == {word: "passport", "zz9": "person_number"}


def test_a_column_beside_a_trait_of_the_row_is_none(tmp_path: Path) -> None:
    rows = [(n, ("Owner", "Phone", "Street")[n % 3], f"{FAMILIES[n % 7]} {n}") for n in range(99)]
    path = (
        a_database(tmp_path)
        .with_table("c", "id INTEGER PRIMARY KEY, title TEXT, company TEXT", rows=rows)
        .build()
    )
    assert types(path, Place("c", "company")) == {}


def test_the_scan_says_what_stands_beside_kinds(tmp_path: Path) -> None:
    seen = scan(database(tmp_path)).at(V)
    assert seen is not None
    assert any("Passport or identity card" in each.sentence for each in seen.evidence)
    assert not any("ausweis" in each.sentence for each in seen.evidence)


def test_the_proposal_names_the_kinds(tmp_path: Path) -> None:
    path = database(tmp_path)
    with open_catalog() as catalog:
        decide(catalog, path, [Statement(V, {"type": "free_text"})], Context())
        said = propose_rules(catalog, path, "r", Context()).at(V)
    assert said is not None and said.technique is Technique.REDACT
    assert said.options["beside"] == "k"
    assert said.options["types"] == {"ausweis": "passport", "zz9": "person_number"}


def told(path: Path, **options: object) -> dict[str, Finding]:
    said = rules(*NAMES, rule("merkmal", "v", "redact", **options))  # type: ignore[arg-type]
    with open_read(path) as session, session.snapshot():
        return {each.code: each for each in look(session, said, None, b"k" * 32, Context()).findings}


def test_a_rule_that_leaves_them_stops_the_plan(tmp_path: Path) -> None:
    path = database(tmp_path)
    finding = told(path)["kinds_left"]
    assert finding.blocks and finding.count == 2 * 119
    assert finding.detail == "They are: Number of a person, Passport or identity card."
    assert told(path, beside="k", types={"ausweis": "passport"})["kinds_left"].count == 119
    assert "kinds_left" not in told(path, beside="k", types={"ausweis": "passport", "zz9": "person_number"})


def test_they_go_whole_and_from_texts_and_the_others_stay(tmp_path: Path) -> None:
    said = rules(
        *NAMES,
        rule("merkmal", "v", "redact", beside="k", types={"ausweis": "passport", "zz9": "person_number"}),
        rule("notiz", "text", "redact"),
    )
    found, _ = released(database(tmp_path), said)
    by_kind = {
        str(kind): {row[2] for row in found["merkmal"] if row[1] == kind} for _, kind, _ in found["merkmal"]
    }
    assert by_kind["ausweis"] == by_kind["zz9"] == {"[removed]"}
    assert by_kind["sucht"] == {"Spiel", "Alkohol", "nein"} and len(by_kind["schuhgr"]) == 11
    assert {row[2] for row in found["notiz"]} == {"Ausweis [removed] gesehen, alles in Ordnung"}


def test_values_stand_at_a_path(tmp_path: Path) -> None:
    path, place = database(tmp_path), Place("merkmal", "v", "$.value")
    with open_write(path) as session, session.transaction():
        session.run("UPDATE merkmal SET v = json_object('value', v)")
    known = types(path, place)
    assert known == {"ausweis": "passport", "zz9": "person_number"}
    options: dict[str, Json] = {"beside": "k", "types": dict(known)}
    for given, count in (({}, 2 * 119), (options, None)):
        said = rules(*NAMES, rule("merkmal", "v", "redact", "$.value", **given))
        with open_read(path) as session, session.snapshot():
            left = {each.code: each for each in look(session, said, None, b"k" * 32, Context()).findings}
        assert (left["kinds_left"].count if count else left.get("kinds_left")) == count
    found, _ = released(path, rules(*NAMES, rule("merkmal", "v", "redact", "$.value", **options)))
    assert {row[2] for row in found["merkmal"] if row[1] == "zz9"} == {'{"value":"[removed]"}'}


def test_kinds_and_values_in_another_encoding_are_known_as_they_are_read(tmp_path: Path) -> None:
    path = in_windows_1252(database(tmp_path, word="numéro de passeport"))
    known = types(path)
    assert known == {"numéro de passeport": "passport", "zz9": "person_number"}
    assert told(path)["kinds_left"].count == 2 * 119
    assert "kinds_left" not in told(path, beside="k", types=dict(known))


@pytest.mark.parametrize(
    "options",
    [
        {"beside": "k"},
        {"types": {"ausweis": "passport"}},
        {"beside": "nothing", "types": {"ausweis": "passport"}},
        {"beside": "k", "types": {"ausweis": "no such type"}},
        {"beside": "k", "types": ["ausweis"]},
    ],
)
def test_options_that_make_no_sense_are_told(tmp_path: Path, options: dict[str, object]) -> None:
    said = rules(rule("merkmal", "v", "redact", **options))  # type: ignore[arg-type]
    assert any(each.blocks for each in checked(database(tmp_path), said))
