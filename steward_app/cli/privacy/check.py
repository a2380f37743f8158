"""`steward privacy check`, `list` and `register`: what is decided, what is missing, and the record of processing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.findings import print_findings
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, must_be_free
from steward_app.cli.output import Printer, found, show
from steward_app.cli.privacy.counted import columns_and_places
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.finding import Finding
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.privacy.classify.check import Standing
    from steward_app.services.privacy.classify.register import Register
    from steward_app.services.privacy.model import Place


@dataclass(frozen=True, slots=True)
class WaitingColumn:
    """A column that a release waits for.

    Attributes:
        id: as `steward privacy classify` takes it.
        why: "unknown", "new", "vanished" or "renamed".
        now: the name that a renamed one seems to have now, or "".
    """

    id: str
    why: str
    sentence: str
    now: str


@dataclass(frozen=True, slots=True)
class PrivacyCheck:
    """How it stands with the classification of a file.

    Attributes:
        checked: somebody scanned, or decided about something.
        scanned_at: RFC 3339, UTC, or "".
        decided: columns and paths of the file that were decided about one by one.
        to_decide: ids of those that nobody decided about yet.
        waiting: those of them that a release waits for, and what is gone.
    """

    database: str
    checked: bool
    scanned_at: str
    decided: int
    to_decide: tuple[str, ...]
    waiting: tuple[WaitingColumn, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ClassifiedColumn:
    """What was decided of a column, a path in its JSON, or by its table.

    Attributes:
        id: as `steward privacy classify` takes it.
        type: "" where it is not personal, or only the other words were said.
        not_personal: why it is not linked to a person, or "".
        decided_by, decided_on: "" where the policy does not tell.
    """

    id: str
    personal: bool
    type: str
    identifies: str
    category: str
    level: str
    origin: str
    belongs_to: tuple[str, ...]
    not_personal: str
    purpose: str
    legal_basis: str
    retention: str
    recipients: tuple[str, ...]
    decided_by: str
    decided_on: str


@dataclass(frozen=True, slots=True)
class RegisterWritten:
    """The record of processing that was written.

    Attributes:
        activities: how many; `columns`: decided ones of personal data in it.
        missing: what Art. 30 asks for and nobody said.
    """

    database: str
    file: str
    activities: int
    columns: int
    missing: tuple[str, ...]


@app.command()
def check(database: Database, as_json: AsJson = False) -> None:
    """Check that the classification fits the schema, and that levels are handled as they ask for.

    Exit code 1: something does not fit, or nobody decided about some columns yet.
    """
    from steward_app.services.privacy.classify.check import standing

    with keeping(database) as catalog:
        now = work(
            f"Checking the classification of {quoted(database.name)}",
            lambda context: standing(catalog, database, context),
        )
    document = _check_document(database, now)
    show(
        "privacy-check",
        document,
        as_json=as_json,
        human=lambda out: _print_check(out, document, _decided(now)),
    )
    found(len(now.serious) + len(document.to_decide) + len(document.waiting))


@app.command("list")
def list_decided(database: Database, as_json: AsJson = False) -> None:
    """List what was decided about columns, one by one."""
    from steward_app.services.privacy.classify.decided import of_database

    decided = work("Reading the policy", lambda context: of_database(database, context))
    items = [
        ClassifiedColumn(
            each.id,
            each.personal,
            each.kind,
            str(each.identifies),
            str(each.category),
            str(each.level or ""),
            str(each.origin or ""),
            each.belongs_to,
            each.not_personal,
            each.processing.purpose,
            each.processing.legal_basis,
            each.processing.retention,
            each.processing.recipients,
            each.decided_by,
            each.decided_on,
        )
        for each in decided.decisions
    ]
    show("privacy-classification", items, as_json=as_json, human=lambda out: _print_list(out, items))


@app.command("register")
def write(
    database: Database,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Where it goes; the ending says the format: .html, .json or .csv.",
            show_default=False,
            readable=False,
        ),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the record of processing that Art. 30 GDPR asks for, from what was decided."""
    from steward_app.services.privacy.classify.register_file import write_register

    must_be_free(to, force)

    def call(context: Context) -> Register:
        return write_register(catalog, database, to, context)

    with keeping(database) as catalog:
        made = work(f"Writing the record of {quoted(database.name)}", call)
    columns = sum(each.columns for each in made.activities)
    document = RegisterWritten(str(database), str(to), len(made.activities), columns, made.missing)
    show(
        "privacy-register-written", document, as_json=as_json, human=lambda out: _print_written(out, document)
    )


def _check_document(database: Path, now: Standing) -> PrivacyCheck:
    from steward_app.services.privacy.classify.model import stated_id
    from steward_app.services.privacy.classify.undecided import is_there

    to_decide = [each for each in now.to_decide if now.checked and is_there(now.schema, each)]
    return PrivacyCheck(
        str(database),
        now.checked,
        now.scan.made_at if now.scan else "",
        len(_decided(now)),
        tuple(map(stated_id, to_decide)),
        tuple(WaitingColumn(each.id, str(each.why), each.sentence, each.now) for each in now.waiting),
        now.findings,
    )


def _decided(now: Standing) -> list[Place]:
    """The columns and paths that were decided about, without those that are gone."""
    from steward_app.services.privacy.classify.undecided import is_there

    places = (each.place for each in now.classification.decisions)
    return [each for each in places if is_there(now.schema, each)]


def _print_check(out: Printer, document: PrivacyCheck, decided: Sequence[Place]) -> None:
    if not document.checked:
        out.line("Nobody looked for personal data yet. “steward privacy scan” does.")
    else:
        out.line(
            f"{columns_and_places(decided)} {'is' if len(decided) == 1 else 'are'} decided, {len(document.to_decide):,}"
            f" {'is' if len(document.to_decide) == 1 else 'are'} not."
        )
    if document.findings:
        out.line()
        print_findings(out, document.findings)
    elif document.decided:
        out.line("What is decided fits the schema, and levels are handled as they ask for.")
    if document.to_decide:
        out.line()
        out.line(
            "“steward privacy confirm --all” decides as the scan proposes, “steward privacy classify” as you say."
            " No level is asked for where nobody decided."
        )
    if document.waiting:
        out.heading("A release waits for")
        out.table(("Column", "Why"), [(each.id, each.sentence) for each in document.waiting])


def _print_list(out: Printer, items: list[ClassifiedColumn]) -> None:
    if not items:
        out.line("Nothing was decided yet.")
        return
    out.table(
        ("Column", "Type", "Identifies", "Category", "Level", "Decided"),
        [
            (
                each.id,
                each.type or (f"not linked: {each.not_personal}" if each.not_personal else ""),
                each.identifies if each.personal else "",
                each.category if each.personal else "",
                each.level,
                " ".join(filter(None, (each.decided_on, each.decided_by))),
            )
            for each in items
        ],
    )


def _print_written(out: Printer, document: RegisterWritten) -> None:
    out.line(
        f"Wrote the record of {plural(document.activities, 'processing', 'processings')} with"
        f" {plural(document.columns, 'column')} to {quoted(document.file, 200)}."
    )
    for sentence in document.missing:
        out.line(f"Missing: {sentence}", indent=2)
