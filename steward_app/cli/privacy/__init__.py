"""`steward privacy`: find personal data, classify it, make a copy for release, measure it."""

from steward_app.cli.privacy import frontier, kinds, risk
from steward_app.cli.privacy.group import app

__all__ = ["app", "frontier", "kinds", "risk"]
