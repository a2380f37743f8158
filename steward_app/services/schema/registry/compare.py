"""Two JSON Schemas: whether what is valid under the one is valid under the other, and if not, why and where.

Read are the keywords that say something of one value (types, enum and const, bounds, lengths, objects and arrays, local
$ref); any other (pattern, not, if, anyOf, ...) must be the same on both sides or missing on the side that reads.
So what is found compatible is; what is found incompatible may, behind such a keyword, be compatible all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from steward_app.db.tokens import significant, tokenize
from steward_app.kernel.text import quoted, visible
from steward_app.services.schema.registry.limits import bounds
from steward_app.services.schema.registry.model import Direction, Incompatibility
from steward_app.services.schema.registry.values import finite, kinds, takes
from steward_app.services.schema.registry.wording import Rule

_Schema = Mapping[str, Any]
_WHOLE: Final = (
    *(
        "pattern",
        "not",
        "if",
        "then",
        "else",
        "allOf",
        "anyOf",
        "oneOf",
        "contains",
        "minContains",
        "maxContains",
    ),
    *("patternProperties", "propertyNames", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems"),
    *("uniqueItems", "dependencies", "$dynamicRef"),
)
_NAMES: Final = {
    "integer": "whole numbers",
    "number": "numbers with a fraction",
    "string": "text",
    "bytes": "BLOBs",
    "boolean": "true and false",
    "array": "lists",
    "object": "objects",
}
_BOTH: Final = (_NAMES["integer"], _NAMES["number"])
_SIGNS: Final = {"!=": "<>", "==": "="}
_RULES: Final = {"CHECK": Rule.CHECK, "UNIQUE": Rule.UNIQUE, "REFERENCES": Rule.REFERENCE, "TEXT": Rule.TEXT}
_SHOWN: Final = 5


def compare(old: _Schema, new: _Schema) -> tuple[Incompatibility, ...]:
    """Every reason why the two do not understand each other: backward first, then forward."""
    backward = _Side(Direction.BACKWARD, reader_root=new, writer_root=old)
    forward = _Side(Direction.FORWARD, reader_root=old, writer_root=new)
    return tuple(
        dict.fromkeys(
            [*backward.problems(new, old, "", "the row"), *forward.problems(old, new, "", "the row")]
        )
    )


def removed() -> tuple[Incompatibility, ...]:
    """What a table that is gone comes to."""
    return tuple(_said(direction, Rule.TABLE, "", "the table") for direction in Direction)


def _said(direction: Direction, rule: Rule, path: str, what: str, more: str = "") -> Incompatibility:
    words = rule.value
    if direction is Direction.BACKWARD:
        return Incompatibility(path, words.backward, direction, words.narrowed.format(what=what, more=more))
    return Incompatibility(path, words.forward, direction, words.widened.format(what=what, more=more))


@dataclass(slots=True)
class _Side:
    """One direction: what the writer's schema allows and the reader's refuses."""

    direction: Direction
    reader_root: _Schema
    writer_root: _Schema
    seen: set[tuple[str, str]] = field(default_factory=set)

    def problems(self, reader: Any, writer: Any, path: str, what: str) -> Iterator[Incompatibility]:
        """Of one place in the two schemas, `what` it is for a person."""
        if any(isinstance(each, Mapping) and "$ref" in each for each in (reader, writer)):
            place = (_canonical(reader), _canonical(writer))
            if place in self.seen:
                return
            self.seen.add(place)
        read, written = _resolved(reader, self.reader_root), _resolved(writer, self.writer_root)
        if written is False or read is True:
            return
        if read is False:
            yield self._say(Rule.TYPE, path, what, "values")
            return
        read, written = ({} if each is True else each for each in (read, written))
        yield from self._values(read, written, path, what)
        shared = kinds(read) & kinds(written)
        if "object" in shared:
            yield from self._object(read, written, path, what)
        if "array" in shared:
            yield from self._array(read, written, path, what)
        yield from self._marks(read, written, path, what)

    def _say(self, rule: Rule, path: str, what: str, more: str = "") -> Incompatibility:
        return _said(self.direction, rule, path, what, more)

    def _values(self, read: _Schema, written: _Schema, path: str, what: str) -> Iterator[Incompatibility]:
        """Kinds, lists of values, bounds, and what is compared as a whole."""
        missing = kinds(written) - kinds(read)
        if "number" in kinds(read):
            missing -= {"integer"}
        listed = finite(written)
        if listed is not None:
            refused = [value for value in listed if not takes(read, value)]
            if None in refused and "null" in missing:
                yield self._say(Rule.NULL, f"{path}/type", what)
                refused = [value for value in refused if value is not None]
            if refused:
                yield self._say(Rule.VALUES, f"{path}/enum", what, _shown(refused))
        else:
            if "null" in missing:
                yield self._say(Rule.NULL, f"{path}/type", what)
            if missing - {"null"}:
                yield self._say(Rule.TYPE, f"{path}/type", what, _named(missing - {"null"}))
            yield from self._limits(read, written, path, what)
        for keyword in _WHOLE:
            if keyword in read and (keyword not in written or not _same(read[keyword], written[keyword])):
                yield self._say(Rule.CONSTRAINT, f"{path}/{keyword}", what, quoted(keyword))

    def _limits(self, read: _Schema, written: _Schema, path: str, what: str) -> Iterator[Incompatibility]:
        allowed = finite(read)
        if allowed is not None and (kinds(read) & kinds(written)) - {"null"}:
            yield self._say(Rule.VALUES, f"{path}/enum", what, "other values")
            return
        for keyword, told in bounds(read, written):
            yield self._say(Rule.BOUND, f"{path}/{keyword}", what, told)
        factor, before = read.get("multipleOf"), written.get("multipleOf")
        numeric = {"integer", "number"} & kinds(read) & kinds(written)
        if factor and numeric and (not before or before % factor):
            yield self._say(Rule.BOUND, f"{path}/multipleOf", what, f"multiples of {factor}")

    def _object(self, read: _Schema, written: _Schema, path: str, what: str) -> Iterator[Incompatibility]:
        mine, theirs = read.get("properties", {}), written.get("properties", {})
        others, rest = read.get("additionalProperties", True), written.get("additionalProperties", True)
        for name in theirs:
            place, named = f"{path}/properties/{_escaped(name)}", quoted(name)
            if name in mine:
                yield from self.problems(mine[name], theirs[name], place, named)
            elif others is False:
                if theirs[name] is not False:
                    yield self._say(Rule.PROPERTY, place, named)
            else:
                yield from self.problems(others, theirs[name], place, named)
        for name in mine:
            if name not in theirs and rest is not False:
                place = f"{path}/properties/{_escaped(name)}"
                if any(True for _ in self._apart(mine[name], rest)):
                    yield self._say(Rule.TYPED, place, quoted(name))
        if others is False and rest is not False:
            yield self._say(Rule.CLOSED, f"{path}/additionalProperties", what)
        elif rest is not False:
            yield from self.problems(others, rest, f"{path}/additionalProperties", what)
        yield from self._needed(read, written, path)

    def _apart(self, read: Any, written: Any) -> Iterator[Incompatibility]:
        """As `problems`, where nothing is said of it: what it sees is not remembered."""
        side = _Side(self.direction, self.reader_root, self.writer_root, set(self.seen))
        return side.problems(read, written, "", "")

    def _needed(self, read: _Schema, written: _Schema, path: str) -> Iterator[Incompatibility]:
        given = set(written.get("required", ()))
        for name in read.get("required", ()):
            if name not in given:
                yield self._say(Rule.REQUIRED, f"{path}/required", quoted(name))
        theirs = written.get("dependentRequired", {})
        closed = written.get("additionalProperties", True) is False
        for name, names in read.get("dependentRequired", {}).items():
            if closed and name not in written.get("properties", {}):
                continue
            for each in names:
                if each not in given and each not in theirs.get(name, ()):
                    place = f"{path}/dependentRequired/{_escaped(name)}"
                    yield self._say(Rule.REQUIRED, place, f"{quoted(each)} beside {quoted(name)}")

    def _array(self, read: _Schema, written: _Schema, path: str, what: str) -> Iterator[Incompatibility]:
        mine, theirs = read.get("prefixItems", ()), written.get("prefixItems", ())
        rest, others = read.get("items", True), written.get("items", True)
        for at in range(max(len(mine), len(theirs))):
            one = mine[at] if at < len(mine) else rest
            other = theirs[at] if at < len(theirs) else others
            yield from self.problems(one, other, f"{path}/prefixItems/{at}", f"item {at + 1} of {what}")
        yield from self.problems(rest, others, f"{path}/items", f"each item of {what}")

    def _marks(self, read: _Schema, written: _Schema, path: str, what: str) -> Iterator[Incompatibility]:
        """What a table says beyond JSON Schema."""
        table = "the table" if not path else what
        if read.get("readOnly") and not written.get("readOnly"):
            yield self._say(Rule.READ_ONLY, f"{path}/readOnly", what)
        if read.get("x-strict") and not written.get("x-strict"):
            yield self._say(Rule.STRICT, f"{path}/x-strict", table)
        for columns in read.get("x-unique", ()):
            if not any(_makes_unique(each, columns) for each in written.get("x-unique", ())):
                yield self._say(Rule.UNIQUE, f"{path}/x-unique", table, visible(", ".join(columns), 200))
        kept = {_evenly(rule) for rule in written.get("x-rules", ())}
        for rule in read.get("x-rules", ()):
            if _evenly(rule) not in kept:
                kind = _RULES.get(rule.split(" ", 1)[0], Rule.CONSTRAINT)
                said = Rule.CHECK if kind is Rule.UNIQUE else kind
                yield self._say(said, f"{path}/x-rules", table, visible(rule, 200))


def _evenly(rule: str) -> str:
    """A rule with one sign for what SQLite writes with two."""
    return " ".join(_SIGNS.get(token.text, token.text) for token in significant(tokenize(rule)))


def _makes_unique(written: Iterable[str], read: Iterable[str]) -> bool:
    """Whether rows that differ in the terms of the writer differ in those of the reader, too.

    What differs under a collation differs as bytes all the more.
    """
    there = set(read)
    return all(term in there or term.rpartition(" COLLATE ")[0] in there for term in written)


def _resolved(schema: Any, root: _Schema) -> Any:
    """A schema with its local $ref followed; one that leads nowhere stands for nothing that can be compared."""
    followed = 0
    while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str) and followed < 100:
        found = _at(root, schema["$ref"])
        if found is None:
            return {
                **{key: value for key, value in schema.items() if key != "$ref"},
                "$dynamicRef": schema["$ref"],
            }
        beside = {key: value for key, value in schema.items() if key not in ("$ref", "$defs", "$schema")}
        schema = {**found, **beside} if isinstance(found, Mapping) and found is not schema else found
        followed += 1
    return schema


def _at(root: _Schema, pointer: str) -> Any:
    if pointer != "#" and not pointer.startswith("#/"):
        return None
    found: Any = root
    for part in pointer[2:].split("/") if pointer != "#" else ():
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return found if isinstance(found, (Mapping, bool)) else None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _same(one: Any, other: Any) -> bool:
    return _canonical(one) == _canonical(other)


def _named(missing: Set[str]) -> str:
    names = dict.fromkeys(_NAMES[kind] for kind in sorted(missing))
    if {"integer", "number"} <= missing:
        names = {"numbers": None} | {name: None for name in names if name not in _BOTH}
    return " or ".join(names)


def _shown(values: list[Any]) -> str:
    shown = ", ".join(quoted(each) if isinstance(each, str) else json.dumps(each) for each in values[:_SHOWN])
    return f"{shown} and {len(values) - _SHOWN} more" if len(values) > _SHOWN else shown
