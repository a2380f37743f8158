"""`steward privacy keys`: the keys of pseudonyms."""

from __future__ import annotations

from typing import Annotated

import typer

from steward_app.cli.confirm import require_name
from steward_app.cli.frame import group
from steward_app.cli.options import AsJson, Typed
from steward_app.cli.output import Printer, show
from steward_app.cli.privacy.group import app
from steward_app.kernel.text import plural, quoted

keys = group("The keys of pseudonyms: list them, or destroy one for good.")
app.add_typer(keys, name="keys")


@keys.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List the keys of pseudonyms. The keys themselves are never shown, and cannot be exported."""
    from steward_app.catalog import open_catalog
    from steward_app.services.privacy.anonymize.keys import list_keys

    with open_catalog() as catalog:
        found = list_keys(catalog)

    def human(out: Printer) -> None:
        if not found:
            out.line("There is no key of pseudonyms yet. The first copy that needs one makes it.")
            return
        out.table(
            ("name", "of", "state", "made", "destroyed", "copies"),
            [
                (
                    *(each.title, each.database, each.state.value, each.made_at[:10], each.destroyed_at[:10]),
                    each.releases,
                )
                for each in found
            ],
        )

    show("privacy-keys", found, as_json=as_json, human=human)


@keys.command("destroy")
def destroy(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="The key, as the list shows it, or its id.", show_default=False),
    ],
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="WHY", help="Why, for the record.", show_default=False),
    ] = "",
    typed: Typed = "",
    as_json: AsJson = False,
) -> None:
    """Destroy a key for good: its pseudonyms can be neither made again nor turned back, by anybody.

    That it was destroyed is recorded, and its name is never used again. The copies made with it stay as they are.
    Attack them before: without the key it may not be known which row is whose.
    """
    from steward_app.catalog import open_catalog
    from steward_app.services.privacy.anonymize.keys import destroy_key, find_key

    with open_catalog() as catalog:
        key = find_key(catalog, name)
        require_name(key.name if typed == key.name else key.title, typed, as_json=as_json)
        gone = destroy_key(catalog, key.id, reason=reason, typed=key.name)

    def human(out: Printer) -> None:
        copies = plural(gone.releases, "copy was", "copies were")
        out.line(f"The key {quoted(gone.title)} is destroyed. {copies} made with it.")

    show("privacy-keys", (gone,), as_json=as_json, human=human)
