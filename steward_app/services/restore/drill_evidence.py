"""The evidence of a drill: a signed JSON document for machines, a PDF for people.

Both lie in the data directory, under `evidence/`; the journal keeps the signed one, too, and its hash.
docs/drills.md tells what is in it, and docs/keys.md how a stranger verifies the signature.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from blake3 import blake3

from steward_app import __version__
from steward_app.catalog import Catalog, keys
from steward_app.kernel.plan import Json
from steward_app.kernel.text import size, visible
from steward_app.services.backup.drills import Drill
from steward_app.services.report import render_pdf
from steward_app.storage import private_directory, process, write_whole
from steward_app.storage.local import sweep_folder
from steward_app.storage.secrets import open_secrets

FORMAT = "data-steward-drill/1"
_LEFT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the signed document lies, what it says, and BLAKE3 over its bytes. The PDF lies beside it."""

    path: Path
    signed: str
    hash: str

    @property
    def pdf(self) -> Path:
        return self.path.with_suffix(".pdf")


def write_evidence(catalog: Catalog, database: Path, drill: Drill, store: str) -> Evidence:
    """Write both documents. Raises `Failure` when the disk or the signing key is in the way.

    Args:
        store: what the steward calls the place the point came from.
    """
    document = _document(database, drill, store)
    folder = private_directory(catalog.directory / "evidence")
    sweep_folder(folder, untouched_seconds=_LEFT_SECONDS)
    signed = keys.signed_json(document, open_secrets(catalog.directory))
    path = folder / f"{drill.id}.json"
    write_whole(path, signed, private=True)
    digest = blake3(signed).hexdigest()
    _, signature = keys.read_signed(signed, name=path.name)
    shown = document | {
        "size": size(drill.size_bytes),
        "hash": digest,
        "key_id": signature.key_id,
        "signed_file": path.name,
    }
    write_whole(path.with_suffix(".pdf"), render_pdf("drill.typ", shown), private=True)
    return Evidence(path, signed.decode("ascii"), digest)


def _document(database: Path, drill: Drill, store: str) -> dict[str, Json]:
    """Numbers with a fraction are told as text, so that every language writes them alike."""
    return {
        "format": FORMAT,
        "id": drill.id,
        "at": drill.at,
        "passed": drill.passed,
        "sentence": visible(drill.sentence),
        "database": visible(database.name),
        "database_id": drill.database_id,
        "point": drill.point,
        "point_made_at": drill.point_made_at,
        "store": visible(store),
        "store_id": drill.store_id,
        "rto_seconds": f"{drill.rto_seconds:.3f}",
        "rpo_seconds": f"{drill.rpo_seconds:.3f}",
        "size_bytes": drill.size_bytes,
        "tables": drill.tables,
        "rows": drill.rows,
        "checks": [cast("dict[str, Json]", asdict(check)) for check in drill.checks],
        "machine": visible(process.host()),
        "user": visible(process.user()),
        "application": f"data-steward {__version__}",
    }
