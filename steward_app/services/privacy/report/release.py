"""Writes the release report: JSON that is signed, HTML, and PDF that a person signs.

All three say the same. The JSON carries the signature of this machine; HTML and PDF carry the SHA-256 of that document,
so that whoever signs one of them signs what the JSON says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from steward_app import __version__
from steward_app.catalog import Catalog
from steward_app.catalog.keys import canonical, known_signing_key_id, read_signed, signed_json
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.model import Place, place_id
from steward_app.services.privacy.report.model import ReleaseReport
from steward_app.services.privacy.report.shown import shown
from steward_app.services.privacy.report.words import holders, legal_words, not_covered_words
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.utility.model import Figures
from steward_app.services.report import render, render_pdf
from steward_app.storage import write_whole
from steward_app.storage.secrets import open_secrets

FORMAT: Final = "data-steward-release-report/1"
ENDINGS: Final = (".html", ".htm", ".pdf", ".json")


def require_ending(target: Path) -> None:
    """Raise `UsageError` for a name that says neither HTML nor PDF nor JSON."""
    if target.suffix.lower() not in ENDINGS:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"A release report is an HTML, a PDF or a JSON file, and {quoted(target.name)} is none by its name.",
            hint="Nothing was written. Let the name end in .html, .pdf or .json.",
        )


def write_release_report(catalog: Catalog, made: ReleaseReport, target: Path, context: Context) -> str:
    """Write the report in the form that the name asks for; a file that is there is replaced.

    Beside HTML and PDF the signed document is written as well (`signed_beside`): a signature on paper is one under it.

    Returns the SHA-256 of what is signed: the JSON document in canonical form, without its signature. It is the same in
    all three forms.

    Raises `UsageError` for another ending, `Failure` when it cannot be written.
    """
    require_ending(target)
    context.finishing()
    data, digest = rendered(catalog, made, target.suffix.lower())
    signed = signed_beside(target)
    if signed != target:
        write_whole(signed, rendered(catalog, made, ".json")[0])
    write_whole(target, data)
    return digest


def signed_beside(target: Path) -> Path:
    """Where the signed document of a report lies: the report itself, or "report.pdf.json" beside it."""
    return target if target.suffix.lower() == ".json" else target.with_name(f"{target.name}.json")


def rendered(catalog: Catalog, made: ReleaseReport, ending: str) -> tuple[bytes, str]:
    """The bytes of one form, and the SHA-256 of what is signed."""
    secrets = open_secrets(catalog.directory)
    document = report_document(made)
    digest = hashlib.sha256(canonical(document)).hexdigest()
    signed = signed_json(document, secrets)
    if ending == ".json":
        return signed, digest
    _, signature = read_signed(signed, name=made.copy.name)
    assert signature.key_id == known_signing_key_id(secrets)
    values = shown(made, digest, signature.key_id)
    if ending == ".pdf":
        return render_pdf("release-report.typ", values), digest
    return render("release-report.html", **values).encode("utf-8", "replace"), digest


def report_document(made: ReleaseReport) -> dict[str, Json]:
    """The report as JSON. Numbers with a fraction are told as text, so that every language writes them alike."""
    said = _plain(made)
    assert isinstance(said, dict)
    beaten = [attack.id for attack in made.attacks.beaten]
    return {
        "format": FORMAT,
        "holds": made.holds,
        "beaten": [*beaten],
        "to_settle": [*made.to_settle],
        "usefulness_kept": _plain(made.utility.kept),
        "legal": [*legal_words()],
        "not_covered": [*not_covered_words()],
        "holds_original": holders(made.release, made.source.name, made.controller.name),
        **said,
        "application": f"data-steward {__version__}",
    }


def _plain(value: Any) -> Json:
    if isinstance(value, Place):
        return place_id(value)
    if isinstance(value, ReleaseRules):
        return _rules(value)
    if isinstance(value, Figures):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.name != "quantiles"
        }
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _rules(rules: ReleaseRules) -> dict[str, Json]:
    """Without options of techniques and the filter of a subset: values may stand in them. Their hash covers both."""
    subset = rules.subset
    return {
        "name": rules.name,
        "key": rules.key,
        "limits": _plain(rules.limits),
        "table_limits": _plain(rules.table_limits),
        "quasi_identifiers": _plain(rules.quasi_identifiers),
        "sensitive": _plain(rules.sensitive),
        "subset": _plain({"table": subset.table, "fraction": subset.fraction}) if subset else None,
    }
