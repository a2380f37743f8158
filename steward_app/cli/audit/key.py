"""`steward audit key`: the key that signs seals, and its recovery."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.frame import group
from steward_app.cli.options import AsJson, must_be_free
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.audit.seals.key_recovery import KeyFile

key = group("The key of this computer that signs seals and receipts, and its recovery.")
app.add_typer(key, name="key")

PassphraseFile = Annotated[
    Path,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="A file whose first line is the passphrase of the recovery.",
        show_default=False,
        readable=False,
    ),
]


@dataclass(frozen=True, slots=True)
class AuditKeyDocument:
    """The key that signs seals; never the key itself.

    Attributes:
        key_id: its fingerprint, as seals and receipts name it; "" as long as nothing was signed.
        exported_at: when its recovery was written last; "" where it never was.
        path: the recovery file that was written or read; "" for `show`.
    """

    key_id: str
    exported_at: str
    path: str


@key.command("show")
def show_key(as_json: AsJson = False) -> None:
    """Show the fingerprint of the key, and when its recovery was written."""
    _show(work("Looking at the key", lambda context: _document("")), as_json)


@key.command("export")
def export(
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FILE", help="Where to write it.", show_default=False, readable=False),
    ],
    passphrase_file: PassphraseFile,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the recovery of the key to a file that the passphrase opens, to be kept away from the databases.

    Whoever has it and the passphrase can sign as this computer does.
    """
    must_be_free(to, force)

    def call(context: Context) -> KeyFile:
        from steward_app.catalog import open_catalog
        from steward_app.services.audit.seals.key_recovery import export_key
        from steward_app.storage.secrets import read_passphrase

        with open_catalog() as catalog:
            return export_key(catalog, to, read_passphrase(passphrase_file))

    _show(_document(work("Writing the recovery of the key", call).path), as_json)


@key.command("import")
def take(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The recovery that was written.", show_default=False, readable=False
        ),
    ],
    passphrase_file: PassphraseFile,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Even where this computer has signed with another key, which it forgets."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign with the key in a recovery file from now on."""

    def call(context: Context) -> KeyFile:
        from steward_app.catalog import open_catalog
        from steward_app.services.audit.seals.key_recovery import import_key
        from steward_app.storage.secrets import read_passphrase

        with open_catalog() as catalog:
            return import_key(catalog, file, read_passphrase(passphrase_file), replace=replace)

    _show(_document(work("Reading the recovery of the key", call).path), as_json)


def _document(path: str) -> AuditKeyDocument:
    from steward_app.catalog import open_catalog
    from steward_app.services.audit.seals.key_recovery import signing_key

    with open_catalog() as catalog:
        found = signing_key(catalog)
    return AuditKeyDocument(found.key_id, found.exported_at, path)


def _show(document: AuditKeyDocument, as_json: bool) -> None:
    show("audit-key", document, as_json=as_json, human=lambda out: _print(out, document))


def _print(out: Printer, found: AuditKeyDocument) -> None:
    from steward_app.kernel import clock

    if found.path:
        out.line(f"{quoted(found.path, 200)} is the recovery of the key {found.key_id}.")
        return
    if not found.key_id:
        out.line("This computer has no signing key yet. The first seal makes one.")
        return
    out.facts(
        [
            ("key", found.key_id),
            ("recovery written", clock.shown(found.exported_at) if found.exported_at else "never"),
        ]
    )
