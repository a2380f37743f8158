"""`steward privacy kinds`: the types of personal data that the program knows."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.cli.options import AsJson
from steward_app.cli.output import Printer, show
from steward_app.cli.privacy.group import app


@dataclass(frozen=True, slots=True)
class PersonalKind:
    """A type of personal data.

    Attributes:
        id: as the policy and `--type` name it.
        identifies: "direct", "indirect" or "none".
        category: "ordinary", "special", "criminal" or "national_number".
        technique: what a copy for release does with it unless told otherwise.
    """

    id: str
    title: str
    means: str
    identifies: str
    category: str
    level: str
    origin: str
    technique: str


@app.command("kinds")
def list_kinds(as_json: AsJson = False) -> None:
    """List the types of personal data, and what each is taken for until you say otherwise."""
    from steward_app.services.privacy.kinds import kinds

    found = [
        PersonalKind(
            each.name,
            each.title,
            each.means,
            str(each.identifies),
            str(each.category),
            str(each.level),
            str(each.origin),
            each.technique,
        )
        for each in kinds().values()
    ]
    show("personal-kinds", found, as_json=as_json, human=lambda out: _print(out, found))


def _print(out: Printer, found: list[PersonalKind]) -> None:
    out.table(
        ("Type", "What it is", "Identifies", "Category", "Level", "In a copy"),
        [(each.id, each.title, each.identifies, each.category, each.level, each.technique) for each in found],
    )
