"""`steward migrate`: change the schema step by step, each tried first on a copy of the real data."""

from steward_app.cli.migrate import adopt, diff, expand, lint, mend, run, status
from steward_app.cli.migrate.group import app

__all__ = ["adopt", "app", "diff", "expand", "lint", "mend", "run", "status"]
