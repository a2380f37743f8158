"""What the policy document may say. Imported when a policy is read, since pydantic is slow to import."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from steward_app.catalog.policy_privacy import ClassificationPolicy, ReleasePolicy
from steward_app.catalog.policy_section import Listed, Names, Section, Text
from steward_app.catalog.schema_versions import Mode

VERSION = 1


class ColumnPolicy(Section):
    """What the steward says of a column."""

    comment: Text = ""


class TablePolicy(Section):
    """What the steward says of a table or view."""

    comment: Text = ""
    columns: Names[ColumnPolicy] = Field(default_factory=dict)


class Role(StrEnum):
    """What a foreign key means when the rows of one person are gathered."""

    OWNS = "owns"  # the row belongs to the person its parent is, or belongs to
    REFERS = "refers"  # the parent is shared: a product, a code
    ACTOR = "actor"  # the parent is the person who handled the row, not the one it is about
    CO_SUBJECT = "co_subject"  # the row is about two or more persons


class SubjectRole(Section):
    """The role of one foreign key, declared or not."""

    table: str
    columns: list[str] = Field(min_length=1)
    parent: str
    role: Role


class AuditPolicy(Section):
    """How long changes stay in the audit log, in days. Nothing leaves by itself."""

    keep_days: int | None = Field(default=None, ge=1)


class MigrationsPolicy(Section):
    """Where the migrations of the file stand: a folder, relative to that of the file."""

    folder: Text = ""


class CompatibilityPolicy(Section):
    """What is promised of the forms that tables will have, and by table where it is something else."""

    default: Mode = Mode.NONE
    tables: dict[str, Mode] = Field(default_factory=dict)


class Policy(BaseModel):
    """The whole document.

    The last three sections belong to capabilities that give them their own models; until then, and in a version of the
    program that does not know them, they are kept as they stand. So is any other section.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    version: Literal[1]
    tables: Names[TablePolicy] = Field(default_factory=dict)
    subject_roles: Listed[SubjectRole] = Field(default_factory=list)
    audit: AuditPolicy | None = None
    classification: ClassificationPolicy | None = None
    releases: Names[ReleasePolicy] = Field(default_factory=dict)
    migrations: MigrationsPolicy | None = None
    compatibility: CompatibilityPolicy | None = None
    retention: dict[str, Any] | None = None
    quality: dict[str, Any] | None = None
    expected_schema: dict[str, Any] | None = None
