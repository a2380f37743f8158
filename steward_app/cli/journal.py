"""`steward journal`: what was done with a database, by whom, with which plan and which result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.contracts import Produced
from steward_app.cli.frame import group
from steward_app.cli.options import AsJson, Database, must_be_free, one_of
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.set_aside import set_aside
from steward_app.cli.undo import undo
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted, size

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.catalog.chain import Verification
    from steward_app.catalog.journal import Event

app = group("What was done with a database, by whom, with which plan and which result.")
app.command("undo")(undo)
app.command("set-aside")(set_aside)

_PHASES = ("started", "finished", "failed", "cancelled", "settled", "note")


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One event of the journal; docs/journal-format.md tells what each field is.

    Attributes:
        id: its number in the journal, as text; `steward journal show` takes it.
        details: what is known of it: counts, names, ids and paths; never values of rows.
    """

    id: str
    at: str
    database_id: str
    operation_id: str
    operation: str
    phase: str
    actor: str
    application: str
    plan_id: str
    details: dict[str, Json]
    hash: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which database a file is.

    Attributes:
        database_id: UUID in the catalog; while a question is open, of the database it may be.
        how: "known", "new", "moved", "taken_over", "answered"; "" while a question is open.
        news: what was noticed, a sentence, or "".
        question: what the steward has to say first, or "".
    """

    path: str
    database_id: str
    how: str
    news: str
    question: str


@app.command("list")
def list_(
    database: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATABASE",
            help="Only what was done with this file; else everything.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    operation: Annotated[
        str,
        typer.Option(
            "--operation", metavar="NAME", help="Only this operation (backup.create) or capability (backup)."
        ),
    ] = "",
    phase: Annotated[
        list[str] | None,
        typer.Option(
            "--phase", metavar="PHASE", help=f"Only {', '.join(_PHASES)}; may be given more than once."
        ),
    ] = None,
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="From this day on: 2026-11-20.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="Up to and without this day.")] = "",
    before: Annotated[
        int | None, typer.Option("--before", metavar="ID", help="The page after the event with this id.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many events at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was done, the newest first."""
    from steward_app.catalog import journal, open_catalog

    phases = [journal.Phase(one_of("--phase", each, _PHASES)) for each in phase or ()]
    first, last = _moment(since), _moment(until)

    def call(context: Context) -> tuple[Event, ...]:
        with open_catalog() as catalog:
            database_id = _settled(catalog, database, context) if database else None
            with catalog.reading() as session:
                return journal.events(
                    session,
                    database_id=database_id,
                    operation=operation or None,
                    phases=phases,
                    before=before,
                    limit=limit,
                    since=first,
                    until=last,
                )

    events = work("Reading the journal", call)
    show(
        "journal",
        [_document(event) for event in events],
        as_json=as_json,
        human=lambda out: _print(
            out, events, limit, chosen=bool(database or operation or phases or since or until)
        ),
    )


@app.command("show")
def show_(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="The id of an event or of an operation (op_...).")
    ],
    as_json: AsJson = False,
) -> None:
    """Show one event, or all events of one operation, with everything that is known."""
    from steward_app.catalog import journal, open_catalog

    with open_catalog() as catalog, catalog.reading() as session:
        if name.isdecimal():
            events = journal.events(session, before=int(name) + 1, limit=1)
            events = tuple(event for event in events if event.seq == int(name))
        else:
            events = journal.events(session, operation_id=name)
    if not events:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"The journal has nothing named {quoted(name)}.",
            hint="List it to see what it has.",
        )
    show(
        "journal",
        [_document(event) for event in events],
        as_json=as_json,
        human=lambda out: _print_all(out, events),
    )


@app.command()
def verify(
    noted: Annotated[
        str,
        typer.Option(
            "--noted",
            metavar="HASH",
            help="Fail too when the event with this hash, noted elsewhere, is gone.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check that no event was changed, removed, added or put in another order since it was written."""
    from steward_app.catalog import chain, open_catalog

    def call(context: Context) -> Verification:
        with open_catalog() as catalog, catalog.reading() as session:
            return chain.verify(session, context, noted=noted.strip().lower())

    result = work("Verifying the journal", call)
    show("journal-verification", result, as_json=as_json, human=lambda out: _print_verification(out, result))
    found(0 if result.holds else 1)


@app.command()
def export(
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="Where it goes.", show_default=False, readable=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the whole journal as JSON Lines, to be kept or checked elsewhere without this program."""
    from steward_app.catalog import chain, open_catalog

    must_be_free(to, force)

    def call(context: Context) -> Produced:
        with open_catalog() as catalog, catalog.reading() as session:
            return Produced(str(to), chain.export(session, to, context, overwrite=force))

    produced = work("Exporting the journal", call)
    show(
        "produced",
        produced,
        as_json=as_json,
        human=lambda out: out.line(
            f"The journal is in {quoted(produced.path, 200)}, {size(produced.bytes)}."
        ),
    )


@app.command()
def identify(
    database: Database,
    same: Annotated[
        bool, typer.Option("--same", help="It is the database it was: its history goes on.")
    ] = False,
    new: Annotated[
        bool, typer.Option("--new", help="It is another database: it starts its own history.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say which database a file is, and answer when it cannot be told: it was copied, restored or replaced."""
    if same and new:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "Give --same or --new, not both.", hint="Nothing was changed."
        )
    identity = work(f"Looking at {quoted(database.name)}", lambda _: _identify(database, same=same, new=new))
    show("identity", identity, as_json=as_json, human=lambda out: _print_identity(out, identity))
    found(1 if identity.question else 0)


def _identify(database: Path, *, same: bool, new: bool) -> Identity:
    from steward_app import db
    from steward_app.catalog import identity, open_catalog

    with open_catalog() as catalog, db.open_read(database) as session:
        answer = identity.recognise(catalog, database, session)
        if isinstance(answer, identity.IdentityQuestion):
            if not (same or new):
                question = f"{answer.question} --same: {answer.same} --new: {answer.new}"
                return Identity(str(database), answer.known.id, "", "", question)
            answer = identity.resolve(catalog, answer, "same" if same else "new")
        return Identity(str(database), answer.database.id, answer.how.value, answer.news, "")


def _settled(catalog: Catalog, database: Path, context: Context) -> str:
    """The id of the database at a path; what a crash left open of it is settled first."""
    from steward_app.cli.outcome import tell
    from steward_app.services import backup, restore

    database_id = backup.database_id(catalog, database, context)
    tell(*restore.settle(catalog, database, context, known_as=database_id))
    return database_id


def _moment(day: str) -> str | None:
    """The start of a day, or a moment with its zone, as the journal writes it."""
    from datetime import UTC, datetime

    from steward_app.kernel import clock

    if not day:
        return None
    try:
        moment = datetime.fromisoformat(day)
        return clock.to_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(day)} is not a day.",
            hint="Write it like 2026-11-20, or like 2026-11-20T10:40:00+01:00.",
        ) from error


def _document(event: Event) -> JournalEvent:
    return JournalEvent(
        id=str(event.seq),
        at=event.at,
        database_id=event.database_id,
        operation_id=event.operation_id,
        operation=event.operation,
        phase=event.phase.value,
        actor=event.actor,
        application=event.application,
        plan_id=event.plan_id,
        details=event.data,
        hash=event.hash,
    )


def _told(event: Event) -> str:
    """The one sentence an event says of itself."""
    data = event.data
    said = next(
        (data[name] for name in ("sentence", "message", "note", "title", "error") if data.get(name)), ""
    )
    return str(said)


def _print(out: Printer, events: Sequence[Event], limit: int, *, chosen: bool) -> None:
    if not events:
        out.line("The journal has no event like that." if chosen else "Nothing was done yet.")
        return
    rows = [
        (
            str(each.seq),
            each.at[:19].replace("T", " "),
            each.operation,
            each.phase.value,
            each.actor,
            _told(each),
        )
        for each in events
    ]
    out.table(("Id", "When (UTC)", "Operation", "Phase", "Who", "What"), rows)
    if len(events) == limit and events[-1].seq > 1:
        out.line(f"Earlier events: --before {events[-1].seq}")


def _print_all(out: Printer, events: Sequence[Event]) -> None:
    for event in events:
        out.heading(f"{event.seq}  {event.operation} {event.phase.value}")
        facts: list[tuple[str, object]] = [
            ("when", event.at),
            ("who", event.actor),
            ("program", event.application),
            ("operation", event.operation_id),
            ("database", event.database_id),
            ("plan", event.plan_id),
            ("hash", event.hash),
            *(
                (name, value if isinstance(value, str) else json.dumps(value))
                for name, value in event.data.items()
            ),
        ]
        out.facts([(name, value) for name, value in facts if value], indent=2)


def _print_verification(out: Printer, result: Verification) -> None:
    if not result.holds:
        out.line(result.problem, style="bold red")
        out.line(
            f"The {plural(result.events, 'event')} before it {'holds' if result.events == 1 else 'hold'}."
        )
        return
    out.line(f"The journal holds: {plural(result.events, 'event')}, each as it was written.")
    if result.events:
        out.line(f"Hash of the last one: {result.head}")


def _print_identity(out: Printer, identity: Identity) -> None:
    if identity.question:
        out.line(identity.question)
        return
    out.line(identity.news or f"{quoted(identity.path, 200)} is database {identity.database_id}.")
