"""An original and copies of it, as they should and should not be made: attacks and measures are tried on them."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from builders.database import a_database
from steward_app.kernel.values import SqlValue

Row = tuple[SqlValue, ...]
COLUMNS = ("id", "name", "email", "birth_date", "postcode", "sex", "diagnosis")
_TABLE = (
    "id INTEGER PRIMARY KEY, name TEXT, email TEXT, birth_date TEXT, postcode TEXT, sex TEXT, diagnosis TEXT"
)
_VISIT = "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id), cost REAL, taken_on TEXT"
_ILL = ("asthma", "diabetes", "gout", "migraine", "none")


def patients(count: int = 400, seed: int = 1) -> list[Row]:
    """Patients of which most have a birth date of their own."""
    choose = random.Random(seed)
    start = date(1940, 1, 1)
    return [
        (
            number,
            f"Name {choose.randrange(120)}",
            f"p{number}@mail.example",
            (start + timedelta(days=choose.randrange(25_000))).isoformat(),
            f"{choose.randrange(10, 40)}{choose.randrange(100, 999)}",
            choose.choice("fm"),
            choose.choices(_ILL, (8, 4, 2, 1, 10))[0],
        )
        for number in range(1, count + 1)
    ]


def visits(count: int = 800, people: int = 400, seed: int = 2) -> list[Row]:
    """Visits of patients."""
    choose = random.Random(seed)
    day = date(2020, 1, 1)
    return [
        (
            n,
            choose.randrange(1, people + 1),
            round(choose.uniform(10, 500), 2),
            (day + timedelta(days=n)).isoformat(),
        )
        for n in range(1, count + 1)
    ]


def a_clinic(
    path: Path, rows: Sequence[Row] | None = None, more: Sequence[Row] = (), *, columns: str = _TABLE
) -> Path:
    """A file with patients and visits."""
    return (
        a_database(path)
        .with_table("patient", columns, rows=patients() if rows is None else rows)
        .with_table("visit", _VISIT, rows=more)
        .build()
    )


def changed(rows: Sequence[Row], **columns: Callable[[SqlValue], SqlValue]) -> list[Row]:
    """The patients with columns changed: `changed(rows, email=unsalted)`."""
    return [
        tuple(
            columns[name](value) if name in columns else value
            for name, value in zip(COLUMNS, row, strict=True)
        )
        for row in rows
    ]


def unsalted(value: SqlValue) -> str:
    """What is often taken for a pseudonym."""
    return hashlib.sha256(str(value).encode()).hexdigest()


def token(value: SqlValue, key: bytes = b"32 bytes that nobody else has, ok") -> str:
    """A keyed one."""
    return hmac.digest(key, str(value).encode(), "sha256").hex()


def gone(value: SqlValue) -> None:
    """Nothing."""
    del value
