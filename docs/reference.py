"""Writes docs/cli.md and docs/json.md from the program itself: `make docs`. A test fails when they are not current."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from steward_app.cli.contracts import CONTRACTS
from steward_app.cli.frame import load
from steward_app.cli.main import ENTRIES, app

HERE = Path(__file__).parent

CLI_HEAD = """# The command line

Written by `make docs` from the commands' own help. `steward COMMAND --help` says the same.

Every command that gives a result takes `--json` and then prints exactly one document, described in
[json.md](json.md). Progress goes to the error output and only when that is a terminal. Ctrl+C stops the work; what was
begun is rolled back.

| exit code | means |
|---|---|
| 0 | done |
| 1 | done, and it found what the command exists to find (violations, a damaged copy) |
| 2 | wrong usage |
| 3 | refused: needs a confirmation, the plan is stale, a finding blocks it |
| 4 | failed: the file is locked, damaged, gone, the disk is full; one sentence says which, and what is untouched |
| 70 | a fault in Data Steward; one sentence with the path of the log |
| 130 | stopped |
| 141 | whatever read the output went away, as in `steward ... \\| head` |
"""

JSON_HEAD = """# Documents for scripts

Written by `make docs` from the types that `steward_app/cli/contracts.py` names.

With `--json` a command prints one JSON object, in UTF-8, whose `schema` says which of these it is. When it fails it
prints `steward/error/v1` instead, and the exit code says how ([cli.md](cli.md)). Fields may be added to a `v1`; none is
removed or given another meaning.

* Lists stand under `items`; each item has an `id` that the other commands accept.
* Times are RFC 3339 in UTC with milliseconds. Sizes are bytes, durations seconds.
* Bytes, as in a key that is a BLOB, are `{"base64": "..."}`; the infinities of a REAL are `{"real": "Infinity"}` and
  `{"real": "-Infinity"}`. Integers go up to 64 bits: read them with a parser that keeps them whole.
* Names are exactly those in the file. Hidden characters and half surrogate pairs stand as `\\uXXXX`.
"""


def cli_reference() -> str:
    """All of docs/cli.md."""
    parts = [CLI_HEAD]
    area = ""
    for entry in ENTRIES:
        if entry.area != area:
            area = entry.area
            parts.append(f"\n## {area}\n")
        parts += _command(f"steward {entry.name}", load(entry), level=3)
    parts.append("\n## steward\n")
    parts += _parameters(typer.main.get_command(app))
    return "".join(parts)


def json_reference() -> str:
    """All of docs/json.md."""
    from pydantic import TypeAdapter

    parts, objects = [JSON_HEAD], {}
    for contract in CONTRACTS:
        schema = TypeAdapter(contract.type()).json_schema(mode="serialization")
        objects.update({_name(name): each for name, each in schema.pop("$defs", {}).items()})
        parts.append(f"\n## {contract.schema}\n\n{contract.about}\n\n")
        if contract.many:
            parts.append("Its `items` are objects with these fields.\n\n")
        parts += _fields(schema)
    parts.append("\n# Objects within them\n")
    for name in sorted(objects):
        if "properties" in objects[name] or "enum" in objects[name]:
            parts.append(f"\n## {name}\n\n")
            parts += _fields(objects[name])
    return "".join(parts)


def _command(path: str, command: Any, level: int) -> Iterator[str]:
    yield f"\n{'#' * level} {path}\n\n{_prose(command.help or '')}\n"
    verbs = getattr(command, "commands", None)
    if verbs is None:
        usage = " ".join(piece for param in command.params for piece in _usage(param))
        yield f"\n    {path} {usage}".rstrip() + "\n"
        yield from _parameters(command)
    else:
        for verb in verbs.values():
            yield from _command(f"{path} {verb.name}", verb, level + 1)


def _parameters(command: Any) -> Iterator[str]:
    shown = [param for param in command.params if not getattr(param, "hidden", False)]
    if shown:
        yield "\n| | |\n|---|---|\n"
    for param in shown:
        names = ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))
        if param.param_type_name == "argument":
            names = f"`{param.metavar or param.name.upper()}`"
        default = f" (default: {_default(param.default)})" if _tells_default(param) else ""
        yield f"| {names} | {_cell(param.help or '')}{default} |\n"


def _usage(param: Any) -> Iterator[str]:
    if param.param_type_name == "argument":
        name = param.metavar or param.name.upper()
        yield name if param.required else f"[{name}]"
    elif param.required:
        yield f"{param.opts[0]} {(param.metavar or param.name).upper()}"


def _tells_default(param: Any) -> bool:
    return bool(param.default) and not callable(param.default) and not param.required


def _default(value: Any) -> str:
    return str(getattr(value, "value", value))


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    text, meanings = _docstring(schema.get("description", ""))
    if text:
        yield f"{text}\n\n"
    if "enum" in schema:
        yield "One of " + ", ".join(f"`{value}`" for value in schema["enum"]) + ".\n"
        return
    yield "| field | type | |\n|---|---|---|\n"
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {_type(field)} | {_cell(meanings.get(name, ''))} |\n"


def _docstring(text: str) -> tuple[str, dict[str, str]]:
    """What a class says of itself, and of each of its attributes."""
    prose, _, attributes = text.partition("\n\nAttributes:\n")
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in attributes.splitlines():
        if match := re.match(r"\s{1,4}(\w+(?:, \w+)*): (.*)", line):
            names = match.group(1).split(", ")
            meanings.update(dict.fromkeys(names, match.group(2)))
        elif line.strip():
            for name in names:
                meanings[name] += " " + line.strip()
    return _prose(prose), meanings


def _type(field: dict[str, Any]) -> str:
    match field:
        case {"$ref": ref}:
            name = _name(ref.rpartition("/")[2])
            return "any JSON" if name == "Json" else f"[{name}](#{name.lower()})"
        case {"anyOf": options}:
            return " or ".join(dict.fromkeys(_type(option) for option in options))
        case {"type": "array", "prefixItems": items}:
            return "list of " + ", ".join(_type(item) for item in items)
        case {"type": "array", "items": item}:
            return f"list of {_type(item)}"
        case {"type": "object", "additionalProperties": dict() as value}:
            return f"object of {_type(value)}"
        case {"type": "string", "format": "binary"}:
            return "base64 object"
        case {"const": value} | {"enum": [value]}:
            return f"`{value}`"
        case {"type": name}:
            return str(name)
    return "any JSON"


def _name(definition: str) -> str:
    """pydantic puts the module before a name that two modules use."""
    return definition.rpartition("__")[2] if "__" not in definition.strip("_") else _two_last(definition)


def _two_last(definition: str) -> str:
    *_, module, name = definition.split("__")
    return f"{module}.{name}"


def _prose(text: str) -> str:
    return re.sub(r"[ \t]*\n[ \t]*", "\n", text.strip())


def _cell(text: str) -> str:
    return _prose(text).replace("\n", " ").replace("|", "\\|")


if __name__ == "__main__":
    for name, text in (("cli.md", cli_reference()), ("json.md", json_reference())):
        (HERE / name).write_text(text, encoding="utf-8")
        sys.stderr.write(f"wrote docs/{name}\n")
