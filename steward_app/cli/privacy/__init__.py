"""`steward privacy`: find personal data, classify it, make a copy for release, measure it."""

from steward_app.cli.privacy import anonymize, check, classify, frontier, keys, kinds, releases, risk
from steward_app.cli.privacy.group import app

__all__ = ["anonymize", "app", "check", "classify", "frontier", "keys", "kinds", "releases", "risk"]
