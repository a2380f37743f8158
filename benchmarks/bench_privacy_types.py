"""How well the types of labelled columns are found: by names alone, by values alone, by both, and by presidio.

    bench_privacy_types.py              the half that was held out when the rules were made
    bench_privacy_types.py --all        the other half, too
    PEERS_PYTHON=PYTHON_WITH_PRESIDIO bench_privacy_types.py    presidio beside, on ten values of each column

Prints precision, recall and F1 of each type. Columns without a type of their own count where one is found in them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness import record

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from builders.labelled.measure import Figures, Judged, figures, judged, table_of
from builders.labelled.suite import LabelledDatabase, LabelledTable, databases
from steward_app import db
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

VALUES = 10  # of a column, for presidio
ENTITIES: Mapping[str, frozenset[str]] = {  # of presidio: types that are right for them
    "PERSON": frozenset({"person_name", "given_name", "family_name"}),
    "EMAIL_ADDRESS": frozenset({"email"}),
    "PHONE_NUMBER": frozenset({"phone"}),
    "IBAN_CODE": frozenset({"iban"}),
    "CREDIT_CARD": frozenset({"card"}),
    "IP_ADDRESS": frozenset({"ip"}),
    "MAC_ADDRESS": frozenset({"device_id"}),
    "DATE_TIME": frozenset({"birth_date", "death_date"}),
    "URL": frozenset({"web_address"}),
    "LOCATION": frozenset({"address", "street", "city"}),
    "UK_NHS": frozenset({"health_insurance_id"}),
    "UK_NINO": frozenset({"national_id"}),
    "US_SSN": frozenset({"national_id"}),
    "ES_NIF": frozenset({"national_id", "tax_id"}),
    "IT_FISCAL_CODE": frozenset({"national_id", "tax_id"}),
    "PL_PESEL": frozenset({"national_id"}),
    "US_BANK_NUMBER": frozenset({"bank_account"}),
    "US_DRIVER_LICENSE": frozenset({"driving_licence"}),
    "US_PASSPORT": frozenset({"passport"}),
    "MEDICAL_LICENSE": frozenset({"person_number"}),
}


def by_names(labelled: Iterable[LabelledDatabase], folder: Path) -> list[Judged]:
    """Of tables without a row."""
    found = []
    for each in labelled:
        path = replace(each, name=f"{each.name} without rows", rows=0).build(folder)
        said = {column.place: column for column in scan(path).columns}
        found += [
            Judged(each.name, table.name, column, said[Place(table.name, column.name)].kind)
            for table in each.tables
            for column in table.columns
            if not column.blank
        ]
    return found


def by_values(labelled: Iterable[LabelledDatabase], folder: Path) -> list[Judged]:
    """Of tables and columns whose names say nothing."""
    return list(judged((_without_names(each) for each in labelled), folder))


def _without_names(database: LabelledDatabase) -> LabelledDatabase:
    names = {table.name: f"t{at}" for at, table in enumerate(database.tables)}
    tables = [
        LabelledTable(
            names[table.name],
            tuple(
                replace(column, name=f"c{at}", maker=_pointing(column.maker, names))
                for at, column in enumerate(table.columns)
            ),
        )
        for table in database.tables
    ]
    return replace(database, name=f"{database.name} without names", tables=tables)


def _pointing(maker: str, names: Mapping[str, str]) -> str:
    return f"fk.{names[maker.removeprefix('fk.')]}" if maker.startswith("fk.") else maker


def by_presidio(python: str, labelled: Iterable[LabelledDatabase], folder: Path) -> list[Judged]:
    """What presidio names most often in a column, with the recognizers that need no model."""
    columns, values = [], []
    for each in labelled:
        with db.open_read(each.build(folder)) as session:
            for table in each.tables:
                for column in table.columns:
                    if not column.blank:
                        columns.append((each.name, table.name, column))
                        values.append(_some(session, table.name, column.name))
    script = Path(__file__).with_name("peer_types.py")
    done = subprocess.run(
        [python, str(script)], input=json.dumps(values), capture_output=True, text=True, check=True
    )
    found = []
    for (name, table_name, column), entity in zip(columns, json.loads(done.stdout), strict=True):
        fits = ENTITIES.get(entity, frozenset())
        kind = min(fits & column.truths, default=min(fits, default=""))
        found.append(Judged(name, table_name, column, kind))
    return found


def _some(session: db.ReadSession, table: str, column: str) -> Sequence[str]:
    name = db.quote(column)
    rows = session.all(
        f"SELECT {name} FROM {db.qualified(table)} WHERE typeof({name}) <> 'blob' LIMIT {VALUES}"
    )
    return [str(row[0]) for row in rows if row[0] is not None]


def _new(folder: Path) -> Path:
    inner = folder / "presidio"
    inner.mkdir()
    return inner


def said(way: str, found: Figures) -> None:
    """Print the figures of one way."""
    score = found.types
    print(
        f"{way:<14} precision {score.precision:.3f}  recall {score.recall:.3f}  F1 {score.f1:.3f}"
        f"  direct identifiers {found.direct_recall:.3f}  false alarms {found.alarms:.3f}",
        flush=True,
    )


def main() -> None:
    halves = (True, False) if "--all" in sys.argv else (True,)
    peers = os.environ.get("PEERS_PYTHON", "")
    for held_out in halves:
        print("Held out" if held_out else "Tuned on", flush=True)
        labelled = databases(held_out=held_out)
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            said("names only", figures(by_names(labelled, folder)))
            said("values only", figures(by_values(labelled, folder)))
            if peers:
                said("presidio", figures(by_presidio(peers, labelled, _new(folder))))
            ours = figures(judged(labelled, folder))
            said("ours", ours)
            print(table_of(ours.by_type), flush=True)
            if held_out:
                base = "labelled columns of tables held out; a limit"
                record("Types of columns: 1 - F1", 1 - ours.types.f1, base=base, limit=0.10, unit="")
                record(
                    "Direct identifiers that are missed",
                    1 - ours.direct_recall,
                    base=base,
                    limit=0.05,
                    unit="",
                )


if __name__ == "__main__":
    main()
