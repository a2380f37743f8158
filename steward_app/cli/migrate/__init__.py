"""`steward migrate`: change the schema step by step, each tried first on a copy of the real data."""

from steward_app.cli.migrate import diff, expand, lint, mend, run, status
from steward_app.cli.migrate.group import app

__all__ = ["app", "diff", "expand", "lint", "mend", "run", "status"]
