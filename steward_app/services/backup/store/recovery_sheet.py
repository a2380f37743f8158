"""The recovery sheet: a page of paper with a private key of the store on it, and what to do with it.

The key is on paper and nowhere else. The one file it is ever written to is the one that the steward names, readable by
its owner alone, to be printed and then deleted.
"""

from __future__ import annotations

import hashlib
import io
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted, visible
from steward_app.services.report import render, render_pdf
from steward_app.storage import sweep, write_whole
from steward_app.storage.age import Identity
from steward_app.storage.objects import parse_url

_GROUP: Final = 4
_GROUPS_A_LINE: Final = 5
_TYPED_CHARACTERS: Final = 80
_START: Final = "AGE-SECRET-KEY-1"


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """What is printed.

    Attributes:
        store_id: "" where the store is not made yet.
        store_name: what the steward calls the store.
        url: where it is, as for `parse_url`: without secrets.
        database_name: name of the database's file.
        identity: the private key; `NewKeys.sheet`.
        signing_key_id: of the machine that signs this database's evidence and ledger; "" leaves it out.
        opens_after: of a key that was let in later: it opens the points made after that moment; RFC 3339, UTC. "" where
            it opens all.
    """

    store_id: str
    store_name: str
    url: str
    database_name: str
    identity: Identity
    signing_key_id: str = ""
    opens_after: str = ""

    @property
    def opens(self) -> str:
        """Which backups the key opens, for people."""
        if not self.opens_after:
            return "every backup in this store"
        return f"every backup made in this store after {clock.shown(self.opens_after)}, and none made before"


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """Where the sheet is, and what must be done with it."""

    path: str
    fingerprint: str
    warning: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: a sentence, and what to type for it ("" for nothing)."""

    text: str
    command: str = ""


def write_sheet(sheet: RecoverySheet, target: Path) -> WrittenSheet:
    """Write the sheet to a file that its owner alone can read: a PDF, or a page for a browser when it ends in `.html`.

    Raises:
        UsageError: the name ends otherwise.
        Refused: something stands there already.
        Failure: it cannot be written.
    """
    match target.suffix.lower():
        case ".pdf":
            data = sheet_pdf(sheet)
        case ".html" | ".htm":
            data = sheet_html(sheet).encode("utf-8")
        case _:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"A recovery sheet is a PDF or an HTML file, and {quoted(target.name)} is neither by its name.",
                hint="Nothing was written. Let the name end in .pdf or .html.",
            )
    sweep(target)  # what a killed process left holds a key
    write_whole(target, data, private=True, overwrite=False)
    warning = (
        "Print the sheet, check that the print can be read, and delete the file: whoever has it can read "
        f"{sheet.opens}. Keep the paper where you keep contracts, away from the computers whose backups it opens."
    )
    return WrittenSheet(str(target), sheet.identity.fingerprint, warning)


def sheet_pdf(sheet: RecoverySheet) -> bytes:
    """The sheet as a PDF of one page."""
    return render_pdf("recovery-sheet.typ", _shown(sheet))


def sheet_html(sheet: RecoverySheet) -> str:
    """The sheet as a page for a browser, to be printed from there."""
    return render("recovery-sheet.html", **_shown(sheet))


def key_lines(identity: Identity) -> tuple[str, ...]:
    """The private key as it is printed: its fixed start, then groups of four letters, five on a line."""
    text = identity.reveal().reveal().removeprefix(_START)
    groups = [text[at : at + _GROUP] for at in range(0, len(text), _GROUP)]
    lines = (groups[at : at + _GROUPS_A_LINE] for at in range(0, len(groups), _GROUPS_A_LINE))
    return (_START, *(" ".join(line) for line in lines))


def check_text(identity: Identity) -> str:
    """What `printf %s KEY | sha256sum` begins with: tells whether what was typed is what is printed."""
    digest = hashlib.sha256(identity.reveal().reveal().encode("ascii")).hexdigest()
    return f"{digest[:4]} {digest[4:8]}"


def _shown(sheet: RecoverySheet) -> dict[str, Any]:
    url = parse_url(sheet.url).url
    return {
        "store_id": sheet.store_id,
        "store_name": visible(sheet.store_name, 80),
        "url": visible(url),
        "database_name": visible(sheet.database_name, 80),
        "day": clock.to_text(clock.now())[:10],
        "signing_key_id": sheet.signing_key_id,
        "public_key": sheet.identity.public_key,
        "key_lines": list(key_lines(sheet.identity)),
        "check": check_text(sheet.identity),
        "opens": sheet.opens,
        "part": bool(sheet.opens_after),
        "qr": _qr(sheet.identity),
        "with_program": [asdict(step) for step in _with_program(url)],
        "without_program": [asdict(step) for step in _WITHOUT_PROGRAM],
    }


def _qr(identity: Identity) -> str:
    """The key as a QR code, an SVG."""
    import segno

    drawn = io.BytesIO()
    code = segno.make(identity.reveal().reveal(), error="q", micro=False)
    code.save(
        drawn, kind="svg", border=4, light="#fff", xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return drawn.getvalue().decode("ascii")


def _with_program(url: str) -> tuple[Step, ...]:
    typed = visible(shlex.quote(url))
    short = len(typed) <= _TYPED_CHARACTERS
    store = typed if short else "STORE"
    return (
        Step(
            "Install Data Steward on any computer that reaches the store. Write the key into a file key.txt, or scan "
            "it; spaces, line breaks and small letters do no harm."
        ),
        Step(
            f"See which points there are.{'' if short else ' STORE is the address above.'}",
            f"steward backup list --store {store}",
        ),
        Step(
            "Restore one to a new file. What is in the store is not changed.",
            f"steward restore file --store {store} --point POINT --key-file key.txt --to restored.db",
        ),
        Step("Delete key.txt."),
    )


_WITHOUT_PROGRAM: Final = (
    Step(
        "Copy the store to a folder STORE on a computer that has age and zstd; both are free and in every system's "
        "packages. Write the key into a file key.txt, on one line, in capitals, without spaces."
    ),
    Step(
        "The name of a file under points/ ends in the id of a point. This script of 60 lines comes with the program's "
        "documentation, where docs/backup-format.md describes every file of the store:",
        "python3 restore_a_point.py STORE POINT restored.db key.txt",
    ),
    Step(
        "A file under plain/ is a whole database, and needs no script:",
        "age -d -i key.txt STORE/plain/FILE.db.zst.age | zstd -d -o restored.db",
    ),
    Step(
        "Files under ledger/ say that people were erased, and name nobody: erase again who was. Delete key.txt."
    ),
)
