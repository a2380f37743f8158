"""`steward journal set-aside`: a catalog that cannot be read is put out of the way, and a new one is made."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.cli.options import AsJson
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted


@dataclass(frozen=True, slots=True)
class CatalogSetAside:
    """A catalog that could not be read, put out of the way.

    Attributes:
        folder: where it lies now, with all that lay beside it.
        next: what to do now, in words.
    """

    folder: str
    next: str


def set_aside(as_json: AsJson = False) -> None:
    """Put a catalog that cannot be read into a folder of its own and make a new one; one that can be read stays.

    The catalog holds the journal, and what is known of restore points and stores. Nothing of it is deleted.
    """

    def call(context: Context) -> CatalogSetAside:
        from steward_app.catalog.set_aside import AFTERWARDS, set_aside

        return CatalogSetAside(str(set_aside()), AFTERWARDS)

    done = work("Setting the catalog aside", call)
    show("catalog-set-aside", done, as_json=as_json, human=lambda out: _print(out, done))


def _print(out: Printer, done: CatalogSetAside) -> None:
    out.line(f"The catalog is in {quoted(done.folder, 200)}, and a new one was made.")
    out.line(done.next)
