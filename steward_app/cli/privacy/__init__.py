"""`steward privacy`: find personal data, classify it, make a copy for release, measure it."""

from steward_app.cli.privacy import (
    anonymize,
    attack,
    check,
    classify,
    controller,
    frontier,
    keys,
    kinds,
    limits,
    releases,
    residue,
    risk,
    rules,
    scan,
)
from steward_app.cli.privacy.group import app

__all__ = [
    "anonymize",
    "app",
    "attack",
    "check",
    "classify",
    "controller",
    "frontier",
    "keys",
    "kinds",
    "limits",
    "releases",
    "residue",
    "risk",
    "rules",
    "scan",
]
