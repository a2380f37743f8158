"""The documents of `steward migrate`; see `contracts`."""

from __future__ import annotations

from steward_app.cli.contract import Contract

MIGRATE: tuple[Contract, ...] = (
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
)
