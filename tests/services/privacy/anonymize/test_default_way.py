"""The way without a policy, on databases that others made: a scan, the rules proposed from it, a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import a_database, steward
from steward_app.db import open_read
from steward_app.kernel.text import quoted
from steward_app.services.privacy.transform.known import Known

DATA = Path(__file__).parents[3] / "data"


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        return session.all(sql)


def copied(path: Path) -> tuple[Path, str]:
    """Scan and make a copy, as a steward does; the copy, and what was printed."""
    target = path.with_name("copy.db")
    assert steward("privacy", "scan", path).code in (0, 1)
    ran = steward("privacy", "anonymize", path, "--to", target, "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert "A copy for release (pseudonymised) was made: “copy.db”" in ran.out
    assert "0 of" in ran.out
    return target, ran.out + ran.err


def whole(target: Path, path: Path, *columns: str) -> None:
    """Nothing is broken, as many rows are there, and no value of these columns is."""
    assert rows(target, "PRAGMA integrity_check") == [("ok",)]
    assert rows(target, "PRAGMA foreign_key_check") == []
    for each in columns:
        table, column = each.split(".")
        sql = f"SELECT DISTINCT {column} FROM {table} WHERE length({column}) > 4"
        before, after = set(rows(path, sql)), set(rows(target, sql))
        assert before and not before & after, each
        assert rows(path, f"SELECT count(*) FROM {table}") == rows(target, f"SELECT count(*) FROM {table}")


def test_chinook(tmp_path: Path) -> None:
    path = Path(shutil.copy(DATA / "chinook.sqlite", tmp_path))
    target, told = copied(path)
    whole(target, path, "Customer.Email", "Customer.Phone", "Customer.Address", "Employee.Email")
    whole(target, path, "Invoice.BillingAddress")
    assert "3 columns about nobody keep words that are names elsewhere" in told
    assert "“Artist.Name”" in told
    assert rows(target, "SELECT Milliseconds FROM Track") == rows(path, "SELECT Milliseconds FROM Track")
    assert rows(target, "SELECT Name FROM Track") == rows(path, "SELECT Name FROM Track")


def test_northwind(tmp_path: Path) -> None:
    path = Path(shutil.copy(DATA / "northwind.sqlite", tmp_path))
    target, _ = copied(path)
    whole(target, path, "Customers.ContactName", "Customers.Phone", "Orders.ShipName", "Employees.HomePhone")
    met = "SELECT count(*) FROM Orders o JOIN Customers c ON c.CompanyName = o.ShipName"
    assert rows(target, met) >= rows(path, met) > [(0,)]
    notes = str(rows(target, "SELECT group_concat(Notes) FROM Employees"))
    assert not any(word in notes for word in ("Nancy", "Andrew", "Buchanan", "London"))


@pytest.fixture
def sakila(tmp_path: Path) -> Path:
    given = ("Zyta", "Quirin", "Xaver", "Yolanda", "Wunibald")
    family = ("Zweigle", "Quastenberg", "Xylander", "Yperman")
    now = "'2026-02-03 04:05:06'"
    builder = a_database(tmp_path).with_sql((DATA / "sakila-schema.sql").read_text(encoding="utf-8"))
    people = [
        f"INSERT INTO address (address_id, address, district, city_id, postal_code, phone, last_update) "
        f"VALUES ({n}, '{n + 100} Quillfeather Lane', 'Alberta', 1, '{30000 + 7 * n}', '+49 30 90{n:05}', {now});"
        f"INSERT INTO customer (customer_id, store_id, first_name, last_name, email, address_id, create_date, "
        f"last_update) VALUES ({n}, 1, '{given[n % 5]}', '{family[n % 4]}', 'zq{n}.orig@quill.example', {n}, "
        f"'2025-01-{n % 28 + 1:02} 10:00:00', {now});"
        for n in range(1, 41)
    ]
    return builder.with_sql(
        "PRAGMA foreign_keys = OFF",
        f"INSERT INTO country VALUES (1, 'Canada', {now})",
        f"INSERT INTO city VALUES (1, 'Lethbridge', 1, {now})",
        *(sql for each in people for sql in each.split(";") if sql),
        f"INSERT INTO store VALUES (1, 1, 1, {now})",
        "INSERT INTO staff (staff_id, first_name, last_name, address_id, email, store_id, username, last_update) "
        f"VALUES (1, 'Balthasar', 'Niederkofler', 2, 'balthasar@quill.example', 1, 'bniederk', {now})",
    ).build()


def test_sakila(sakila: Path) -> None:
    target, _ = copied(sakila)
    whole(target, sakila, "customer.email", "address.address", "address.phone", "staff.username")
    joined = "SELECT count(*) FROM customer JOIN address USING (address_id) JOIN store USING (store_id)"
    assert rows(target, joined) == [(40,)]


def test_the_sample(tmp_path: Path) -> None:
    """Nobody need decide anything first, and what goes along is told, what is special in it before the rest."""
    path = tmp_path / "riverside.db"
    assert steward("sample", "--to", path).code == 0
    target, told = copied(path)
    whole_but_keys = rows(target, "PRAGMA integrity_check(100000)")
    assert all("CHECK" in str(line) or line == ("ok",) for line in whole_but_keys)
    assert "no value in “birth_date”, which is NOT NULL" in told
    assert "8 columns of special categories go along unchanged" in told
    special = "visit.reason", "diagnosis.icd_code", "allergy.substance_code", "prescription.medication_id"
    measured = "lab_result.analyte", "lab_result.value", "observation.kind", "observation.value"
    assert f"Health (Art. 9): {', '.join(map(quoted, (*special, *measured)))}" in told
    assert told.index("special categories") < told.index("other columns are personal and go along unchanged")
    for table, column in (("staff", "email"), ("patient", "national_id"), ("staff", "salary_iban")):
        sql = f"SELECT {column} FROM {table} WHERE {column} > ''"
        assert not set(rows(path, sql)) & set(rows(target, sql)), column
    later = "SELECT count(*) FROM visit WHERE ended_at < started_at"
    assert rows(target, later) == rows(path, later)


def test_what_a_copy_would_keep_is_said_before_it_is_built(tmp_path: Path) -> None:
    people = [(n, f"Zyta{n} Quastenberg{n}", f"zq{n}@orig.example") for n in range(30)]
    path = (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, full_name TEXT, email TEXT", rows=people)
        .with_table("wire", "zz TEXT PRIMARY KEY, amount", rows=[(f"to {mail}", n) for n, _, mail in people])
        .build()
    )
    steward("privacy", "scan", path)
    ran = steward("privacy", "anonymize", path, "--to", tmp_path / "copy.db", "--yes")
    assert ran.code != 0
    assert "wire.zz" in ran.out + ran.err
    assert not (tmp_path / "copy.db").exists()


def test_a_name_that_is_longer_in_small_letters_is_found_in_texts() -> None:
    known = Known()
    known.add(["İpekçi"], "family_name")
    assert [(hit.start, hit.end) for hit in known.hits("Asked for İpekçi.")] == [(10, 16)]
