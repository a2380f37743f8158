"""`steward privacy attack`, `utility` and `report`: what a copy for release gives away, and what it is good for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from steward_app.cli.options import AsJson, must_be_free
from steward_app.cli.output import Printer, found, show
from steward_app.cli.privacy.attack_printed import print_attacks
from steward_app.cli.privacy.group import app
from steward_app.cli.progress import work
from steward_app.kernel.clock import shown
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.cli.privacy.attack_documents import (
        AttackDocument,
        ReleaseReportDocument,
        UtilityDocument,
    )
    from steward_app.services.privacy.attack import Knowledge
    from steward_app.services.privacy.report import VerifiedReport

Copy: TypeAlias = Annotated[
    Path, typer.Argument(metavar="COPY", help="The copy for release.", show_default=False, readable=False)
]
Original: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--of", metavar="DATABASE", help="The original it was made of.", show_default=False, readable=False
    ),
]
Rules: TypeAlias = Annotated[
    str,
    typer.Option(
        "--rules",
        metavar="NAME",
        help="Rules of the policy by which it was made; without, those that the register knows it was made by.",
    ),
]
Knows: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--knows",
        metavar="TABLE.COLUMN",
        help="What an attacker knows of a person; again for each: a column, or a path in JSON as “TABLE.COLUMN:$.PATH”."
        " What is of one table is known together.",
        show_default=False,
    ),
]
Against: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--against",
        metavar="OTHER_COPY",
        help="Another release of the same original, to be compared with.",
        show_default=False,
        readable=False,
    ),
]
Seconds: TypeAlias = Annotated[
    float,
    typer.Option(
        "--seconds", metavar="SECONDS", help="For trying everything on one column of hashes.", min=0.1
    ),
]


@app.command()
def attack(
    copy: Copy,
    of: Original,
    rules: Rules = "",
    knows: Knows = None,
    against: Against = None,
    seconds: Seconds = 12.0,
    every: Annotated[
        bool, typer.Option("--all", help="Show every attack, not only those that tell something.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Attack a copy: linkage, brute force, frequencies, inference; how many persons each re-identifies beside guessing.

    Ends with exit code 1 when an attack beats its limit: that of the rules, else what guessing alone gives.
    """
    known = _knowledge(knows or [])

    def call(context: Context) -> AttackDocument:
        from steward_app.catalog import open_catalog
        from steward_app.cli.privacy.attack_documents import attack_document
        from steward_app.services.privacy.report import attack_copy

        with open_catalog() as catalog:
            return attack_document(
                attack_copy(
                    catalog,
                    of,
                    copy,
                    context,
                    rules=rules,
                    knowledge=known,
                    against=against,
                    seconds=seconds,
                )
            )

    made = work(f"Attacking {quoted(copy.name)}", call)
    show("privacy-attack", made, as_json=as_json, human=lambda out: print_attacks(out, made, every=every))
    found(made.beaten)


@app.command()
def utility(copy: Copy, of: Original, rules: Rules = "", as_json: AsJson = False) -> None:
    """Measure what a copy is still good for: distributions, correlations, links, and your saved filters."""

    def call(context: Context) -> UtilityDocument:
        from steward_app.catalog import open_catalog
        from steward_app.cli.privacy.attack_documents import utility_document
        from steward_app.services.privacy.report import utility_of_copy

        with open_catalog() as catalog:
            return utility_document(utility_of_copy(catalog, of, copy, context, rules=rules))

    made = work(f"Comparing {quoted(copy.name)} with {quoted(of.name)}", call)
    show("privacy-utility", made, as_json=as_json, human=lambda out: _print_utility(out, made))


@app.command()
def report(
    copy: Copy,
    of: Original,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Where to write it: .html, .pdf or .json.",
            show_default=False,
            readable=False,
        ),
    ],
    rules: Rules = "",
    knows: Knows = None,
    against: Against = None,
    seconds: Seconds = 12.0,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the release report that a data protection officer signs: rules, risks, residue, attacks, usefulness.

    Ends with exit code 1 where something speaks against giving the copy away.
    """
    known = _knowledge(knows or [])
    must_be_free(to, force)
    must_be_free(signed := to if to.suffix.lower() == ".json" else to.with_name(f"{to.name}.json"), force)

    def call(context: Context) -> ReleaseReportDocument:
        from steward_app.catalog import open_catalog
        from steward_app.cli.privacy.attack_documents import ReleaseReportDocument
        from steward_app.services.privacy.report import release_report, require_ending, write_release_report

        require_ending(to)
        with open_catalog() as catalog:
            made = release_report(
                catalog, of, copy, context, rules=rules, knowledge=known, against=against, seconds=seconds
            )
            digest = write_release_report(catalog, made, to, context)
        return ReleaseReportDocument(
            str(to.absolute()),
            str(copy.absolute()),
            made.release.id if made.release else "",
            digest,
            made.holds,
            made.problems,
            made.to_settle,
            tuple(each.id for each in made.attacks.beaten),
            made.utility.kept,
            str(signed.absolute()),
        )

    made = work(f"Writing the release report of {quoted(copy.name)}", call)
    show("privacy-release-report", made, as_json=as_json, human=lambda out: _print_report(out, made))
    found(not made.holds)


@app.command("verify-report")
def verify_report(
    report: Annotated[
        Path,
        typer.Argument(metavar="REPORT", help="The report in JSON.", show_default=False, readable=False),
    ],
    copy: Annotated[
        Path | None,
        typer.Option(
            "--copy",
            metavar="FILE",
            help="The copy that you were given, to see whether it is the one the report speaks of.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="FINGERPRINT",
            help="Of the key that must have signed it, as somebody told you who made it.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Verify that a release report is as it was signed, and that a copy is the file it speaks of.

    Needs neither the original nor the register. Ends with exit code 1 where the key or the copy is another one.
    """

    def call(context: Context) -> VerifiedReport:
        from steward_app.catalog import open_catalog
        from steward_app.services.privacy.report import verify_report as verified

        with open_catalog() as catalog:
            return verified(catalog, report, copy, context)

    made = work(f"Verifying {quoted(report.name)}", call)
    other_key = bool(key) and key.lower() != made.key_id
    show(
        "privacy-verified-report",
        made,
        as_json=as_json,
        human=lambda out: _print_verified(out, made, other_key),
    )
    found(other_key or made.same_file is False)


def _print_verified(out: Printer, made: VerifiedReport, other_key: bool) -> None:
    out.line("The report is as it was signed.", style="green")
    whose = "the key of this computer" if made.ours else "not the key of this computer"
    out.facts(
        [
            ("SHA-256 of what is signed", made.sha256),
            ("Key", f"{made.key_id}, {whose}"),
            ("Made", f"{shown(made.made_at)} by {made.made_by}"),
            ("Copy", made.copy),
            ("BLAKE3 of the copy", made.file_hash),
        ],
        indent=2,
    )
    if other_key:
        out.line("It was signed with another key than the one you named.", style="bold red")
    elif not made.ours:
        out.line("Whose key it is, only somebody can tell who knows its fingerprint.", indent=2)
    if made.same_file is False:
        out.line("The file is NOT the copy that the report speaks of.", style="bold red")
    elif made.same_file:
        out.line("The file is the copy that the report speaks of, byte for byte.", style="green")
    if not made.holds:
        out.line("The report says that something speaks against giving the copy away.", style="bold red")


def _knowledge(places: list[str]) -> tuple[Knowledge, ...]:
    """Columns of one table are known together."""
    from steward_app.services.privacy.attack import Knowledge
    from steward_app.services.privacy.attack.json_places import name_of
    from steward_app.services.privacy.model import parse_place

    by_table: dict[str, list[str]] = {}
    for text in places:
        try:
            place = parse_place(text)
        except ValueError:
            place = None
        if place is None:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"{quoted(text, 60)} is no column.",
                hint="Write it as TABLE.COLUMN, or as TABLE.COLUMN:$.PATH in JSON. Nothing was read.",
            )
        by_table.setdefault(place.table, []).append(name_of(place))
    return tuple(Knowledge(table, tuple(dict.fromkeys(names))) for table, names in by_table.items())


def _print_utility(out: Printer, made: UtilityDocument) -> None:
    out.line(f"Usefulness kept: {100 * made.kept:.1f} %", style="bold")
    out.facts([(part.name, f"{100 * part.kept:.1f} %") for part in made.parts], indent=2)
    out.heading("Columns")
    out.table(
        ("Column", "Compared by", "Lost", "Distance"),
        [
            (
                each.id,
                each.measure,
                f"{100 * each.lost:.1f} %",
                f"{each.total_variation if each.kolmogorov_smirnov is None else each.kolmogorov_smirnov:.3f}",
            )
            for each in sorted(made.items, key=lambda item: -item.lost)
        ],
    )
    if made.correlations_compared or made.correlations_by_chance:
        out.line(
            f"Relations compared: {made.correlations_compared:,}. {made.correlations_by_chance:,} are not, since in"
            " both files they are weak, or what chance gives for so many rows."
        )
    if made.correlations_compared and made.correlations[0].change:
        most = made.correlations[0]
        out.line(
            f"The relation that changed most: {most.first} and {most.second}, from {most.before:+.2f}"
            f" to {most.after:+.2f}."
        )
    for link in made.links:
        out.line(
            f"{link.table} → {link.parent}: {link.joined_before:,} rows join in the original, {link.joined_after:,} in"
            f" the copy."
        )
    for query in made.queries:
        error = query.problem if query.error is None else f"relative error {100 * query.error:.1f} %"
        out.line(f"{quoted(query.name)} on {query.table}: {query.before:,}, then {query.after:,}; {error}")
    for line in (*(each.words for each in made.tables if each.words), *made.not_compared):
        out.line(line)


def _print_report(out: Printer, made: ReleaseReportDocument) -> None:
    out.line(f"The report is in {quoted(made.report, 200)}.")
    if made.signed != made.report:
        out.line(f"The signed document is in {quoted(made.signed, 200)}.")
    out.line(f"SHA-256 of what is signed: {made.sha256}")
    if made.holds:
        out.line("Nothing measured speaks against giving the copy away.")
    for each in made.problems:
        out.line(f"Against giving the copy away: {each}.", style="bold red")
    if made.to_settle:
        out.heading("For a person to settle before anybody signs")
    for each in made.to_settle:
        out.line(each, indent=2)
