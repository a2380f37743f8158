"""Deciding what columns are, and carrying decisions over to new names, with the state before."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.operations import known
from faults.points import DATABASE, home
from steward_app.catalog.policy import policy_path
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.carry import Rename, carry_renames
from steward_app.services.privacy.classify.decide import decide, withdraw
from steward_app.services.privacy.classify.model import Statement
from steward_app.services.privacy.model import Place

POLICY = """# what we decided
version: 1
classification:
  tables:
    person:
      columns:
        name: {type: person_name}   # sure
        alias: {type: person_name}
        # and the rest
"""


def build(folder: Path) -> bytes:
    """A database with a policy; what the policy says."""
    path = (
        a_database(folder, DATABASE)
        .with_table("person", "name TEXT, mail TEXT, called TEXT", rows=[("a", "b", "c")])
        .build()
    )
    policy_path(path).write_text(POLICY, encoding="utf-8")
    with home(folder) as catalog:
        known(catalog, path)
    return said(folder)


def said(folder: Path) -> bytes:
    return policy_path(folder / DATABASE).read_bytes()


def decide_two(folder: Path, context: Context) -> None:
    statements = [
        Statement(Place("person", "name"), {"type": "family_name"}),
        Statement(Place("person", "mail"), {"type": "email"}),
    ]
    with home(folder) as catalog:
        decide(catalog, folder / DATABASE, statements, context)


def take_back(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        withdraw(catalog, folder / DATABASE, [Place("person", "name")], context)


def carry_over(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        carry_renames(catalog, folder / DATABASE, [Rename(Place("person", "alias"), "called")], context)
