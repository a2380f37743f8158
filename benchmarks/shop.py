"""A shop of customers, orders and items with text in them, of any size: what backups are measured on."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw

from steward_app.db.open import create

ITEMS_OF_559_MB = 3_000_000
_LARGE_BYTES = 5 << 30

_TABLES = (
    "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, city TEXT, created TEXT)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY,"
    " customer_id INT NOT NULL REFERENCES customer (id) ON DELETE RESTRICT,"
    " ordered_at TEXT NOT NULL, status TEXT, note TEXT)",
    "CREATE TABLE item (id INTEGER PRIMARY KEY, order_id INT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,"
    " product TEXT, qty INT, price REAL, comment TEXT)",
    "CREATE INDEX orders_by_customer ON orders (customer_id)",
    "CREATE INDEX orders_by_time ON orders (ordered_at)",
    "CREATE INDEX item_by_order ON item (order_id)",
)


def build(path: Path, items: int = ITEMS_OF_559_MB) -> None:
    """Make a shop in WAL mode: a quarter as many orders as items, a fifth as many customers as orders."""
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(3000)]
    with create(path) as session:
        for setting in (
            "page_size = 4096",
            "journal_mode = WAL",
            "synchronous = OFF",
            "cache_size = -200000",
        ):
            session.run(f"PRAGMA {setting}")
        with session.transaction():
            for statement in _TABLES:
                session.run(statement)
            session.run_many(
                "INSERT INTO customer VALUES (?, ?, ?, ?, ?)", _customers(chance, words, items // 20)
            )
            session.run_many("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", _orders(chance, words, items // 4))
            session.run_many("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)", _items(chance, words, items))


def _phrase(chance: random.Random, words: Sequence[str], count: int) -> str:
    return " ".join(chance.choices(words, k=count))


def _customers(
    chance: random.Random, words: Sequence[str], count: int
) -> Iterator[tuple[int, str, str, str, str]]:
    for number in range(1, count + 1):
        email = f"{chance.choice(words)}{number}@{chance.choice(words)}.example"
        yield number, _phrase(chance, words, 2), email, chance.choice(words), "2020-01-01"


def _orders(
    chance: random.Random, words: Sequence[str], count: int
) -> Iterator[tuple[int, int, str, str, str]]:
    states = ("new", "paid", "shipped", "closed")
    for number in range(1, count + 1):
        day = f"{2018 + number * 8 // (count + 1)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        moment = f"{day}T{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:00"
        yield number, chance.randint(1, count // 5), moment, chance.choice(states), _phrase(chance, words, 8)


def _items(
    chance: random.Random, words: Sequence[str], count: int
) -> Iterator[tuple[int, int, str, int, float, str]]:
    for number in range(1, count + 1):
        comment = _phrase(chance, words, chance.randint(6, 20))
        price = chance.randint(100, 99_999) / 100
        yield number, (number + 3) // 4, _phrase(chance, words, 2), chance.randint(1, 9), price, comment


def build_large(path: Path) -> None:
    """Make a file of 5 GB in WAL mode that SQLite opens, most of it holes, an eighth of it noise."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    with path.open("r+b") as file:
        file.truncate(_LARGE_BYTES)
        file.seek(28)
        file.write((_LARGE_BYTES // 4096).to_bytes(4, "big"))
        for megabyte in range(8, _LARGE_BYTES >> 20, 8):
            file.seek(megabyte << 20)
            file.write(os.urandom(1 << 20))
