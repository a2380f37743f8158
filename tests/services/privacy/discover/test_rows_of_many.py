"""Tables of which each row has many persons: who leads one is a person, what else it has is about nobody."""

from __future__ import annotations

from typing import Any

import pytest

from builders.database import DatabaseBuilder, a_database
from steward_app.services.privacy.discover.model import TableRole, Verdict
from steward_app.services.privacy.discover.scan import scan

TEAMS = 6
COACHES = [(n, name) for n, name in enumerate(("Rita Melo", "Ana Lopes", "Rui Sousa", "Eva Pinto"))]


def _club(
    builder: DatabaseBuilder, players: int, columns: str, teams: list[tuple[Any, ...]]
) -> DatabaseBuilder:
    born = [(n, f"19{50 + n % 50}-0{1 + n % 9}-1{n % 10}", n % TEAMS) for n in range(players)]
    return (
        builder.with_table("teacher", "id INTEGER PRIMARY KEY, full_name TEXT", rows=COACHES)
        .with_table(
            "squad", f"id INTEGER PRIMARY KEY, lead INTEGER REFERENCES teacher(id), {columns}", rows=teams
        )
        .with_table(
            "member",
            "id INTEGER PRIMARY KEY, birth_date TEXT, squad_id INTEGER REFERENCES squad(id)",
            rows=born,
        )
        .with_table(
            "field_use",
            "id INTEGER PRIMARY KEY, squad_id INTEGER REFERENCES squad(id), day TEXT",
            rows=[(n, n % TEAMS, f"2024-05-{1 + n % 28:02}") for n in range(60)],
        )
    )


def test_a_group_of_many_is_not_about_who_leads_it(tmp_path):
    path = _club(
        a_database(tmp_path), 90, "league TEXT", [(n, n % 4, f"U{n + 9}") for n in range(TEAMS)]
    ).build()
    found = scan(path)
    roles = {each.table: each.role for each in found.tables}
    assert roles["squad"] is roles["field_use"] is TableRole.REFERENCE
    assert roles["member"] is TableRole.PERSON
    verdicts = {(each.place.table, each.place.column): each.verdict for each in found.columns}
    assert verdicts["field_use", "day"] is Verdict.NOT_PERSONAL
    assert verdicts["squad", "lead"] is Verdict.PERSONAL


@pytest.mark.parametrize(
    ("players", "columns", "rest"),
    [
        (12, "league TEXT", ("U9",)),  # two a row: they may have it together
        (90, "opened TEXT", ("2024-03-07",)),  # something that happened
        (90, "sex TEXT", ("f",)),  # a person
    ],
)
def test_what_few_share_or_what_happened_is_still_theirs(tmp_path, players, columns, rest):
    teams = [(n, n % 4, *rest) for n in range(TEAMS)]
    found = scan(_club(a_database(tmp_path), players, columns, teams).build())
    assert {each.table: each.role for each in found.tables}["squad"] is not TableRole.REFERENCE


def test_the_staff_that_many_are_looked_after_by_stays_a_table_of_persons(tmp_path):
    rows = [(n, f"k{n}", f"user{n}@host.example") for n in range(6)]
    path = (
        a_database(tmp_path)
        .with_table("berater", "id INTEGER PRIMARY KEY, login TEXT, mail TEXT", rows=rows)
        .with_table(
            "member",
            "id INTEGER PRIMARY KEY, birth_date TEXT, berater INTEGER REFERENCES berater(id)",
            rows=[(n, f"19{50 + n % 50}-01-02", n % 6) for n in range(90)],
        )
        .build()
    )
    assert {each.table: each.role for each in scan(path).tables}["berater"] is not TableRole.REFERENCE
