"""Attacks on a copy for release, carried out."""

from steward_app.services.privacy.attack.model import Attack, AttackKind, AttackReport, Knowledge
from steward_app.services.privacy.attack.run import run

__all__ = ["Attack", "AttackKind", "AttackReport", "Knowledge", "run"]
