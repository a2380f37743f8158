"""Which values a JSON Schema takes, one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from steward_app.services.schema.registry.limits import within

ALL: Final = frozenset({"integer", "number", "string", "bytes", "boolean", "array", "object", "null"})


def kinds(schema: Mapping[str, Any]) -> frozenset[str]:
    """The kinds of values: JSON's types, and "bytes" for a text that is base64."""
    said = schema.get("type")
    if said is None:
        return ALL
    found = {said} if isinstance(said, str) else set(said)
    if "number" in found:
        found.add("integer")
    if "string" in found and schema.get("contentEncoding") == "base64":
        found = (found - {"string"}) | {"bytes"}
    elif schema.get("x-blob"):
        found.add("bytes")
    return frozenset(found)


def finite(schema: Mapping[str, Any]) -> list[Any] | None:
    """The values a schema lists, those that its type refuses left out; None where it lists none."""
    if "const" in schema:
        listed = [schema["const"]]
    elif "enum" in schema:
        listed = list(schema["enum"])
    else:
        return None
    plain = {key: value for key, value in schema.items() if key not in ("const", "enum")}
    return [value for value in listed if takes(plain, value)]


def takes(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a value has a kind that fits, is listed where values are, and keeps within the bounds."""
    if not kind_of(value) & kinds(schema):
        return False
    for listed in (schema.get("enum"), [schema["const"]] if "const" in schema else None):
        if listed is not None and _key(value) not in map(_key, listed):
            return False
    return within(schema, value)


def kind_of(value: Any) -> frozenset[str]:
    """The kinds a value of JSON may be of: a text may stand for bytes."""
    match value:
        case None:
            return frozenset({"null"})
        case bool():
            return frozenset({"boolean"})
        case int():
            return frozenset({"integer"})
        case float():
            return frozenset({"integer" if value.is_integer() else "number"})
        case str():
            return frozenset({"string", "bytes"})
        case list():
            return frozenset({"array"})
    return frozenset({"object"})


def _key(value: Any) -> str:
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    return json.dumps(plain, sort_keys=True)
