"""`steward privacy`: find personal data, classify it, make a copy for release, measure it."""

from steward_app.cli.privacy import check, classify, frontier, kinds, risk
from steward_app.cli.privacy.group import app

__all__ = ["app", "check", "classify", "frontier", "kinds", "risk"]
