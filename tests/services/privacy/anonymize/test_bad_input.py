"""Databases as they should not be: the copy holds, or it is refused; the original is untouched to the byte."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.odd_files import named_in_latin_1, tampered
from steward_app.catalog import open_catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.db.names import quote
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.report.known import recomputing_with
from steward_app.services.privacy.risk import Question, measure
from steward_app.services.privacy.transform.policy import release_rules

PEOPLE = [("Ada Winterfeld", "zyx1@orig.example"), ("Ben Moorbach", "zyx2@orig.example"), (None, None)]
KEEP = "{technique: keep}"
NAME, MAIL = (
    "{technique: pseudonym, options: {kind: person_name}}",
    "{technique: pseudonym, options: {kind: email}}",
)


def with_rules(path: Path, tables: dict[str, dict[str, str]]) -> Path:
    lines = ["version: 1", "releases:", "  odd:", "    tables:"]
    for table, columns in tables.items():
        lines.append(f"      {_key(table)}:")
        lines += [f"        {_key(column)}: {rule}" for column, rule in columns.items()]
    policy_path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _key(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def released(path: Path) -> Path:
    """Make a copy; the database stays as it is, and no original is left."""
    before, target = path.read_bytes(), path.with_name("copy.db")
    with open_catalog() as catalog:
        plan = copy.plan_copy(catalog, path, target, Context(), rules="odd")
        copy.make_copy(catalog, plan, Context())
    assert path.read_bytes() == before
    assert b"orig.example" not in target.read_bytes()
    return target


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        assert session.all("PRAGMA integrity_check") == [("ok",)]
        return session.all(sql)


@pytest.mark.parametrize(
    "names",
    [
        ("order", "group", "select"),
        ('a "quoted" name', "it's", "`b`"),
        ("[x]", "a.b", "$.c"),
        ("rowid", "oid", "_rowid_"),
        ("new", "old", "excluded"),
        ("straße\u202e", "=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>"),
        ("a{b}", "{0}", "%s {x!r}"),
    ],
    ids=["words", "quotes", "brackets", "row numbers", "of triggers", "hostile", "braces"],
)
def test_names_that_are_words_or_worse(tmp_path: Path, names: Sequence[str]) -> None:
    table, name, mail = names
    declared = f"{quote(name)} TEXT, {quote(mail)} TEXT UNIQUE"
    path = a_database(tmp_path).with_table(table, declared, rows=PEOPLE).build()
    target = released(with_rules(path, {table: {name: NAME, mail: MAIL}}))
    found = rows(target, f"SELECT {quote(name)}, {quote(mail)} FROM {quote(table)}")
    assert len(found) == len(PEOPLE)
    assert not {str(cell) for row in found for cell in row if cell} & {str(c) for row in PEOPLE for c in row}
    seen = scan(path).at(Place(table, mail))
    assert seen is not None and seen.kind == "email"
    assert measure(path, Question(table, (name,)), Context()).k == 1


def test_columns_that_hide_every_name_of_the_row_number(tmp_path: Path) -> None:
    declared = "rowid TEXT, oid TEXT, _rowid_ TEXT, email TEXT"
    people = [("x", "y", f"z{n % 3}", f"zyx{n}@orig.example") for n in range(50)]
    path = a_database(tmp_path).with_table("t", declared, rows=people).build()
    target = released(
        with_rules(path, {"t": {**dict.fromkeys(("rowid", "oid", "_rowid_"), KEEP), "email": MAIL}})
    )
    assert rows(target, "SELECT rowid, oid, _rowid_, count(*) FROM t GROUP BY 3 ORDER BY 3") == [
        ("x", "y", "z0", 17),
        ("x", "y", "z1", 17),
        ("x", "y", "z2", 16),
    ]


def test_no_primary_key_and_the_same_row_many_times(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "email, note", rows=[("zyx@orig.example", "n")] * 40).build()
    target = released(with_rules(path, {"t": {"email": MAIL, "note": KEEP}}))
    assert rows(target, "SELECT count(*), count(DISTINCT email) FROM t") == [(40, 1)]


def test_values_of_every_type_in_one_column(tmp_path: Path) -> None:
    values = [  # numbers so long that no made-up one is another's by chance
        ("zyx@orig.example",),
        (b"zyx@orig.example",),
        (7_000_000_019,),
        (-(2**63),),
        (1_234_567.25,),
        (float("inf"),),
        ("",),
        ("a\0zyx@orig.example",),
        (None,),
    ]
    path = a_database(tmp_path).with_table("t", "email", rows=values).build()
    target = released(with_rules(path, {"t": {"email": MAIL}}))
    found = [row[0] for row in rows(target, "SELECT email FROM t")]
    assert len(found) == len(values)
    assert found.count(None) == 1
    assert not {7_000_000_019, 1_234_567.25, -(2**63)} & set(found)


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (email TEXT, note TEXT)",
            "INSERT INTO t VALUES (CAST(x'7a79ff40' || 'orig.example' AS TEXT), CAST(x'41ff' AS TEXT))",
            "INSERT INTO t VALUES (CAST(x'7a79fe40' || 'orig.example' AS TEXT), 'Call Ada')",
        )
        .build()
    )
    target = released(with_rules(path, {"t": {"email": MAIL, "note": KEEP}}))
    assert rows(target, "SELECT count(DISTINCT email) FROM t") == [(2,)]
    assert rows(target, "SELECT count(*) FROM t WHERE hex(note) = '41FF'") == [(1,)]


def test_a_thousand_columns(tmp_path: Path) -> None:
    columns = [f"c{n}" for n in range(1000)]
    people = [
        tuple(f"zyx{row}c{n}@orig.example" if n % 10 == 9 else n for n in range(1000)) for row in range(3)
    ]
    path = a_database(tmp_path).with_table("wide", ", ".join(columns), rows=people).build()
    rules = {column: MAIL if column.endswith("9") else KEEP for column in columns}
    target = released(with_rules(path, {"wide": rules}))
    assert rows(target, "SELECT count(DISTINCT c9), count(DISTINCT c999), min(c0), max(c998) FROM wide") == [
        (3, 3, 0, 998)
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 't'",
        "UPDATE sqlite_schema SET rootpage = 1 WHERE name = 't'",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (one)' WHERE name = 't'",
        "UPDATE sqlite_schema SET sql = 'no statement' WHERE name = 't'",
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 't') WHERE name = 'u'",
        "INSERT INTO sqlite_schema VALUES ('table', 't', 't', 2, 'CREATE TABLE t (email, note)')",
        "UPDATE sqlite_schema SET name = 'sqlite_t', tbl_name = 'sqlite_t' WHERE name = 't'",
    ],
    ids=["beyond the end", "the schema", "fewer columns", "no statement", "twice", "same name", "of SQLite"],
)
def test_a_tampered_schema_is_refused_or_copied_rightly(tmp_path: Path, change: str) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "email, note", rows=[("zyx@orig.example", "n")])
        .with_table("u", "email, note", rows=[("wvu@orig.example", "m")])
        .build()
    )
    rule = {"email": MAIL, "note": KEEP}
    with_rules(tampered(path, change), {"t": rule, "u": rule})
    before = path.read_bytes()
    try:
        released(path)
    except StewardError:
        assert [each for each in tmp_path.iterdir() if "copy" in each.name or ".part" in each.name] == []
    assert path.read_bytes() == before


def test_names_that_are_not_utf_8_are_refused_or_copied(tmp_path: Path) -> None:
    path = with_rules(named_in_latin_1(tmp_path / "odd.db"), {"plain": {"note": "{technique: remove}"}})
    before = path.read_bytes()
    try:
        released(path)
    except StewardError:
        assert [each for each in tmp_path.iterdir() if "copy" in each.name or ".part" in each.name] == []
    assert path.read_bytes() == before


def test_the_target_is_the_database_itself_or_in_no_folder(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "email", rows=[("zyx@orig.example",)]).build()
    with_rules(path, {"t": {"email": MAIL}})
    (tmp_path / "link.db").symlink_to(path)
    before = path.read_bytes()
    for target in (path, tmp_path / "link.db", tmp_path / "none" / "copy.db", tmp_path):
        with open_catalog() as catalog, pytest.raises(StewardError):
            plan = copy.plan_copy(catalog, path, target, Context(), rules="odd")
            copy.make_copy(catalog, plan, Context())
    assert path.read_bytes() == before


def test_text_that_is_not_utf_8_keeps_apart_under_a_unique_rule(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (email TEXT UNIQUE)",
            *(
                f"INSERT INTO t VALUES (CAST(x'7a79{n:02x}40' || 'orig.example' AS TEXT))"
                for n in range(128, 192)
            ),
        )
        .build()
    )
    with_rules(path, {"t": {"email": MAIL}})
    before = path.read_bytes()
    assert rows(released(path), "SELECT count(DISTINCT email) FROM t") == [(64,)]
    assert path.read_bytes() == before
    with recomputing_with(path, release_rules(path, "odd"), b"k" * 32, Context()) as made:
        keys = made("t", ("email",))  # as an attack makes them again
        assert keys is not None
        assert len(set(keys)) == 64


@pytest.mark.parametrize("technique", ["mask", "token", "microaggregate", "shuffle", "redact"])
def test_bytes_of_another_encoding_go_with_the_letters(tmp_path: Path, technique: str) -> None:
    """M<fc>ller is a name in Latin-1: what a technique leaves of it holds no letter of it."""
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (name TEXT)",
            *(f"INSERT INTO t VALUES (CAST(x'5a78fc{n:02x}6d616e6e' AS TEXT))" for n in range(0xC0, 0xC8)),
        )
        .build()
    )
    target = released(with_rules(path, {"t": {"name": f"{{technique: {technique}}}"}}))
    found = [bytes.fromhex(str(value)) for (value,) in rows(target, "SELECT hex(name) FROM t")]
    assert len(found) == 8
    assert not any(b"\xfc" in value for value in found)
    if technique == "token":
        assert len(set(found)) == 8


@pytest.mark.parametrize("unique", ["", "UNIQUE"])
def test_bytes_of_another_encoding_are_permuted_as_letters_are(tmp_path: Path, unique: str) -> None:
    """M<fc>ller and M<f6>ller are two persons; “Z<c3><bc>” that is whole is a third, and none becomes another."""
    names = [b"Z%cmann" % odd for odd in range(128, 256)] + ["Züman".encode(), b"Z\xc3\xc3man"]
    path = (
        a_database(tmp_path)
        .with_sql(
            f"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT {unique})",
            *(f"INSERT INTO t (name) VALUES (CAST(x'{name.hex()}' AS TEXT))" for name in names),
        )
        .build()
    )
    target = released(with_rules(path, {"t": {"id": KEEP, "name": "{technique: permute}"}}))
    found = [
        (bytes.fromhex(str(value)), kind)
        for value, kind in rows(target, "SELECT hex(name), typeof(name) FROM t ORDER BY rowid")
    ]
    assert len(set(found)) == len(names)
    assert {kind for _, kind in found} == {"text"}
    for before, (after, _) in zip(names, found, strict=True):
        assert after != before
        assert len(after) == len(before)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_persons_are_known_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = (
        a_database(tmp_path)
        .with_pragma(f"encoding = '{encoding}'")
        .with_table(
            "t",
            "name TEXT, note TEXT",
            rows=[("Wilhelmine Quellmann", "Wilhelmine Quellmann rang"), ("Zara Ottfeld", "nobody")],
        )
        .build()
    )
    name = "{technique: pseudonym, options: {kind: person_name}}"
    target = released(with_rules(path, {"t": {"name": name, "note": "{technique: redact}"}}))
    assert rows(target, "SELECT note FROM t ORDER BY 1") == [("[name] rang",), ("nobody",)]


@pytest.mark.parametrize("module", ["fts4", "fts5"])
def test_a_full_text_table_with_texts_of_another_encoding(tmp_path: Path, module: str) -> None:
    names = [f"Jörg Quärström{n}" for n in range(8)]
    cells = [(f"Frau {name} rief an".encode("latin-1").hex(), name.encode("latin-1").hex()) for name in names]
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE person (name TEXT)",
            f"CREATE VIRTUAL TABLE note USING {module}(text, by)",
            *(f"INSERT INTO person VALUES (CAST(x'{name}' AS TEXT))" for _, name in cells),
            *(f"INSERT INTO note VALUES (CAST(x'{text}' AS TEXT), CAST(x'c4' AS TEXT))" for text, _ in cells),
        )
        .build()
    )
    target = released(
        with_rules(path, {"person": {"name": NAME}, "note": {"text": "{technique: redact}", "by": KEEP}})
    )
    assert rows(target, "SELECT text, hex(by) FROM note") == [("Frau [name] rief an", "C4")] * 8
    ran = steward("privacy", "residue", target, "--of", path, "--rules", "odd")
    assert ran.code == 0, ran.out


def test_a_database_in_another_encoding_goes_the_whole_way(tmp_path: Path) -> None:
    """Its letters are bytes that are no UTF-8, in keys, names, notes and JSON, in the names of its members, too."""
    given, family = ("Jürgen", "Käthe", "Zoë", "Paul"), ("Quärström", "Weißenzwick", "Vogelquast")
    latin = "CAST(x'{}' AS TEXT)".format
    people = []
    for n in range(60):
        name = f"{given[n % 4]} {family[n % 3]}"
        form = {"größe": 150 + n, "nächste": name, "töchter": [{"käme": f"zyx{n}@orig.example"}]}
        told = json.dumps(form, ensure_ascii=False)
        texts = (f"Ä-{n:04}", name, f"zyx{n}.ö@orig.example", f"030 {9_000_000 + 37 * n}", told)
        cells = ", ".join(latin(text.encode("latin-1").hex()) for text in texts)
        note = latin(f"Frau {name} rief an: 030 {9_000_000 + 37 * n}".encode("latin-1").hex())
        code = latin(texts[0].encode("latin-1").hex())
        people.append(f"INSERT INTO person VALUES ({cells})")
        people.append(f"INSERT INTO visit(person, note) VALUES ({code}, {note})")
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE person (code TEXT PRIMARY KEY, name TEXT, email TEXT UNIQUE, phone TEXT, form TEXT)"
            " WITHOUT ROWID",
            "CREATE TABLE visit (id INTEGER PRIMARY KEY, person TEXT REFERENCES person(code), note TEXT)",
            *people,
        )
        .build()
    )
    before, target, part = path.read_bytes(), tmp_path / "copy.db", tmp_path / "part.db"
    assert steward("privacy", "scan", path).code in (0, 1)
    for made in (
        ("anonymize", path, "--to", target, "--yes"),
        ("anonymize", path, "--to", part, "--yes", "--table", "person", "--fraction", "0.4"),
        ("residue", target, "--of", path),
        ("utility", target, "--of", path),
        ("risk", target, "visit", "--by", "note"),
    ):
        ran = steward("privacy", *made)
        assert ran.code == 0, (made, ran.out, ran.err)
    assert steward("privacy", "attack", target, "--of", path, "--against", part).code in (0, 1)
    assert rows(part, "SELECT count(*) FROM person") == [(24,)]
    joined = "SELECT count(*) FROM visit JOIN person ON person.code = visit.person"
    assert rows(target, joined) == [(60,)]
    notes = b"".join(bytes(note) for (note,) in rows(target, "SELECT CAST(note AS BLOB) FROM visit"))
    assert notes.count(b"rief an: [phone]") == 60
    forms = b"".join(bytes(form) for (form,) in rows(target, "SELECT CAST(form AS BLOB) FROM person"))
    assert all(
        forms.count(f'"{key}"'.encode("latin-1")) == 60 for key in ("größe", "nächste", "töchter", "käme")
    )
    gone = [each.encode(codec) for each in family for codec in ("latin-1", "utf-8")]
    assert not any(each in notes + forms for each in gone)
    assert path.read_bytes() == before
    assert b"orig.example" not in target.read_bytes()
