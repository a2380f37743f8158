"""`steward audit status`, `verify`, `reconcile`, `receipt`: what the audit can prove, and whether it still watches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.audit.options import Personal
from steward_app.cli.contracts import Produced
from steward_app.cli.findings import print_findings
from steward_app.cli.options import AsJson, Database, must_be_free, one_of
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel.text import plural, quoted, size

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.cli.audit.proof_documents import Behind, VerdictDocument
    from steward_app.cli.audit.shown import Hidden
    from steward_app.db import ReadSession
    from steward_app.kernel.progress import Context
    from steward_app.services.audit.guard.status import AuditStatus

_FORMATS = ("json", "text", "pdf")
_ANEW = "renumbered"
_RENUMBERED = "VACUUM gave its rows other numbers than those in the log"
Full = Annotated[
    bool, typer.Option("--full", help="Walk the whole log back, not only what no seal covers yet.")
]


@app.command()
def status(
    database: Database,
    seen: Annotated[
        bool,
        typer.Option(
            "--seen", help="Say that you have seen the gaps there are: only new ones are told from then on."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show whether the audit is armed, what it logged, what no seal protects yet, and what it missed.

    Ends with exit code 1 where something is wrong with it.
    """
    standing = work(
        f"Looking at {quoted(database.name)}", lambda context: _standing(database, seen=seen, context=context)
    )
    show("audit-status", standing, as_json=as_json, human=lambda out: _print_status(out, standing))
    found(_is_wrong(standing))


@app.command()
def verify(
    database: Database,
    receipt: Annotated[
        list[Path] | None,
        typer.Option(
            "--receipt",
            metavar="FILE",
            help="A receipt of this log; give it once for each. The one kept in the data directory is used as well.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live/--no-live", help="Compare the tables with the log, too.")
    ] = True,
    full: Full = False,
    personal: Personal = False,
    as_json: AsJson = False,
) -> None:
    """Verify that the log is as it was sealed, value by value, and that the tables are what it says."""
    from steward_app.cli.audit.shown import Hidden

    hides = Hidden(personal, database)
    result = work(
        f"Verifying the audit of {quoted(database.name)}",
        lambda context: _verified(database, receipt or [], live, full, hides, context),
    )
    show("audit-verification", result, as_json=as_json, human=lambda out: _print_verdict(out, result, hides))
    found(not result.holds)


@app.command()
def reconcile(
    database: Database, full: Full = False, personal: Personal = False, as_json: AsJson = False
) -> None:
    """List the rows that were changed, added or removed behind the log's back."""
    from steward_app.cli.audit.shown import Hidden

    hides = Hidden(personal, database)
    rows = work(
        f"Comparing {quoted(database.name)} with its log",
        lambda context: _behind(database, full, hides, context),
    )
    show("audit-reconciliation", rows, as_json=as_json, human=lambda out: _print_behind(out, rows, hides))
    found(len(rows))


@app.command()
def receipt(
    database: Database,
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FILE", help="Where to write it.", show_default=False, readable=False),
    ],
    form: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT", help="json (for “verify”), text or pdf, to be printed."),
    ] = "json",
    seal: Annotated[
        int | None,
        typer.Option(
            "--seal", metavar="N", help="The seal it is of; the newest by default.", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a signed receipt of a seal, to be kept where nobody who can write the database can change it."""
    one_of("--format", form, _FORMATS)
    must_be_free(to, force)
    made = work("Writing the receipt", lambda context: _write(database, to, form, seal, context))
    show(
        "produced",
        made,
        as_json=as_json,
        human=lambda out: out.line(f"The receipt is in {quoted(made.path, 200)}."),
    )


def _standing(database: Path, *, seen: bool, context: Context) -> AuditStatus:
    from steward_app.catalog import open_catalog
    from steward_app.services.audit.guard import gaps
    from steward_app.services.audit.guard.status import audit_standing
    from steward_app.services.backup import database_id

    with open_catalog() as catalog:
        known_as = database_id(catalog, database, context)
        if seen:
            gaps.see(catalog, database, known_as, context)
        return audit_standing(catalog, database, known_as, context)


def _verified(
    database: Path, files: list[Path], live: bool, full: bool, hides: Hidden, context: Context
) -> VerdictDocument:
    from steward_app.catalog import open_catalog
    from steward_app.cli.audit.proof_documents import behind, verdict_document
    from steward_app.services.audit.guard import verified
    from steward_app.services.audit.seals.proving import verify_with_receipts

    with open_catalog() as catalog, reading(database) as session, session.under(context), session.snapshot():
        verdict = verify_with_receipts(catalog, session, context, files=files, live=live, full=full)
        verified.keep_verdict(catalog, _known_as(catalog, session, context), session, verdict, full=full)
        found = verdict.differences
        told = None if found is None else behind(found, session, hides)
    return verdict_document(str(database.absolute()), verdict, told)


def _behind(database: Path, full: bool, hides: Hidden, context: Context) -> tuple[Behind, ...]:
    from steward_app.catalog import open_catalog
    from steward_app.cli.audit.proof_documents import behind
    from steward_app.services.audit.guard import verified
    from steward_app.services.audit.seals.proving import require_audited
    from steward_app.services.audit.seals.reconcile import reconcile as differences

    with open_catalog() as catalog, reading(database) as session, session.under(context), session.snapshot():
        require_audited(session)
        tally = verified.Tally()
        found = behind(tally.of(differences(session, context, full=full)), session, hides)
        verified.keep_compared(catalog, _known_as(catalog, session, context), session, tally)
    return found


def _known_as(catalog: Catalog, session: ReadSession, context: Context) -> str:
    """Which database of the catalog a file is; "" where nothing is kept of it: of archives, and where only the steward
    can say."""
    from steward_app.kernel.errors import StewardError
    from steward_app.services.audit.seals import statement
    from steward_app.services.backup import database_id

    if statement.cut(session).is_archive:
        return ""
    try:
        return database_id(catalog, session.path, context)
    except StewardError:
        return ""


def _write(database: Path, to: Path, form: str, seal: int | None, context: Context) -> Produced:
    from steward_app.catalog import open_catalog
    from steward_app.services.audit.seals.proving import Form, receipt_of_seal, written
    from steward_app.storage import write_whole

    with open_catalog() as catalog, reading(database) as session, session.under(context), session.snapshot():
        data = written(catalog, receipt_of_seal(catalog, session, seal), cast("Form", form))
    write_whole(to, data)
    return Produced(str(to), len(data))


def _print_status(out: Printer, standing: AuditStatus) -> None:
    from steward_app.cli.audit.recipes import print_recipes

    _print_audit(out, standing)
    if standing.recipes:
        out.line("")
        out.line("Recipes", style="bold")
        print_recipes(out, standing.recipes)


def _print_audit(out: Printer, standing: AuditStatus) -> None:
    from steward_app.kernel import clock

    if not standing.audited and standing.alarms:
        out.line("No table can be told to be under audit: the list of them was taken away.", style="red")
        out.heading("What is wrong")
        print_findings(out, standing.alarms, indent=2)
        return
    if not standing.audited:
        out.line("This file is not under audit.", style="bold")
        out.line("“steward audit install” puts its tables under audit.", indent=2)
        return
    if not standing.tables:
        out.line("No table is under audit now. The log of before is kept.", style="bold")
    if standing.tables:
        words, style = _headline(standing)
        out.line(words, style=style)
        out.table(
            ("table", "state", "changes", "since"),
            [
                (each.table, each.state.value, each.changes, clock.shown(each.since) if each.since else "")
                for each in standing.tables
            ],
        )
    if standing.alarms:
        out.heading("What is wrong")
        print_findings(out, standing.alarms, indent=2)
        out.line()
    out.facts(
        [
            (
                "seals",
                f"{standing.seals:,}, the last {clock.shown(standing.sealed_at)}"
                if standing.seals
                else "none",
            ),
            ("verified", _verified_words(standing)),
            *([("times go back", _went_back(standing))] if standing.went_back else []),
            *([("began anew", _began_anew(standing))] if standing.anonymized_at else []),
            ("not yet protected", plural(standing.unsealed, "change")),
            ("sealed by itself", "yes" if standing.seals_itself else f"no: {standing.why_not}"),
            (
                "gaps",
                f"{standing.gaps:,}, the last {clock.shown(standing.last_gap_at)}"
                if standing.gaps
                else "none",
            ),
            ("takes", size(standing.bytes)),
            *([("stays", _stays(standing))] if standing.keep_days else []),
            *([("not under audit", ", ".join(map(quoted, standing.others)))] if standing.others else []),
        ]
    )
    if standing.due:
        out.line("“steward audit prune” moves what is older to an archive.", indent=2)


def _went_back(standing: AuditStatus) -> str:
    from steward_app.kernel import clock

    last = f", the last to {clock.shown(standing.went_back_at)}" if standing.went_back_at else ""
    return f"at {plural(standing.went_back, 'place')}{last}: a clock was set back"


def _began_anew(standing: AuditStatus) -> str:
    from steward_app.kernel import clock

    return f"{clock.shown(standing.anonymized_at)}, when the database was anonymized in its place"


def _verified_words(standing: AuditStatus) -> str:
    from steward_app.kernel import clock

    if not standing.verified_at:
        return "not yet"
    found = plural(standing.problems, "problem") if standing.problems else "it held"
    return f"{clock.shown(standing.verified_at)}: {found}"


def _headline(standing: AuditStatus) -> tuple[str, str]:
    """How it stands in a line, and its style."""
    if any(each.state.value != "armed" for each in standing.tables):
        return "Not armed as it should be.", "bold red"
    if _is_wrong(standing):
        return "The tables are armed, but something is wrong.", "bold red"
    return "Armed: every change is logged.", "bold green"


def _is_wrong(standing: AuditStatus) -> bool:
    """Whether there is anything that a steward has to see to."""
    return any(alarm.severity.value != "note" for alarm in standing.alarms) or any(
        recipe.state.value != "armed" for recipe in standing.recipes
    )


def _stays(standing: AuditStatus) -> str:
    return f"{plural(standing.keep_days or 0, 'day')}; {plural(standing.due, 'change')} older than that"


def _print_verdict(out: Printer, result: VerdictDocument, hides: Hidden) -> None:
    from steward_app.cli.audit.shown import say_hidden

    if result.holds:
        out.line("The log is as it was sealed.", style="bold green")
    else:
        out.line("The log or the tables are not as they were sealed.", style="bold red")
    for problem in result.problems:
        out.line(problem.sentence, indent=2, style="red")
    for each in result.differences or ():
        row = "" if each.how == _ANEW else f" {_row(each)}"
        told = _RENUMBERED if each.how == _ANEW else f"{each.how} behind the log's back"
        out.line(f"{quoted(each.table)}{row}: {told}", indent=2, style="red")
    say_hidden(out, hides.met)
    for note in result.notes:
        out.line(note, indent=2)
    compared = (
        f"seal {result.receipt_seal:,}"
        if result.receipt_seal
        else "none: whoever holds file and key can rewrite both"
    )
    out.facts(
        [
            ("seals", result.seals),
            ("changes they cover", result.sealed),
            ("left for an archive", result.pruned),
            ("not yet protected", result.unsealed),
            ("tables compared", "yes" if result.differences is not None else "no"),
            ("receipt compared", compared),
            ("signed by", ", ".join(result.keys) or "nobody"),
        ]
    )


def _print_behind(out: Printer, rows: tuple[Behind, ...], hides: Hidden) -> None:
    from steward_app.cli.audit.shown import say_hidden

    if not rows:
        out.line("Every row is what the log says.", style="bold green")
        return
    for each in rows:
        if each.how == _ANEW:
            out.line(f"{quoted(each.table)}: {_RENUMBERED}.", style="bold red")
    changed = [each for each in rows if each.how != _ANEW]
    if changed:
        out.line(f"{plural(len(changed), 'row')} changed behind the log's back.", style="bold red")
        out.table(("table", "row", "how"), [(each.table, _row(each), each.how) for each in changed])
        out.line("“steward audit rearm” writes them into the log as a gap.", indent=2)
    else:
        out.line("“steward audit rearm” lets the log go on with the numbers of now.", indent=2)
    say_hidden(out, hides.met)


def _row(each: Behind) -> str:
    return "(not shown)" if each.row is None else each.row
