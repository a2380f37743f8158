"""`steward privacy classify`, `confirm` and `carry`: what columns are, as the steward decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import Database, one_of
from steward_app.cli.outcome import tell
from steward_app.cli.privacy.check import list_decided
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.cli.output import Printer
    from steward_app.kernel.plan import Json, Plan
    from steward_app.kernel.progress import Context
    from steward_app.kernel.receipt import Receipt
    from steward_app.services.privacy.classify.model import Statement
    from steward_app.services.privacy.discover.model import Scan
    from steward_app.services.privacy.model import Place

_IDENTIFIES = ("direct", "indirect", "none")
_CATEGORIES = ("ordinary", "special", "criminal", "national_number")
_LEVELS = ("public", "internal", "confidential", "restricted")
_ORIGINS = ("provided", "observed", "inferred")
_PLACE = "TABLE.COLUMN, TABLE.COLUMN:$.path in its JSON, or TABLE for the table as a whole."

Places = Annotated[list[str] | None, typer.Argument(metavar="[PLACE...]", help=_PLACE, show_default=False)]


def _text(option: str, told: str, metavar: str = "TEXT") -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(option, metavar=metavar, help=told, show_default=False)
    return found


@app.command()
@wishing
def classify(
    database: Database,
    places: Places = None,
    open_ones: Annotated[
        bool,
        typer.Option(
            "--undecided", help="In place of names: every column that a copy for release waits for."
        ),
    ] = False,
    kind: Annotated[
        str | None, _text("--type", "A type of personal data, as “steward privacy kinds” lists them.", "TYPE")
    ] = None,
    identifies: Annotated[
        str | None, _text("--identifies", "direct (alone), indirect (with others) or none.", "HOW")
    ] = None,
    category: Annotated[
        str | None,
        _text(
            "--category",
            "ordinary, special (Art. 9), criminal (Art. 10) or national_number (Art. 87).",
            "CATEGORY",
        ),
    ] = None,
    level: Annotated[
        str | None, _text("--level", "public, internal, confidential or restricted.", "LEVEL")
    ] = None,
    origin: Annotated[
        str | None, _text("--origin", "provided (by the person), observed or inferred.", "ORIGIN")
    ] = None,
    belongs_to: Annotated[
        list[str] | None,
        _text(
            "--belongs-to",
            "A column of the foreign key that leads to the person; give it once for each.",
            "COLUMN",
        ),
    ] = None,
    purpose: Annotated[str | None, _text("--purpose", "What it is held for.")] = None,
    legal_basis: Annotated[
        str | None, _text("--legal-basis", "Why it may be held: “Art. 6(1)(b), contract”.")
    ] = None,
    retention: Annotated[str | None, _text("--retention", "When it is erased.")] = None,
    recipients: Annotated[
        list[str] | None, _text("--recipient", "Whom it is disclosed to; give it once for each.")
    ] = None,
    subjects: Annotated[
        str | None, _text("--subjects", "Of a table: whom its rows are about: “patients”.")
    ] = None,
    not_personal: Annotated[
        str | None, _text("--not-personal", "It is not linked to a person, because of this.", "REASON")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take back what was decided.")] = False,
    *,
    wish: Wish,
) -> None:
    """Say what columns are: personal, or not linked to a person. It is kept in the policy beside the file.

    What is not named here stays as it was said; "" takes a word back. A type says how it identifies, its category,
    level and origin, unless they are given.
    """
    words: dict[str, Json] = {
        "type": kind,
        "identifies": one_of("--identifies", identifies, _IDENTIFIES) if identifies else identifies,
        "category": one_of("--category", category, _CATEGORIES) if category else category,
        "level": one_of("--level", level, _LEVELS) if level else level,
        "origin": one_of("--origin", origin, _ORIGINS) if origin else origin,
        "belongs_to": _list(belongs_to),
        "purpose": purpose,
        "legal_basis": legal_basis,
        "retention": retention,
        "recipients": _list(recipients),
        "subjects": subjects,
        "not_personal": not_personal,
    }
    told: dict[str, Json] = {word: value for word, value in words.items() if value is not None}
    if bool(told) == withdraw and not wish.kept:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Say what it is, or --withdraw, not both." if told else "Say what it is, or --withdraw.",
            hint="For example --type email, or --not-personal “codes of a public list”.",
        )
    if open_ones == bool(places) and not wish.kept:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "Name the columns, or --undecided.", hint="Nothing was decided."
        )
    asked = [_place(text) for text in places or ()]
    if open_ones and not wish.kept:
        asked = _undecided(database)
        if not asked:
            tell("No column waits for a decision. Nothing was decided.")
            list_decided(database, as_json=wish.as_json)
            return
    _carry_out("privacy.classify", database, _planning(database, asked, told, withdraw=withdraw), wish)


@app.command()
@wishing
def confirm(
    database: Database,
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLACE...]",
            help="TABLE.COLUMN, or TABLE.COLUMN:$.path in its JSON.",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that the scan proposes and nobody decided about.")
    ] = False,
    min_confidence: Annotated[
        float,
        typer.Option(
            "--min-confidence",
            min=0,
            max=100,
            metavar="PERCENT",
            help="Leave out what the scan is less sure of.",
        ),
    ] = 0,
    *,
    wish: Wish,
) -> None:
    """Decide as the last scan proposes. Where there is nothing to confirm, what is decided is listed."""
    if everything == bool(places) and not wish.kept:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"What of {quoted(database.name)} is to be confirmed was not said.",
            hint="Nothing was decided. Name the columns (TABLE.COLUMN), or say --all for everything that the last scan "
            f"proposes. What that is: “steward privacy confirm {database.name} --all --plan”.",
        )
    asked = [_place(text) for text in places or ()] or None

    with keeping(database) as catalog:
        made = None if wish.kept else _planned(catalog, database, asked, min_confidence / 100)
    if made is None and not wish.kept:
        tell(
            f"There is nothing to confirm: all that the last scan of {quoted(database.name)} proposes is decided, or "
            "less sure than was asked for. Nothing was decided."
        )
        list_decided(database, as_json=wish.as_json)
        return
    _carry_out(
        "privacy.classify",
        database,
        lambda *_: cast("Plan", made),
        wish,
        more=lambda out, _: _print_confirmed(out, database, made),
    )


def _print_confirmed(out: Printer, database: Path, plan: Plan | None) -> None:
    """What is decided now, where that stands, and what follows."""
    if plan is not None:
        out.heading("Confirmed, as the last scan proposes")
        statements = cast("list[dict[str, Any]]", plan.request["statements"])
        out.table(
            ("Column", "Type", "Identifies"),
            [
                (
                    str(each["place"]),
                    str(each["said"].get("type", "")),
                    str(each["said"].get("identifies", "")),
                )
                for each in statements
            ],
        )
    waiting = len(_undecided(database))
    out.line()
    out.line(f"The data in {quoted(database.name)} is as it was: decisions stand in the policy beside it.")
    if waiting:
        still, which = ("waits", "it") if waiting == 1 else ("wait", "them")
        out.line(
            f"{plural(waiting, 'column')} still {still} for your decision, and a copy for release with {which}: "
            f"“steward privacy check {database.name}” names {which}."
        )
    else:
        out.line(f"What a copy makes of each column: “steward privacy rules {database.name}”.")


def _planned(
    catalog: Catalog, database: Path, places: Sequence[Place] | None, min_confidence: float
) -> Plan | None:
    from steward_app.services.privacy.classify.decide import plan_confirmation

    scan = _last_scan(catalog, database)
    return work(
        "Looking at what the scan proposes",
        lambda context: plan_confirmation(
            catalog, database, scan, context, places=places, min_confidence=min_confidence
        ),
    )


@app.command()
@wishing
def carry(
    database: Database,
    place: Annotated[
        str,
        typer.Argument(
            metavar="PLACE", help="TABLE.COLUMN or TABLE, by the name it had.", show_default=False
        ),
    ],
    to: Annotated[str, _text("--to", "The name that it has now.", "NAME")],
    *,
    wish: Wish,
) -> None:
    """Carry what the policy says of a column or table over to its new name."""

    def plan(catalog: Catalog, context: Context) -> Plan:
        from steward_app.services.backup import database_id
        from steward_app.services.privacy.classify.carry import Rename, plan_carry

        renames = (Rename(_place(place), to),)
        return plan_carry(database, database_id(catalog, database, context), renames, context)

    _carry_out("privacy.carry", database, plan, wish)


def _undecided(database: Path) -> list[Place]:
    """The columns that nobody can tell and nobody decided about; not those that are gone, or have no name."""
    from steward_app.services.privacy.classify.check import standing
    from steward_app.services.privacy.classify.model import Why

    with keeping(database) as catalog:
        found = work(f"Looking at {database.name}", lambda context: standing(catalog, database, context))
    return [each.place for each in found.waiting if each.why in (Why.UNKNOWN, Why.NEW) and each.place.column]


def _planning(
    database: Path, places: Sequence[Place], words: dict[str, Json], *, withdraw: bool
) -> Callable[[Catalog, Context], Plan]:
    def plan(catalog: Catalog, context: Context) -> Plan:
        from steward_app.services.privacy.classify.decide import plan_decision, plan_withdrawal

        if withdraw:
            return plan_withdrawal(catalog, database, places, context)
        return plan_decision(catalog, database, _statements(database, places, words), context)

    return plan


def _statements(database: Path, places: Sequence[Place], words: dict[str, Json]) -> list[Statement]:
    from steward_app.catalog.policy import read_policy
    from steward_app.services.privacy.classify.decide import of_kind, with_changes

    document = read_policy(database)
    kind = words.get("type")
    changes = {**(of_kind(str(kind)) if kind else {}), **words}
    return [with_changes(document, place, changes) for place in places]


def _carry_out(
    name: str,
    database: Path,
    plan: Callable[[Catalog, Context], Plan],
    wish: Wish,
    *,
    more: Callable[[Printer, Receipt], None] | None = None,
) -> None:
    from steward_app.services.operation import Confirmation
    from steward_app.services.privacy.classify import decide

    with keeping(database) as catalog:
        operation = Operation(
            name,
            database,
            plan=lambda context: plan(catalog, context),
            apply=lambda made, context: decide.carry_out(catalog, made, context, Confirmation.of(made)),
            more=more,
        )
        carry_out(operation, wish)


def _last_scan(catalog: Catalog, database: Path) -> Scan:
    from steward_app.services.privacy.discover.kept import last_scan

    found = last_scan(database, catalog)
    if found is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{quoted(database.name)} was not scanned for personal data yet.",
            hint="Nothing was decided. Scan it first: “steward privacy scan”.",
        )
    return found


def _place(text: str) -> Place:
    from steward_app.services.privacy.classify.model import parse_stated

    try:
        return parse_stated(text)
    except ValueError as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST, f"{quoted(text)} names no column.", hint=f"Write it as {_PLACE}"
        ) from error


def _list(given: list[str] | None) -> list[Json] | None:
    """What a repeated option gave; "" alone takes the word back."""
    return None if given is None else [each for each in given if each]
