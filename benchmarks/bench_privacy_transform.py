"""Pseudonyms for six columns of a table, beside one keyed call a cell, in memory.

Ours are real-looking names, addresses of e-mail, telephone numbers, towns and accounts of 200,000 rows, from rows to
rows. The base is the plainest that is keyed at all: a BLAKE2b for every cell of the same columns, in hexadecimal, which
looks like nothing, keeps no form and knows neither NULL nor collations.
"""

from __future__ import annotations

import tempfile
from hashlib import blake2b
from pathlib import Path

from harness import compare, record

from steward_app.db import create, open_read
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.schema import read_schema

ROWS, BATCH, KEY = 200_000, 20_000, bytes(range(32))
KINDS = ("given_name", "family_name", "email", "phone", "city", "account")


def rows() -> list[Row]:
    return [
        (
            n,
            f"Given{n % 700}",
            f"Family{n % 20_000}",
            f"p{n}@mail.example",
            f"+49 30 {n:08d}",
            f"Town{n % 3_000}",
            f"a{n % 50_000}",
        )
        for n in range(ROWS)
    ]


def keyed_cells(row: Row) -> Row:
    return (row[0], *(blake2b(str(value).encode(), key=KEY, digest_size=8).hexdigest() for value in row[1:]))


def main() -> None:
    said = ReleaseRules(
        "bench", tuple(Rule(Place("t", kind), Technique.PSEUDONYM, {"kind": kind}) for kind in KINDS)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.db"
        with create(path) as session:
            session.run(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(KINDS)})")
        data = rows()
        with open_read(path) as session, session.snapshot():
            schema = read_schema(session)

            def ours() -> None:
                with prepare(session, schema, said, KEY, Context()) as transforms:
                    table = transforms.table("t")
                    assert table is not None
                    for start in range(0, ROWS, BATCH):
                        table.apply(data[start : start + BATCH])

            record(
                "Pseudonyms of six columns",
                compare(ours, lambda: list(map(keyed_cells, data)), rounds=5),
                base="a keyed hash a cell",
                limit=1.0,
            )


if __name__ == "__main__":
    main()
