"""The register of copies, and the sheet on which a person assesses one, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database
from steward_app.cli.outcome import tell
from steward_app.cli.output import Printer, show
from steward_app.cli.privacy.copy_risk import print_risks
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.clock import shown
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.privacy.anonymize.file_now import FileNow
    from steward_app.services.privacy.anonymize.model import Assessment, Release

_LARGEST_SHEET = 1 << 20

ReleaseId = Annotated[
    str,
    typer.Option(
        "--release",
        metavar="ID",
        help="The copy, as “steward privacy releases” shows it; the start of its id will do.",
        show_default=False,
    ),
]


@app.command("releases")
def list_releases(
    database: Database,
    release: ReleaseId = "",
    given_to: Annotated[
        str,
        typer.Option(
            "--given-to", metavar="WHOM", help="Record that the copy was given to them.", show_default=False
        ),
    ] = "",
    destroyed: Annotated[
        str,
        typer.Option(
            "--destroyed",
            metavar="HOW",
            help="Record that the copy is gone everywhere: how, and who says so.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the copies for release of a database: for whom, under which rules, until when, and what became of each.

    With --release, one of them; with --given-to or --destroyed, record what became of it.
    """
    from steward_app.kernel.progress import Context
    from steward_app.services.backup import database_id
    from steward_app.services.privacy.anonymize import register

    if (given_to or destroyed) and (not release or (given_to and destroyed)):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Of which copy, and what?",
            hint="Give --release with --given-to, or with --destroyed. Nothing was recorded.",
        )
    with keeping(database) as catalog:
        known_as = database_id(catalog, database, Context())
        if not release:
            found = _compared(register.list_releases(catalog, known_as))
            show("privacy-releases", found, as_json=as_json, human=lambda out: _print(out, found))
            return
        one = register.find_release(catalog, release, known_as)
        if given_to:
            _warn(one, Context(), gone=False)
            one = register.record_given(catalog, one, given_to)
        elif destroyed:
            _warn(one, Context(), gone=True)
            one = register.record_destroyed(catalog, one, destroyed)
        else:
            (one,) = _compared((one,))
    show("privacy-releases", (one,), as_json=as_json, human=lambda out: _print_one(out, one))


def _warn(one: Release, context: Context, *, gone: bool) -> None:
    """Say where the file does not bear out what a person records; it is recorded all the same."""
    from steward_app.services.privacy.anonymize.file_now import FileNow, file_now

    if one.in_place:
        return
    now = file_now(one, context)
    if gone and now is not FileNow.GONE:
        tell(f"Warning: {quoted(one.path.name)} still lies in {quoted(str(one.path.parent), 200)}.")
    if not gone and now is FileNow.OTHER:
        _say_changed(one, now)


def _compared(found: tuple[Release, ...]) -> tuple[Release, ...]:
    """The copies, each with what lies where it was made; said of those where it is another file."""
    from steward_app.services.privacy.anonymize.file_now import FileNow, compared

    told = (
        work("Comparing the copies with the register", lambda context: compared(found, context))
        if found
        else ()
    )
    for each in told:
        for now in (FileNow.OTHER, FileNow.UNREADABLE):
            if each.file == now.value:
                _say_changed(each, now)
    return told


def _say_changed(one: Release, now: FileNow) -> None:
    tell(
        f"Warning: {quoted(one.path.name)} ({one.id}) is {now.value}.",
        "What was checked, and any assessment, is about the file that was made.",
    )


@app.command()
def assess(
    database: Database,
    release: ReleaseId,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="FILE",
            help="The filled sheet, in JSON: docs/privacy-copies.md shows one.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    withdraw: Annotated[
        str,
        typer.Option(
            "--withdraw",
            metavar="WHY",
            help="Take back what was assessed: it does not hold any more.",
            show_default=False,
        ),
    ] = "",
    despite: Annotated[
        bool,
        typer.Option(
            "--despite",
            help="With --sheet: also where the sheet says otherwise than what is known here; both stand in the record.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Record that a person assessed a copy as anonymous, for one recipient and until a date.

    The program asserts nothing of the kind: for whoever holds the original or the key a copy is personal data. Without
    --sheet, what was recorded so far is shown.
    """
    from steward_app.kernel.progress import Context
    from steward_app.services.backup import database_id
    from steward_app.services.privacy.anonymize import assess as sheets
    from steward_app.services.privacy.anonymize import register
    from steward_app.storage import read_whole

    with keeping(database) as catalog:
        one = register.find_release(catalog, release, database_id(catalog, database, Context()))
        if sheet is not None:
            text = read_whole(sheet, limit_bytes=_LARGEST_SHEET).decode("utf-8-sig", "replace")
            said = sheets.read_sheet(text)
            work(
                "Recording the assessment",
                lambda context: sheets.record(catalog, one, said, context, despite=despite),
            )
        elif withdraw:
            sheets.withdraw(catalog, one, withdraw)
        (one,) = _compared((register.find_release(catalog, one.id),))
        found = one.assessments
    show("privacy-assessments", found, as_json=as_json, human=lambda out: _print_assessments(out, found))


def _print(out: Printer, found: tuple[Release, ...]) -> None:
    if not found:
        out.line("No copy for release was made of this database yet.")
        return
    out.table(
        ("id", "made", "rules", "for", "until", "state", "called", "where"),
        [
            (
                *(each.id, each.made_at[:10], each.rules, each.recipient, each.until or "no end"),
                *(each.state.value, each.words, each.path),
            )
            for each in found
        ],
    )


def _print_one(out: Printer, one: Release) -> None:
    out.line(one.words, style="bold")
    out.facts(
        [
            ("id", one.id),
            ("file", one.path),
            ("it is", one.file),
            ("BLAKE3", one.file_hash),
            ("made", f"{shown(one.made_at)} by {one.made_by}"),
            ("rules", f"{one.rules} ({one.rules_hash})"),
            ("plan", f"{one.plan_id} ({one.plan_hash})"),
            ("policy", one.policy_hash or "none: the rules were proposed from a scan"),
            ("key", f"{one.key_title}, {one.key_state}" if one.key_name else "none is used"),
            ("for", one.recipient or "nobody said"),
            ("purpose", one.purpose or "nobody said"),
            ("until", one.until or "no end"),
            ("state", f"{one.state.value} since {shown(one.state_at)}{f': {one.note}' if one.note else ''}"),
        ],
        indent=2,
    )
    for check in one.checks:
        detail = f": {check.detail}" if check.detail else ""
        out.line(f"{'passed' if check.passed else 'FAILED'}  {check.title}{detail}", indent=2)
    print_risks(out, one.risks)
    _print_assessments(out, one.assessments)


def _print_assessments(out: Printer, found: tuple[Assessment, ...]) -> None:
    from steward_app.services.privacy.anonymize.file_now import FileNow

    if not found:
        out.line("Nobody assessed it as anonymous for anybody.")
    for each in found:
        said = each.sheet
        over = f"withdrawn: {each.withdrawn_why}" if each.withdrawn_at else "over"
        if each.file_now == FileNow.OTHER.value and not each.withdrawn_at:
            over = f"it does not hold for the file there: that is {each.file_now}"
        out.heading(f"Assessed anonymous for {said.recipient}, until {said.until}, by {said.assessed_by}")
        out.facts(
            [
                ("recorded", shown(each.recorded_at)),
                ("today", "it holds" if each.holds else over),
                ("why", said.reasons),
                ("measures", "; ".join(said.measures)),
                ("attacks", "; ".join(said.attacks)),
                ("holds the original", said.holds_original),
                ("other data", said.other_data),
                ("contract", said.contract or "none"),
                ("file when recorded", each.file or "nobody looked"),
                ("file today", each.file_now or "nobody looked"),
                ("key when recorded", each.key),
                ("key today", each.key_now),
                ("signed by", each.signed_by),
            ],
            indent=2,
        )
        for against in each.contradictions:
            out.line(f"Known otherwise: {against}", indent=2)
