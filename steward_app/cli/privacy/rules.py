"""`steward privacy rules`: what becomes of each column in a copy for release, and what stands against it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.findings import print_findings
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, found, show
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.privacy.rules import ReleaseRules


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """What is done with a column, or a path in its JSON.

    Attributes:
        id: "patient.email", "visit.data:$.contact.email".
        options: of the technique, as the policy has them.
    """

    id: str
    technique: str
    options: dict[str, Json]


@dataclass(frozen=True, slots=True)
class ReleaseRulesFound:
    """The rules of one kind of copy.

    Attributes:
        names: of all rules that the policy has.
        proposed: they were proposed by the program and stand in no policy, unless `written` says where.
        recipient, purpose, until: for whom a copy is, what for, until which day; "" where nobody said.
        written: the policy that they were written into, or "".
        findings: what stands against them; one that blocks stops a release.
    """

    database: str
    name: str
    names: tuple[str, ...]
    proposed: bool
    written: str
    locale: str
    recipient: str
    purpose: str
    until: str
    items: tuple[ReleaseRule, ...]
    findings: tuple[Finding, ...]


@app.command("rules")
def show_rules(
    database: Database,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Which rules of the policy.", show_default=False)
    ] = "",
    propose: Annotated[
        bool, typer.Option("--propose", help="Propose rules from a scan, whatever the policy says.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write what is proposed into the policy, under --name.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --write: in the place of the rules of that name.")
    ] = False,
    locale: Annotated[
        str,
        typer.Option("--locale", metavar="LOCALE", help="Of names that are made: de_AT.", show_default=False),
    ] = "",
    recipient: Annotated[
        str | None, typer.Option("--for", metavar="WHOM", help="Write into the rules for whom a copy is.")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="WHAT", help="Write into them what it is for.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DAY", help="And until which day it may be used: 2027-12-31."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what becomes of each column in a copy for release, and whether that can hold.

    Without rules in the policy, they are proposed from a scan. What is said with --for, --purpose or --until is
    written; "" takes a word back. Exit code 1: something stands against a copy by these rules.
    """
    if write and not name:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Rules are written under a name, and none was given.",
            hint="Add --name, for example --name research. Nothing was written.",
        )
    said = {"locale": locale or None, "recipient": recipient, "purpose": purpose, "until": until}
    given = {word: value for word, value in said.items() if value is not None}
    if until:
        _require_day(until)
    result = work(
        f"Looking at the rules for {quoted(database.name)}",
        lambda context: _look(database, _Asked(name, propose, write, force, given), context),
    )
    show("privacy-rules", result, as_json=as_json, human=lambda out: _print(out, result))
    found(any(finding.blocks for finding in result.findings))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for.

    Attributes:
        given: what the rules shall say for whom, what for, until when, and in which language.
    """

    name: str
    propose: bool
    write: bool
    force: bool
    given: dict[str, str]


def _look(path: Path, asked: _Asked, context: Context) -> ReleaseRulesFound:
    from dataclasses import replace

    from steward_app.services.privacy.model import place_id
    from steward_app.services.privacy.transform.policy import release_names, release_rules, write_rules

    name, names = asked.name, release_names(path)
    if not name and len(names) > 1 and not asked.propose:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The policy of {quoted(path.name)} has several rules: {', '.join(map(quoted, names))}.",
            hint="Name those that are meant with --name.",
        )
    proposed = asked.propose or (not names and not name) or asked.write
    says = asked.given.keys() - {"locale"}
    if proposed and says and not asked.write:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "For whom a copy is, what for and until when stands in rules of the policy, and these are proposed.",
            hint="Keep them with --write and --name. Nothing was written.",
        )
    if asked.write and name in names and not asked.force:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The policy of {quoted(path.name)} has rules {quoted(name)} already.",
            hint="Nothing was written. Choose another name, or add --force to put the proposed ones in their place.",
        )
    rules = (
        _proposed(path, name or "proposal", context) if proposed else release_rules(path, name or names[0])
    )
    rules = replace(rules, **asked.given)  # type: ignore[arg-type]
    findings = _findings(path, rules, context)
    written = str(write_rules(path, rules)) if asked.write or says else ""
    return ReleaseRulesFound(
        str(path),
        rules.name,
        release_names(path),
        proposed,
        written,
        rules.locale,
        rules.recipient,
        rules.purpose,
        rules.until,
        tuple(
            ReleaseRule(place_id(each.place), str(each.technique), dict(each.options)) for each in rules.rules
        ),
        findings,
    )


def _findings(path: Path, rules: ReleaseRules, context: Context) -> tuple[Finding, ...]:
    """What stands against a copy by the rules, and what to know of it: as the plan of a copy has it."""
    from steward_app.db import open_read
    from steward_app.services.backup import database_id
    from steward_app.services.privacy.anonymize.keys import drawing_key
    from steward_app.services.privacy.anonymize.planning import last_scan, look, with_key, with_persons
    from steward_app.services.privacy.classify.subjects import subjects_of

    with keeping(path) as catalog:
        scan = last_scan(catalog, path)
        rules = with_key(catalog, path, rules, context)
        draw = drawing_key(database_id(catalog, path, context), rules.key)
    meant = with_persons(path, rules, subjects_of(path, scan), context)
    with open_read(path, context) as session, session.snapshot():
        return look(session, meant, scan, None, context, draw=draw).findings


def _require_day(text: str) -> None:
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(text, 40)} is no day.",
            hint="Write it as 2027-12-31. Nothing was written.",
        ) from None


def _proposed(path: Path, name: str, context: Context) -> ReleaseRules:
    from steward_app.services.privacy.anonymize.proposal import propose_rules

    with keeping(path) as catalog:
        return propose_rules(catalog, path, name, context)


def _print(out: Printer, result: ReleaseRulesFound) -> None:
    if result.proposed and not result.written:
        out.line("Proposed from a scan; no policy has these rules. Keep them with --write and --name.")
    elif result.written:
        out.line(f"Written into {result.written} as {quoted(result.name)}.")
    else:
        out.line(f"Rules {quoted(result.name)} of the policy.")
    if not result.proposed or result.written:
        said = (("for", result.recipient), ("purpose", result.purpose))
        out.facts(
            [*((what, words or "nobody said") for what, words in said), ("until", result.until or "no end")]
        )
    if not result.items:
        out.line("Every column is kept as it is.")
    else:
        out.table(
            ("Column", "What is done", "Type", "How"),
            [
                (
                    each.id,
                    each.technique,
                    str(each.options.get("kind", "")),
                    ", ".join(_said(name, value) for name, value in each.options.items() if name != "kind"),
                )
                for each in result.items
            ],
        )
    if result.findings:
        out.line()
        print_findings(out, result.findings)


def _said(name: str, value: Json) -> str:
    """An option in words: "keep 3, 2, 1", "person visit_id > patient_id", "as value"."""
    from steward_app.services.privacy.report.words import option_words

    return name.replace("_", " ") if value is True else f"{name} {option_words(name, value)}"
