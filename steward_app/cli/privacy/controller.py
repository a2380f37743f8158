"""`steward privacy controller`: who is responsible, as the record of processing names them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import Database
from steward_app.cli.output import Printer, show
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work

_TITLES = {
    "name": "Controller",
    "contact": "Contact",
    "representative": "Representative",
    "protection_officer": "Data protection officer",
    "transfers": "Transfers to third countries",
    "security": "Security in general",
}


@dataclass(frozen=True, slots=True)
class ControllerStated:
    """Who is responsible, in the words of the policy."""

    name: str
    contact: str
    representative: str
    protection_officer: str
    transfers: str
    security: str


def _text(option: str, told: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(option, metavar="TEXT", help=told, show_default=False)
    return found


@app.command()
@wishing
def controller(
    database: Database,
    name: Annotated[str | None, _text("--name", "Who decides what the data are used for.")] = None,
    contact: Annotated[str | None, _text("--contact", "How to reach them.")] = None,
    representative: Annotated[
        str | None, _text("--representative", "Their representative in the Union, where they have one.")
    ] = None,
    protection_officer: Annotated[
        str | None, _text("--protection-officer", "The data protection officer.")
    ] = None,
    transfers: Annotated[
        str | None, _text("--transfers", "Third countries that data go to, and the safeguards; or “none”.")
    ] = None,
    security: Annotated[
        str | None, _text("--security", "Measures of security in general, beside those the program knows of.")
    ] = None,
    *,
    wish: Wish,
) -> None:
    """Say who is responsible, for the record of processing. Without a word to say, what is said is shown.

    What is not named here stays as it was said; "" takes a word back. It is kept in the policy beside the file.
    """
    from steward_app.services.operation import Confirmation
    from steward_app.services.privacy.classify import decide
    from steward_app.services.privacy.classify.decided import of_database
    from steward_app.services.privacy.classify.responsible import plan_controller

    given = {
        "name": name,
        "contact": contact,
        "representative": representative,
        "protection_officer": protection_officer,
        "transfers": transfers,
        "security": security,
    }
    words = {word: value for word, value in given.items() if value is not None}

    if not words and not wish.kept:
        said = work("Reading the policy", lambda context: of_database(database, context).controller)
        stated = ControllerStated(**asdict(said))
        rows = [(_TITLES[word], text or "not stated") for word, text in asdict(stated).items()]

        def human(out: Printer) -> None:
            out.table(("", ""), rows)

        show("privacy-controller", stated, as_json=wish.as_json, human=human)
        return
    with keeping(database) as catalog:
        operation = Operation(
            "privacy.controller",
            database,
            plan=lambda context: plan_controller(catalog, database, words, context),
            apply=lambda made, context: decide.carry_out(catalog, made, context, Confirmation.of(made)),
        )
        carry_out(operation, wish)
