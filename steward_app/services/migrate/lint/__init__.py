"""What is wrong with migrations before any of them runs: lost data, rows in the way, cost, deception."""

from steward_app.services.migrate.lint.codes import RULES
from steward_app.services.migrate.lint.lint import lint, lint_pending
from steward_app.services.migrate.lint.model import LintReport, Looked, Place, Problem
from steward_app.services.migrate.lint.rule import Rule

__all__ = ["RULES", "LintReport", "Looked", "Place", "Problem", "Rule", "lint", "lint_pending"]
