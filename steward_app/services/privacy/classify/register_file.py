"""The record of processing as a file: HTML to read and sign, JSON and CSV for other registers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.kernel.values import Row
from steward_app.services.privacy.classify.register import Register, register
from steward_app.services.report import render
from steward_app.services.rows.export_text import text_writer
from steward_app.storage import write_whole

SCHEMA = "steward/privacy-register/v1"
ENDINGS = (".html", ".json", ".csv")
_NOT_STATED = "not stated"
_COLUMNS = (
    *("controller", "contact", "representative", "protection_officer"),
    *("purpose", "legal_basis", "subjects", "data", "law", "level", "recipients", "transfers", "retention"),
    *("measures", "columns"),
)


def write_register(catalog: Catalog, path: Path, target: Path, context: Context) -> Register:
    """Write the record of a database; what it tells.

    Args:
        target: ends in .html, .json or .csv. A file that is there is replaced.

    Raises `UsageError` for another ending, `Failure` when the file cannot be written.
    """
    ending = target.suffix.lower()
    if ending not in (*ENDINGS, ".htm"):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The ending of {quoted(target.name)} does not say what to write.",
            hint="Nothing was written. End the name in .html, .json or .csv.",
        )
    made = register(catalog, path, context)
    context.finishing()
    write_whole(target, _written(made, ending))
    return made


def _written(made: Register, ending: str) -> bytes:
    if ending == ".json":
        return (json.dumps({"schema": SCHEMA, **asdict(made)}, indent=2, ensure_ascii=False) + "\n").encode(
            "utf-8", "replace"
        )
    if ending == ".csv":
        writer = text_writer("csv", _COLUMNS, formula_safe=True)
        return bytes(writer.begin()) + b"".join(map(writer.row, _rows(made))) + bytes(writer.end())
    return render("privacy-register.html", **_shown(made)).encode("utf-8", "replace")


def _rows(made: Register) -> Iterator[Row]:
    """A line for each category of data of each activity; one of whoever is responsible where there is none."""
    who = made.controller
    controller = (who.name, who.contact, who.representative, who.protection_officer)
    measures = " ".join(made.measures)
    if not made.activities:
        yield _line(*controller, *[""] * 7, who.transfers, "", measures, "")
    for activity in made.activities:
        for data in activity.data:
            yield _line(
                *(*controller, activity.purpose, activity.legal_basis, "; ".join(activity.subjects)),
                *(data.title, data.law, data.level, "; ".join(activity.recipients)),
                *(who.transfers, activity.retention, measures, "; ".join(data.columns)),
            )


def _line(*cells: str) -> Row:
    """Names as the eye is to see them: what turns letters around would show others than are there."""
    return tuple(map(visible, cells))


def _shown(made: Register) -> dict[str, Json]:
    who = made.controller
    return {
        "database": visible(made.database),
        "digest": made.digest,
        "controller": [
            ["Controller", _said(who.name)],
            ["Contact", _said(who.contact)],
            ["Representative", _said(who.representative)],
            ["Data protection officer", _said(who.protection_officer)],
            ["Transfers to third countries", _said(who.transfers)],
        ],
        "activities": [
            {
                "purpose": _said(each.purpose),
                "legal_basis": _said(each.legal_basis),
                "retention": _said(each.retention),
                "recipients": _said(", ".join(each.recipients)),
                "subjects": _said(", ".join(each.subjects)),
                "data": [
                    {
                        "title": data.title,
                        "law": data.law,
                        "level": data.level,
                        "columns": [visible(column, 120) for column in data.columns],
                    }
                    for data in each.data
                ],
            }
            for each in made.activities
        ],
        "measures": [visible(each, 1_000) for each in made.measures],
        "missing": list(made.missing),
        "columns": made.columns,
        "undecided": made.undecided,
    }


def _said(text: str) -> str:
    return visible(text, 1_000) if text else _NOT_STATED
