"""Two JSON Schemas compared: what is known of such comparisons from elsewhere, case by case.

jsoncompat 0.3.1 says the same of each, but for: `pattern` added or changed, which it calls compatible; `if` added,
where it is stricter; a reference that leads nowhere, which it refuses; bytes and the `x-` keywords, which it does not
know.
"""

from __future__ import annotations

from typing import Any

import pytest

from steward_app.services.schema.registry.compare import compare
from steward_app.services.schema.registry.model import Direction

Schema = dict[str, Any]
TEXT, WHOLE, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


def row(properties: Schema, required: tuple[str, ...] = (), *, closed: bool = False, **more: Any) -> Schema:
    found: Schema = {"type": "object", "properties": properties, **more}
    if required:
        found["required"] = list(required)
    return found | ({"additionalProperties": False} if closed else {})


def a(schema: Schema | bool) -> Schema:
    return row({"a": schema})


TREE = {"$defs": {"n": row({"k": {"$ref": "#/$defs/n"}})}, "$ref": "#/$defs/n"}

CASES = {
    "optional property added, open": (a(TEXT), row({"a": TEXT, "b": WHOLE}), {"property_typed"}, set()),
    "optional property added, closed": (
        row({"a": TEXT}, closed=True),
        row({"a": TEXT, "b": WHOLE}, closed=True),
        set(),
        {"property_added"},
    ),
    "required property added, closed": (
        row({"a": TEXT}, closed=True),
        row({"a": TEXT, "b": WHOLE}, ("b",), closed=True),
        {"required_added"},
        {"property_added"},
    ),
    "optional property removed, open": (row({"a": TEXT, "b": WHOLE}), a(TEXT), set(), {"property_untyped"}),
    "optional property removed, closed": (
        row({"a": TEXT, "b": WHOLE}, closed=True),
        row({"a": TEXT}, closed=True),
        {"property_removed"},
        set(),
    ),
    "required property removed, closed": (
        row({"a": TEXT, "b": WHOLE}, ("b",), closed=True),
        row({"a": TEXT}, closed=True),
        {"property_removed"},
        {"required_removed"},
    ),
    "optional to required": (a(TEXT), row({"a": TEXT}, ("a",)), {"required_added"}, set()),
    "required to optional": (row({"a": TEXT}, ("a",)), a(TEXT), set(), {"required_removed"}),
    "nothing required": (row({"a": TEXT}, required=()) | {"required": []}, a(TEXT), set(), set()),
    "integer to number": (a(WHOLE), a(NUMBER), set(), {"type_widened"}),
    "number to integer": (a(NUMBER), a(WHOLE), {"type_narrowed"}, set()),
    "text to integer": (a(TEXT), a(WHOLE), {"type_narrowed"}, {"type_widened"}),
    "text to bytes": (
        a(TEXT),
        a({"type": "string", "contentEncoding": "base64"}),
        {"type_narrowed"},
        {"type_widened"},
    ),
    "any to text": (a({}), a(TEXT), {"type_narrowed", "null_forbidden"}, set()),
    "null added": (a(TEXT), a({"type": ["string", "null"]}), set(), {"null_allowed"}),
    "null removed": (a({"type": ["string", "null"]}), a(TEXT), {"null_forbidden"}, set()),
    "values added": (a({"enum": ["x"]}), a({"enum": ["x", "y"]}), set(), {"values_added"}),
    "values removed": (a({"enum": ["x", "y"]}), a({"enum": ["x"]}), {"values_removed"}, set()),
    "values that keep within": (a({"enum": ["x"]}), a(TEXT), set(), {"values_added"}),
    "values that do not": (
        a({"enum": ["x", "long"]}),
        a({"type": "string", "maxLength": 3}),
        {"values_removed"},
        {"values_added"},
    ),
    "a list of values begins": (a(TEXT), a({"type": "string", "enum": ["x"]}), {"values_removed"}, set()),
    "const to any": (a({"const": 1}), a(WHOLE), set(), {"values_added"}),
    "one and 1.0": (a({"const": 1}), a({"const": 1.0}), set(), set()),
    "one and true": (a({"const": 1}), a({"const": True}), {"values_removed"}, {"values_added"}),
    "longer texts": (
        a({"type": "string", "maxLength": 5}),
        a({"type": "string", "maxLength": 9}),
        set(),
        {"bound_loosened"},
    ),
    "minimum raised": (
        a({"type": "integer", "minimum": 0}),
        a({"type": "integer", "minimum": 5}),
        {"bound_tightened"},
        set(),
    ),
    "more than 4 is 5 and more": (
        a({"type": "integer", "exclusiveMinimum": 4}),
        a({"type": "integer", "minimum": 5}),
        set(),
        set(),
    ),
    "more than 4 is not 5 and more of numbers": (
        a({"type": "number", "exclusiveMinimum": 4}),
        a({"type": "number", "minimum": 5}),
        {"bound_tightened"},
        set(),
    ),
    "less than 5 is 4 and less": (
        a({"type": "integer", "exclusiveMaximum": 5}),
        a({"type": "integer", "maximum": 4}),
        set(),
        set(),
    ),
    "a bound of what it is not": (a(TEXT), a({"type": "string", "minimum": 5}), set(), set()),
    "multiples": (
        a({"type": "integer", "multipleOf": 6}),
        a({"type": "integer", "multipleOf": 3}),
        set(),
        {"bound_loosened"},
    ),
    "pattern added": (a(TEXT), a({"type": "string", "pattern": "^[a-z]+$"}), {"constraint_added"}, set()),
    "pattern changed": (
        a({"type": "string", "pattern": "^a"}),
        a({"type": "string", "pattern": "^b"}),
        {"constraint_added"},
        {"constraint_removed"},
    ),
    "format is a remark": (a(TEXT), a({"type": "string", "format": "date"}), set(), set()),
    "model closed": (a(TEXT), row({"a": TEXT}, closed=True), {"model_closed"}, set()),
    "model opened": (row({"a": TEXT}, closed=True), a(TEXT), set(), {"model_opened"}),
    "the same by reference": ({"$defs": {"x": TEXT}, **a({"$ref": "#/$defs/x"})}, a(TEXT), set(), set()),
    "another by reference": (
        {"$defs": {"x": WHOLE}, **a({"$ref": "#/$defs/x"})},
        a(TEXT),
        {"type_narrowed"},
        {"type_widened"},
    ),
    "a reference that leads nowhere": (
        a(TEXT),
        a({"$ref": "other.json"}),
        {"constraint_added"},
        {"type_widened", "null_allowed"},
    ),
    "a tree": (TREE, TREE, set(), set()),
    "a tree for anything": ({"type": "object"}, TREE, {"property_typed"}, set()),
    "first items": (
        {"type": "array", "prefixItems": [TEXT]},
        {"type": "array", "prefixItems": [WHOLE]},
        {"type_narrowed"},
        {"type_widened"},
    ),
    "one more first item": (
        {"type": "array", "items": TEXT},
        {"type": "array", "prefixItems": [TEXT], "items": TEXT},
        set(),
        set(),
    ),
    "fewer items": ({"type": "array"}, {"type": "array", "maxItems": 3}, {"bound_tightened"}, set()),
    "one property needs another": (
        a(TEXT),
        row({"a": TEXT}, dependentRequired={"a": ["b"]}),
        {"required_added"},
        set(),
    ),
    "one needs another that is always there": (
        row({"a": TEXT, "b": TEXT}, ("b",)),
        row({"a": TEXT, "b": TEXT}, ("b",), dependentRequired={"a": ["b"]}),
        set(),
        set(),
    ),
    "if and then": (
        a(TEXT),
        row({"a": TEXT}, **{"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
        {"constraint_added"},
        set(),
    ),
    "nothing is taken": (a(TEXT), a(False), {"type_narrowed"}, set()),
    "computed": (a(TEXT), a({"type": "string", "readOnly": True}), {"read_only_added"}, set()),
    "kept to its types": (row({}), row({}, **{"x-strict": True}), {"strict_added"}, set()),
    "once only": (row({}), row({}, **{"x-unique": [["a"]]}), {"unique_added"}, set()),
    "once only, which follows": (
        row({}, **{"x-unique": [["a"]]}),
        row({}, **{"x-unique": [["a", "b"]]}),
        set(),
        {"unique_removed"},
    ),
    "a rule that is spelt otherwise": (
        row({}, **{"x-rules": ['CHECK ("a" != 2)', "CHECK (\"b\" == '!=')"]}),
        row({}, **{"x-rules": ['CHECK ("a" <> 2)', "CHECK (\"b\" = '!=')"]}),
        set(),
        set(),
    ),
    "a rule about another sign": (
        row({}, **{"x-rules": ["CHECK (\"a\" <> '!=')"]}),
        row({}, **{"x-rules": ["CHECK (\"a\" <> '<>')"]}),
        {"check_added"},
        {"check_removed"},
    ),
    "rules of other kinds": (
        row({}, **{"x-rules": ["CHECK (a)", "REFERENCES b"]}),
        row({}, **{"x-rules": ["CHECK (a)", "CHECK (c)"]}),
        {"check_added"},
        {"reference_removed"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_breaks_and_in_which_direction(case: str) -> None:
    old, new, backward, forward = CASES[case]
    found = compare(old, new)
    for direction, wanted in ((Direction.BACKWARD, backward), (Direction.FORWARD, forward)):
        assert {each.rule for each in found if each.direction is direction} == wanted, found


@pytest.mark.parametrize("case", CASES)
def test_the_other_way_round_is_the_mirror(case: str) -> None:
    old, new, _, _ = CASES[case]
    there = {(each.path, each.direction) for each in compare(old, new)}
    back = {(each.path, each.direction) for each in compare(new, old)}
    turned = {Direction.BACKWARD: Direction.FORWARD, Direction.FORWARD: Direction.BACKWARD}
    assert back == {(path, turned[direction]) for path, direction in there}


@pytest.mark.parametrize("case", CASES)
def test_a_schema_understands_itself(case: str) -> None:
    for schema in CASES[case][:2]:
        assert compare(schema, schema) == ()


def test_each_says_where_and_why() -> None:
    old = row({"a/b": WHOLE, "c": {"type": ["integer", "null"], "minimum": 1}}, closed=True)
    new = row({"a/b": TEXT, "c": {"type": "integer", "minimum": 3}}, ("c",), closed=True)
    said = {each.path: each.message for each in compare(old, new) if each.direction is Direction.BACKWARD}
    assert said == {
        "/properties/a~1b/type": "“a/b” takes no whole numbers any more, and rows from before may not fit",
        "/properties/c/type": "“c” takes no NULL any more, and rows from before may not fit",
        "/properties/c/minimum": "“c” is held to at least 3 now, and rows from before may not fit",
        "/required": "“c” must be given now, and rows from before may lack it",
    }
