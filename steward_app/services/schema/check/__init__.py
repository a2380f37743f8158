"""The check of a file: which promises hold, which are broken by which rows, which nobody enforces."""

from steward_app.services.schema.check.constraints import constraints, link_rule
from steward_app.services.schema.check.export import export_findings
from steward_app.services.schema.check.findings import mismatch_words
from steward_app.services.schema.check.model import (
    CheckedConstraint,
    CheckReport,
    Constraint,
    ConstraintKind,
    ConstraintState,
)
from steward_app.services.schema.check.run import check, unchecked
from steward_app.services.schema.check.structure import structure_findings

__all__ = [
    "CheckReport",
    "CheckedConstraint",
    "Constraint",
    "ConstraintKind",
    "ConstraintState",
    "check",
    "constraints",
    "export_findings",
    "link_rule",
    "mismatch_words",
    "structure_findings",
    "unchecked",
]
