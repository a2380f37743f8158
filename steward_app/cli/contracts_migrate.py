"""The documents of `steward migrate`; see `contracts`."""

from __future__ import annotations

from steward_app.cli.contract import Contract

MIGRATE: tuple[Contract, ...] = (
    Contract(
        "migrate-plan",
        "`steward migrate plan`: what an apply would run, statement by statement.",
        "steward_app.cli.migrate.documents:MigrationPlan",
    ),
    Contract(
        "migrate-rehearsal",
        "`steward migrate rehearse`: what the migrations did to a copy. It holds keys and counts, no values of rows.",
        "steward_app.services.migrate.run.rehearsed:RehearsalResult",
    ),
    Contract(
        "migrate-status",
        "`steward migrate status`: which migrations are applied, which wait, and what is in the way.",
        "steward_app.cli.migrate.documents:MigrationStatus",
    ),
    Contract(
        "migrate-diff",
        "`steward migrate diff`: what leads from the schema of a file to another one.",
        "steward_app.cli.migrate.diff_documents:MigrationDiff",
    ),
    Contract(
        "migrate-lint",
        "`steward migrate lint`: what would go wrong with the migrations that wait.",
        "steward_app.cli.migrate.lint_documents:LintDocument",
    ),
    Contract(
        "migrate-expand",
        "`steward migrate expand`: the migrations that put new columns beside an old one.",
        "steward_app.cli.migrate.expand_documents:MigrationExpand",
    ),
    Contract(
        "migrate-contract",
        "`steward migrate contract`: how far a column is on the way to the new ones, and what ends it.",
        "steward_app.cli.migrate.expand_documents:MigrationContract",
    ),
    Contract(
        "migrate-expansion",
        "`steward migrate expansions`: the columns that are expanded and not contracted yet.",
        "steward_app.cli.migrate.expand_documents:ExpansionItem",
        many=True,
    ),
)
