"""What of a table stands in its JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steward_app.services.schema.registry.compare import compare
from steward_app.services.schema.registry.model import Direction

from .forms import form


def column(definition: str, strict: str = "STRICT") -> dict[str, Any]:
    found: dict[str, Any] = form(f"CREATE TABLE t (x {definition}, y TEXT) {strict}")["properties"]["x"]
    return {key: value for key, value in found.items() if key != "x-declared"}


def rules(definition: str, strict: str = "STRICT") -> list[str]:
    found: list[str] = form(f"CREATE TABLE t (x {definition}, y TEXT) {strict}")["x-rules"]
    return found


def test_a_table() -> None:
    found = form(
        "CREATE TABLE visit (id INTEGER PRIMARY KEY, day TEXT NOT NULL, -- local time\n"
        " fee REAL NOT NULL DEFAULT 0, paid INT AS (fee > 0), room TEXT REFERENCES room (id), UNIQUE (day, room))"
        " STRICT",
        "CREATE UNIQUE INDEX once ON visit (room COLLATE NOCASE)",
        "CREATE UNIQUE INDEX open ON visit (day) WHERE fee = 0",
    )
    assert list(found["properties"]) == ["id", "day", "fee", "paid", "room"]
    assert found["required"] == ["day"]
    assert found["additionalProperties"] is False and found["x-strict"] is True
    assert found["properties"]["day"]["description"] == "local time"
    assert found["properties"]["paid"]["readOnly"] is True
    assert found["properties"]["fee"] == {"type": "number", "x-declared": "REAL", "x-default": "0"}
    assert found["x-unique"] == [['"day"', '"room"'], ['"id"'], ['"room" COLLATE NOCASE']]
    assert found["x-rules"] == [
        'REFERENCES "room" ("id") BY ("room")',
        'UNIQUE ("day") WHERE "fee" = 0',
    ]


@pytest.mark.parametrize(
    ("declared", "strict", "said"),
    [
        ("INT", "STRICT", {"type": ["integer", "null"]}),
        ("REAL NOT NULL", "STRICT", {"type": "number"}),
        ("ANY", "STRICT", {"type": ["number", "string", "null"], "x-blob": True}),
        ("BLOB NOT NULL", "STRICT", {"type": "string", "contentEncoding": "base64"}),
        ("VARCHAR(20) NOT NULL", "", {"type": "string"}),
        ("BOOLEAN NOT NULL", "", {"type": "integer"}),
        ("DECIMAL(10,2) NOT NULL", "", {"type": "number"}),
        ("DATETIME NOT NULL", "", {"type": ["number", "string"]}),
        ("NOT NULL", "", {"type": ["number", "string"], "x-blob": True}),
        ("INTEGER PRIMARY KEY", "", {"type": "integer"}),
        ("TEXT PRIMARY KEY", "", {"type": ["string", "null"]}),  # which SQLite takes NULL in
    ],
)
def test_types(declared: str, strict: str, said: dict[str, Any]) -> None:
    assert column(declared, strict) == said


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("INT CHECK (x >= 0 AND x < 10)", {"minimum": 0, "exclusiveMaximum": 10}),
        ("INT CHECK (0 <= x AND (10 > (x)))", {"minimum": 0, "exclusiveMaximum": 10}),
        ('INT CHECK (("x") <= ( -1 ))', {"maximum": -1}),
        ("TEXT CHECK ((length((x))) < (3))", {"maxLength": 2}),
        ("INT CHECK (0 <= x)", {"minimum": 0}),
        ("INT CHECK (x BETWEEN -5 AND 5 AND x > -3)", {"minimum": -5, "maximum": 5, "exclusiveMinimum": -3}),
        ("INT CHECK (x > 1) CHECK (X >= 0.5)", {"exclusiveMinimum": 1, "minimum": 0.5}),
        ("INT CHECK (x IN (1, 2, -3))", {"enum": [1, 2, -3, None]}),
        ("INT CHECK (x IN (1, 2)) CHECK (x IN (2, 3))", {"enum": [2, None]}),
        ("TEXT CHECK (x IN ('a', 'it''s'))", {"enum": ["a", "it's", None]}),
        ("TEXT CHECK (x = 'a')", {"enum": ["a", None]}),
        ("TEXT CHECK (x IS NULL OR x IN ('a'))", {"enum": ["a", None]}),
        ("TEXT CHECK (length(x) <= 5)", {"maxLength": 5}),
        ("TEXT CHECK (length(x) BETWEEN 2 AND 5)", {"minLength": 2, "maxLength": 5}),
        ('TEXT CHECK (3 > length("x"))', {"maxLength": 2}),
        ("TEXT CHECK (length([x]) = 4)", {"minLength": 4, "maxLength": 4}),
        ("TEXT CHECK (x <> '')", {"minLength": 1}),
    ],
)
def test_checks_that_keywords_say(definition: str, said: dict[str, Any]) -> None:
    assert rules(definition) == []
    kind = ["string" if definition.startswith("TEXT") else "integer", "null"]
    assert column(definition) == {"type": kind, **said}


@pytest.mark.parametrize("where", ["NOT NULL", "CHECK (x IS NOT NULL)", "CHECK (x NOTNULL)"])
def test_what_takes_no_null(where: str) -> None:
    found = form(f"CREATE TABLE t (x TEXT {where}) STRICT")
    assert found["required"] == ["x"]
    assert found["properties"]["x"]["type"] == "string"


@pytest.mark.parametrize(
    "definition",
    [
        "TEXT CHECK (x IN ('a', 1))",  # compared as text or as number: SQLite's affinity decides
        "TEXT CHECK (x > 5)",
        "TEXT CHECK (x >= '2020-01-01')",
        "TEXT COLLATE NOCASE CHECK (x IN ('a'))",  # 'A' is taken, too
        "TEXT CHECK (x COLLATE NOCASE IN ('a'))",
        "TEXT CHECK (x IN ('a') OR y = 'b')",
        "TEXT CHECK (x IS NULL OR y = 'b')",
        "TEXT CHECK (x IS NULL OR coalesce(x, 'b') = 'c')",
        "TEXT CHECK (x IS NULL OR x IS NOT NULL)",
        "TEXT CHECK (x NOT IN ('a'))",
        "TEXT CHECK (NOT x = 'a')",
        "TEXT CHECK (x IS 'a')",  # which NULL does not pass
        "TEXT CHECK (x <> 'a')",
        "TEXT CHECK (length(x) <> 5)",
        "TEXT CHECK (length(x) < 0)",
        "TEXT CHECK (x GLOB '[a-z]*')",
        "BLOB CHECK (length(x) <= 5)",  # bytes, not characters of base64
        "ANY CHECK (length(x) <= 5)",
        "INT CHECK (x BETWEEN 1 AND y)",
        "REAL CHECK (x < 9e999)",
        "INT CHECK (CASE WHEN x > 0 AND x < 3 THEN 1 END)",
        "INT CHECK (x > 0 > -1)",
        "INT CHECK (x > 0 = 1)",
        "INT CHECK (-x > 0)",
        "INT CHECK (x IN (1) IN (1))",
        "INT CHECK (x NOT BETWEEN 1 AND 5)",
    ],
)
def test_what_no_keyword_says_stands_as_it_is(definition: str) -> None:
    assert len(rules(definition)) == 1
    bare = definition[: definition.index("CHECK")]
    assert column(definition) == column(bare)


def test_a_rule_is_the_same_however_it_is_written() -> None:
    one = rules("TEXT CHECK (  lower(X)=x /* small */ )")
    assert (
        one == rules('TEXT CONSTRAINT small CHECK (LOWER ( "x" )\n= [x])') == ['CHECK (LOWER ( "x" ) = "x")']
    )


def test_a_rule_on_texts_that_compare_otherwise_is_another() -> None:
    assert rules("TEXT CHECK (x > y)") != rules("TEXT COLLATE NOCASE CHECK (x > y)")
    assert rules("TEXT COLLATE NOCASE CHECK (x IN ('a'))") == ["CHECK (\"x\" COLLATE NOCASE IN ( 'a' ))"]
    assert column("TEXT COLLATE nocase")["x-collation"] == "NOCASE"


def test_a_rule_under_another_collation_keeps_neither_direction() -> None:
    before, after = (
        form(f"CREATE TABLE t (n TEXT COLLATE {each} CHECK (n IN ('x', 'Y'))) STRICT")
        for each in ("NOCASE", "RTRIM")
    )
    said = {(each.direction, each.rule) for each in compare(before, after)}
    assert said == {(Direction.BACKWARD, "check_added"), (Direction.FORWARD, "check_removed")}
    assert not compare(before, form("CREATE TABLE t (n TEXT COLLATE nocase CHECK (N IN('x','Y'))) STRICT"))


def test_hostile_names_and_texts() -> None:
    name = 'a"b\n\u202e<img onerror>'
    quoted = name.replace('"', '""')
    found = form(f'CREATE TABLE "{quoted}" ("{quoted}" TEXT CHECK ("{quoted}" IN (\'=cmd|\')))')
    assert found["title"] == name
    assert found["properties"][name]["enum"] == ["=cmd|", None]
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("n <= 255", "n <= 0xFF"),
        ("n IN (16, -1)", "n IN (0X10, 0xFFFFFFFFFFFFFFFF)"),
        ("n > 1", "n > 0x00001"),
    ],
)
def test_a_number_is_the_same_in_sixteens(one: str, other: str) -> None:
    assert form(f"CREATE TABLE t (n INT CHECK ({one}))") == form(f"CREATE TABLE t (n INT CHECK ({other}))")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("n TEXT UNIQUE", "n TEXT COLLATE NOCASE UNIQUE", {"unique_added"}),
        ("n TEXT COLLATE NOCASE UNIQUE", "n TEXT UNIQUE", {"unique_removed"}),
        ("n TEXT COLLATE RTRIM UNIQUE", "n TEXT COLLATE NOCASE UNIQUE", {"unique_added", "unique_removed"}),
        ('"n COLLATE x" TEXT UNIQUE', '"n COLLATE x" TEXT COLLATE NOCASE UNIQUE', {"unique_added"}),
    ],
)
def test_what_is_unique_under_a_collation_is_unique_byte_by_byte(
    before: str, after: str, said: set[str]
) -> None:
    found = compare(form(f"CREATE TABLE t ({before})"), form(f"CREATE TABLE t ({after})"))
    assert {each.rule for each in found} == said
