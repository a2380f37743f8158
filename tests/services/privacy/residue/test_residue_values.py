"""In which clothes a value is recognised, what is chance, and what the plan permits."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.forms import holds, unescaped
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search, search_values


def look(path: Path, *values: SqlValue) -> ResidueReport:
    return search_values(path, values, Context())


def noted(where: Path, *cells: SqlValue, encoding: str = "UTF-8", name: str = "notes.db") -> Path:
    rows = [(n, cell) for n, cell in enumerate(cells, 1)]
    return (
        a_database(where, name)
        .with_pragma(f"encoding = '{encoding}'")
        .with_table("note", "id INTEGER PRIMARY KEY, text", rows=rows)
        .build()
    )


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Ada Winter", "written by ada winter."),
        ("Ada Winter", "ADA WINTER"),
        ("Élise Ørsted", "élise ørsted called"),
        ("Élise Ørsted", "ÉLISE ØRSTED"),
        ("Jörg Groß", "JÖRG GROSS"),
        ("İpek Yılmaz", "İPEK YILMAZ"),
        ("Zoë Müller", "Zoe\u0308 Mu\u0308ller"),  # decomposed
        ("田中太郎", "私は田中太郎です"),
        ("Анна Каренина", "АННА КАРЕНИНА"),
        ("O'Brien, Pat", "it is O'Brien, Pat."),
        ("ada@mail.example", "to <ada@mail.example>"),
        ("+49 30 1234567", "call 49301234567 now"),
    ],
)
def test_it_is_found_in_text(tmp_path: Path, encoding: str, value: str, cell: str) -> None:
    report = look(noted(tmp_path, cell, encoding=encoding), value)
    assert report.of(Where.CELL) == report.hits == 1


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
@pytest.mark.parametrize(
    "value", ["Élise Ørsted", "Mia\t“Zoë” 😀 Winter", "a/b/c/d & e\\f", "日本の田中太郎"]
)
def test_it_is_found_in_json(tmp_path: Path, encoding: str, value: str) -> None:
    for name, text in (
        ("ascii", json.dumps({"person": [{"name": value}]})),
        ("plain", json.dumps({"person": [{"name": value}]}, ensure_ascii=False)),
    ):
        path = noted(tmp_path, text, encoding=encoding, name=f"{name}.db")
        assert look(path, value).of(Where.CELL) == 1


def test_it_is_found_in_json_with_needless_escapes_and_in_jsonb(tmp_path: Path) -> None:
    path = noted(tmp_path, '{"name": "\\u0041da W\\u0069nter"}', '{"name": "Ada Winter"}')
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE note SET text = jsonb(text) WHERE id = 2")
    connection.close()
    report = look(path, "Ada Winter")
    assert report.of(Where.CELL) == 2


def test_it_is_not_found_where_an_escaped_letter_of_json_goes_on(tmp_path: Path) -> None:
    longer = json.dumps({"name": "Elias Löf", "note": "Öelias L"})
    assert "Elias L\\u00f6f" in longer
    assert look(noted(tmp_path, longer), "Elias L").is_clean
    assert look(noted(tmp_path, json.dumps("Elias L\u2028"), name="b.db"), "Elias L").of(Where.CELL) == 1


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (49301234567, 49301234567),
        ("+49 30 1234567", 49301234567),
        ("0049301234567", 49301234567),
        (49301234567, "49301234567"),
        (1234567.875, 1234567.875),
        (49301234567.0, 49301234567),
        (-49301234567, -49301234567),
        (1 << 62, 1 << 62),
    ],
)
def test_numbers_in_records(tmp_path: Path, value: SqlValue, cell: SqlValue) -> None:
    assert look(noted(tmp_path, cell), value).of(Where.CELL) == 1


def test_a_number_that_is_the_number_of_a_row(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("phone", "number INTEGER PRIMARY KEY, x", rows=[(49301234567, 1)])
        .build()
    )
    found = look(path, 49301234567).found
    assert [(each.name, each.column, each.hits) for each in found] == [("phone", "number", 1)]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Martin", "Martinez came"),
        ("anna@mail.example", "joanna@mail.example"),
        ("anna@mail.example", "anna@mail.examples"),
        ("12345678", "order 912345678"),
        ("Rose Field", "the rose fields"),
        ("Grace", "with grace"),
        ("1984-03-07", "1984-03-07"),
        ("10115", "10115"),
        (49301234567, 149301234567),
    ],
)
def test_what_is_part_of_something_else_is_chance(tmp_path: Path, value: SqlValue, cell: SqlValue) -> None:
    report = look(noted(tmp_path, cell), value)
    assert report.is_clean


def test_bytes_left_of_a_longer_word_that_a_row_holds_are_chance(tmp_path: Path) -> None:
    path = noted(tmp_path, *(["Martinez came"] * 300))
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA secure_delete = OFF").fetchall()
    connection.execute("DELETE FROM note WHERE id > 1")
    report = look(path, "Martin")
    assert report.is_clean and report.chance > 10
    connection.execute("UPDATE note SET text = 'x'")
    assert not look(path, "Martin").is_clean  # nothing explains them any more
    connection.close()


@pytest.mark.parametrize("name", ["Grace", "Robin"])
def test_a_name_that_is_a_word_counts_as_written_and_in_capitals(tmp_path: Path, name: str) -> None:
    report = look(noted(tmp_path, f"with {name.lower()}", f"said {name}", f"to {name.upper()}!"), name)
    assert report.of(Where.CELL) == 2


def test_columns_of_the_source_and_what_is_permitted(tmp_path: Path) -> None:
    people = [
        (n, f"Person{n:03d} Winter", "Berlin" if n % 2 else "Hamburg", "MF"[n % 2], 20 + n % 9)
        for n in range(60)
    ]
    columns = "id INTEGER PRIMARY KEY, name TEXT, city TEXT, sex TEXT, age INTEGER"
    source = a_database(tmp_path, "source.db").with_table("person", columns, rows=people).build()
    changed = [(n, f"Nobody{n:03d}", city, None, age) for (n, _, city, _, age) in people]
    copy = a_database(tmp_path, "copy.db").with_table("person", columns, rows=changed).build()
    city = Place("person", "city")
    places = [Searched(Place("person", name)) for name in ("name", "sex")]
    report = search(copy, source, [*places, Searched(city, (Permitted(city, "shuffle"),))], Context())
    assert report.is_clean and report.values == 64
    assert [(each.place, each.reason, each.hits) for each in report.allowed] == [(city, "shuffle", 60)]
    assert [each.as_cells for each in report.originals] == [0, 2, 0]
    strict = search(copy, source, [*places, Searched(city), Searched(Place("person", "age"))], Context())
    assert {(each.column, each.hits, each.values) for each in strict.found} == {
        ("city", 60, 2),
        ("age", 60, 9),
    }


def test_values_at_a_path_of_json(tmp_path: Path) -> None:
    rows = [(n, json.dumps({"kids": [{"name": f"Kid{n:03d} Winter"}, {"name": "Zed"}]})) for n in range(20)]
    source = a_database(tmp_path, "source.db").with_table("visit", "id INTEGER, data TEXT", rows=rows).build()
    copy = noted(tmp_path, "nothing", "Kid007 Winter was here")
    report = search(copy, source, [Searched(Place("visit", "data", "$.kids[*].name"))], Context())
    assert report.hits == 1 and report.originals[0].values == 21 and report.originals[0].as_cells == 1


def test_pictures_in_blobs(tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n" + bytes(range(256)) * 30
    blank = b"\x89PNG\r\n" + bytes(7_000)
    path = noted(tmp_path, picture, b"\x89PNG\r\n" + bytes(90))
    assert look(path, picture).of(Where.CELL) == 1
    assert look(path, blank).originals[0].not_searched == 1


def test_what_was_not_searched_is_said(tmp_path: Path) -> None:
    report = look(noted(tmp_path, "x"), "Ada", "unknown", "1984-03-07", "Ada Winter")
    told = {each.what: each.count for each in report.not_searched}
    assert report.is_clean
    assert [count for count in told.values() if count] == [1, 1, 1, 1]
    assert any("compressed" in what for what in told)
    assert any("whole" in each.what for each in report.searched)


def test_text_that_is_no_text(tmp_path: Path) -> None:
    source = a_database(tmp_path, "source.db").with_table("t", "x").build()
    copy = noted(tmp_path, "x")
    for path, sql in (
        (source, "INSERT INTO t VALUES (CAST(x'4164ff61ff57696e746572' AS TEXT))"),
        (copy, "UPDATE note SET text = CAST(x'4164ff61ff57696e746572' AS TEXT)"),
    ):
        connection = apsw.Connection(str(path))
        connection.execute(sql)
        connection.close()
    assert search(copy, source, [Searched(Place("t", "x"))], Context()).of(Where.CELL) == 1


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.db"
    path.write_bytes(bytes((n * 7919 + n // 256 * 31) % 251 for n in range(8192)))
    with pytest.raises(Failure):
        look(path, "Ada Winter")


def test_nothing_of_a_value_is_in_the_report(tmp_path: Path) -> None:
    report = look(noted(tmp_path, "Ada Winter", "Martinez"), "Ada Winter", "Martin")
    assert "Winter" not in repr(report) and "Martin" not in repr(report)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=30),
    value=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
)
def test_a_value_between_spaces_is_always_held(text: str, value: str) -> None:
    assert holds(f"{text} {value} {text}", value, any_case=True)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@settings(max_examples=50, deadline=None)
def test_escapes_become_the_letters_they_mean(text: str) -> None:
    plain = unescaped(json.dumps(text).encode())
    if plain is not None:
        letters = [each for each in text if not each.isascii()]
        assert (
            plain[0].count("".join(letters[:1]).encode()) == text.count("".join(letters[:1])) or not letters
        )


def test_escapes_are_seen_among_many_strokes() -> None:
    window = b"\\n" * 5_000 + b"\\u005a\\u006f\\u00EB" + b"\\u00" * 900
    plain = unescaped(window)
    assert plain is not None and plain[0] == b"\\n" * 5_000 + "Zoë".encode() + b"\\u00" * 900
    assert unescaped(b"\\n" * 5_000 + b"\\u00" * 900) is None


def test_pointers_of_a_page_are_no_numbers(tmp_path: Path) -> None:
    path = noted(tmp_path, *(["x" * 200] * 15))
    page = path.read_bytes()[4096:8192]
    number = int.from_bytes(page[8:14], "big")  # the places of the first three cells
    assert number > 1 << 31
    assert look(path, number).is_clean


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("630-859-467", "48630859467"),
        ("630 859 467", "0048630859467"),
        ("+48 630 859 467", "630859467"),
        ("+48 630 859 467", "0630859467"),
        ("0630 859 467", "+48630859467 called"),
        ("PL61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874"),
        ("PL61109010140000071219812874", "to PL61 1090 1014 0000 0712 1981 2874"),
        ("4012888888881881", "4012-8888-8888-1881"),
        ("4012 8888 8888 1881", "4012888888881881"),
    ],
)
def test_numbers_are_found_as_they_are_written_elsewhere(tmp_path: Path, value: str, cell: str) -> None:
    report = look(noted(tmp_path, cell), value)
    assert report.of(Where.CELL) == report.hits == 1


def test_digits_within_a_longer_number_explain_what_old_rows_left_of_it(tmp_path: Path) -> None:
    path = noted(tmp_path, *(f"999{n:03d}630859467" for n in range(40)))
    session = apsw.Connection(str(path))
    session.execute("PRAGMA secure_delete = OFF")
    session.execute("INSERT INTO note SELECT id + 1000, text FROM note")
    session.execute("DELETE FROM note WHERE id > 1000")
    session.close()
    assert look(path, "630-859-467").is_clean
