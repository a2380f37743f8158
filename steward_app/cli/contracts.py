"""What scripts can rely on: the documents that `--json` prints, by name. Published ones only ever gain fields.

A document is one JSON object. Its field `schema` says which it is: "steward/plan/v1". docs/json.md shows the fields of
each, written by `make docs` from the types named here; a test notices when a published field is gone or changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.cli.contract import Contract
from steward_app.cli.contracts_migrate import MIGRATE
from steward_app.cli.contracts_privacy import PRIVACY


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """Why a command did not do what was asked.

    Attributes:
        code: stable name of the kind of failure.
        message: one sentence: what happened, and to which file.
        hint: what is untouched and what to do next; may be empty.
    """

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class ErrorDocument:
    """Printed instead of the document that was asked for, when a command fails."""

    error: ErrorDetail


@dataclass(frozen=True, slots=True)
class Produced:
    """A file that a command made.

    Attributes:
        path: where it stands, as it was asked for.
        bytes: its size.
    """

    path: str
    bytes: int


CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "error", "Any command that fails: why, and what to do.", "steward_app.cli.contracts:ErrorDocument"
    ),
    Contract("plan", "An operation with `--plan`: what it would do.", "steward_app.kernel.plan:Plan"),
    Contract(
        "rehearsal",
        "An operation with `--rehearse`: what it did to a copy.",
        "steward_app.kernel.plan:Rehearsal",
    ),
    Contract(
        "produced", "A command that makes a file: where it stands.", "steward_app.cli.contracts:Produced"
    ),
    Contract(
        "schema",
        "`steward schema show`: everything the schema says.",
        "steward_app.cli.schema_documents:SchemaDocument",
    ),
    Contract(
        "schema-diff",
        "`steward schema docs --diff`: two schemas compared.",
        "steward_app.cli.schema_documents:DiffDocument",
    ),
    Contract(
        "schema-check",
        "`steward schema check`: findings and the state of every constraint.",
        "steward_app.cli.schema_documents:CheckDocument",
    ),
    Contract(
        "schema-docs",
        "`steward schema docs`: where the dictionary stands.",
        "steward_app.services.schema.docs:Written",
    ),
    Contract(
        "schema-registered",
        "`steward schema register` where nothing is to be done: the version that each table has.",
        "steward_app.cli.schema_registry_documents:RegisteredItem",
        many=True,
    ),
    Contract(
        "schema-versions",
        "`steward schema versions`: the forms of tables that were registered, as JSON Schema.",
        "steward_app.cli.schema_registry_documents:VersionItem",
        many=True,
    ),
    Contract(
        "schema-compat",
        "`steward schema compat`: whether two forms of a table understand each other, and why not.",
        "steward_app.cli.schema_registry_documents:CompatDocument",
    ),
    Contract(
        "rows-page", "`steward rows page`: rows of a table.", "steward_app.cli.rows_documents:PageDocument"
    ),
    Contract(
        "rows-find",
        "`steward rows find`: where a value stands.",
        "steward_app.cli.rows_documents:FindDocument",
    ),
    Contract(
        "rows-query",
        "`steward rows query`: what a query gave.",
        "steward_app.cli.rows_documents:QueryDocument",
    ),
    Contract(
        "rows-query-plan",
        "`steward rows query --plan`: how SQLite would run it.",
        "steward_app.cli.rows_documents:PlanDocument",
    ),
    Contract(
        "rows-export",
        "`steward rows export` and `query --to`: what was written.",
        "steward_app.services.rows:Exported",
    ),
    Contract(
        "backup-list",
        "`steward backup list`: the restore points of a database, newest first.",
        "steward_app.services.backup:Point",
        many=True,
    ),
    Contract(
        "backup-round",
        "`steward backup create`, where there are stores: what became of each.",
        "steward_app.services.backup:Visit",
        many=True,
    ),
    Contract(
        "backup-drill",
        "`steward backup drill`: what bringing each point back to scratch gave, and what kept a store from it.",
        "steward_app.services.restore:Drilled",
    ),
    Contract(
        "backup-run",
        "`steward backup run`: what was due, and how it went.",
        "steward_app.services.restore:Tended",
    ),
    Contract(
        "backup-init",
        "`steward backup init`: the store that was made, and where its keys are.",
        "steward_app.services.backup:NewStore",
    ),
    Contract(
        "backup-stores",
        "`steward backup stores` and `connect`: the stores of a database.",
        "steward_app.services.backup:StoreStatus",
        many=True,
    ),
    Contract(
        "backup-disconnect",
        "`steward backup disconnect`: the store that is no longer used.",
        "steward_app.catalog.stores:Store",
    ),
    Contract(
        "backup-recipients",
        "`steward backup recipients`: the keys that open a store, the store's own first.",
        "steward_app.services.backup.recipients_told:Recipient",
        many=True,
    ),
    Contract(
        "backup-login",
        "`steward backup login`: whether what opens the server of a store is kept on this computer.",
        "steward_app.cli.backup.login:LoginDocument",
    ),
    Contract(
        "backup-report",
        "`steward backup report`: what was written.",
        "steward_app.cli.backup.report:ReportDocument",
    ),
    Contract(
        "backup-hold",
        "`steward backup hold` and `release`: the restore point, as it is now.",
        "steward_app.services.backup:Point",
    ),
    Contract(
        "backup-schedule",
        "`steward backup schedule`: when points are made by themselves, and how long they stay.",
        "steward_app.catalog.schedules:Schedule",
    ),
    Contract(
        "backup-verify",
        "`steward backup verify`: what reading each restore point again gave, and of stores, how much was read.",
        "steward_app.services.backup:Verification",
    ),
    Contract(
        "restore-waiting",
        "`steward restore waiting`: rows that restores left out because they may be erased ones.",
        "steward_app.services.erasure:WaitingRow",
        many=True,
    ),
    Contract(
        "restore-decision",
        "`steward restore decide`: what was said of such a row.",
        "steward_app.services.erasure:Decision",
    ),
    Contract(
        "backup-find",
        "`steward backup find`: in which restore points a row or a value exists.",
        "steward_app.cli.backup.find_document:BackupFindDocument",
    ),
    Contract(
        "restore-compare",
        "`steward restore compare`: how a database differs now from a restore point.",
        "steward_app.cli.restore_documents:CompareDocument",
    ),
    Contract(
        "restore-compare-rows",
        "`steward restore compare --rows`: rows of a table that differ.",
        "steward_app.cli.restore_documents:CompareRowsDocument",
    ),
    Contract(
        "audit-key",
        "`steward audit key`: the key that signs seals, by its fingerprint.",
        "steward_app.cli.audit.key:AuditKeyDocument",
    ),
    Contract(
        "audit-status",
        "`steward audit status`: whether every table is armed, what was logged, sealed and missed.",
        "steward_app.services.audit.guard.status:AuditStatus",
    ),
    Contract(
        "audit-recipes",
        "`steward audit recipes list`: rules that triggers in the file keep, and whether they are as they should be.",
        "steward_app.services.audit.recipes.model:RecipeStatus",
        many=True,
    ),
    Contract(
        "audit-recipes-deleted",
        "`steward audit recipes deleted`: the rows that are deleted softly, by table.",
        "steward_app.cli.audit.recipes_documents:DeletedDocument",
        many=True,
    ),
    Contract(
        "audit-sealing",
        "`steward audit seal --by-itself`: whether new changes are sealed by themselves.",
        "steward_app.services.audit.guard.going_on:Standing",
    ),
    Contract(
        "audit-retention",
        "`steward audit retain`: how long changes stay in the log.",
        "steward_app.cli.audit.leaving_documents:Retention",
    ),
    Contract(
        "audit-report",
        "`steward audit report`: what the auditor's report tells.",
        "steward_app.cli.audit.report_documents:ReportDocument",
    ),
    Contract(
        "audit-verification",
        "`steward audit verify`: whether the log is as it was sealed.",
        "steward_app.cli.audit.proof_documents:VerdictDocument",
    ),
    Contract(
        "audit-reconciliation",
        "`steward audit reconcile`: rows that were changed behind the log's back.",
        "steward_app.cli.audit.proof_documents:Behind",
        many=True,
    ),
    Contract(
        "audit-history",
        "`steward audit history`: what was changed, by whom and when, with the values before and after.",
        "steward_app.cli.audit.documents:HistoryDocument",
    ),
    Contract(
        "audit-history-export",
        "`steward audit history --to`: what was written.",
        "steward_app.services.audit.past.history_export:HistoryExported",
    ),
    Contract(
        "audit-as-of",
        "`steward audit as-of`: rows of a table as it was.",
        "steward_app.cli.audit.documents:AsOfDocument",
    ),
    Contract(
        "audit-row-as-of",
        "`steward audit as-of --row`: a row as it was.",
        "steward_app.cli.audit.documents:RowAsOfDocument",
    ),
    Contract(
        "audit-compare",
        "`steward audit compare`: rows that differ between two times.",
        "steward_app.cli.audit.documents:TimesDocument",
    ),
    Contract(
        "audit-bin",
        "`steward audit bin`: deleted rows that are not there now.",
        "steward_app.cli.audit.documents:BinDocument",
    ),
    Contract(
        "keys",
        "`steward keys`: where the keys of this computer are kept, and how they are protected.",
        "steward_app.cli.keys:KeysDocument",
    ),
    Contract(
        "keys-server",
        "`steward keys server`: the key by which an SFTP server is known.",
        "steward_app.storage.objects:HostKey",
    ),
    Contract(
        "sample",
        "`steward sample`: what was built, and what is wrong in it on purpose.",
        "steward_app.services.sample:SampleSummary",
    ),
    Contract(
        "tour",
        "`steward tour`: what it did and made, and where.",
        "steward_app.services.tour:TourSummary",
    ),
    Contract(
        "journal",
        "`steward journal list` and `show`: events, the newest first.",
        "steward_app.cli.journal:JournalEvent",
        many=True,
    ),
    Contract(
        "journal-verification",
        "`steward journal verify`: whether the journal is as it was written.",
        "steward_app.catalog.chain:Verification",
    ),
    *PRIVACY,
    *MIGRATE,
    Contract(
        "identity",
        "`steward journal identify`: which database a file is.",
        "steward_app.cli.journal:Identity",
    ),
    Contract(
        "catalog-set-aside",
        "`steward journal set-aside`: where the catalog that could not be read is now.",
        "steward_app.cli.set_aside:CatalogSetAside",
    ),
    Contract(
        "receipt", "An operation that was carried out: what it did.", "steward_app.kernel.receipt:Receipt"
    ),
)


def contract(name: str) -> Contract:
    """The contract of that name. Raises KeyError: a document that is not published is not printed."""
    return {each.name: each for each in CONTRACTS}[name]
