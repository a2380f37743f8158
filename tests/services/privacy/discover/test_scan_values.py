"""What is recognised in the values of a column, whatever it is called."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from builders import a_database
from builders.profiles import look_at
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.discover.profile import ColumnProfile, Content, Form, Inside


def column(where: Path, values: Iterable[SqlValue], declared: str = "") -> ColumnProfile:
    path = a_database(where).with_table("t", f"x {declared}", rows=[(value,) for value in values]).build()
    return look_at(path).profile.columns[0]


@pytest.mark.parametrize(
    ("form", "values"),
    [
        (Form.EMAIL, ["ada@example.org", "b.o'neil+x@mail.example.co.uk", "jörg@müller.example"]),
        (Form.URL, ["https://example.org/a?b=1", "www.example.org", "HTTP://EXAMPLE.ORG"]),
        (Form.IP, ["192.0.2.1", "2001:db8::1", "::1", "10.0.0.0/8"]),
        (Form.MAC, ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E"]),
        (Form.UUID, ["675d74c0-6070-4951-805c-12f5f2c206e5", "{675D74C0-6070-4951-805C-12F5F2C206E5}"]),
        (Form.IMEI, ["490154203237518", "356938035643809"]),
        (Form.CARD, ["4111 1111 1111 1111", "5500005555555559", "3782 822463 10005"]),
        (Form.IBAN, ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"]),
        (
            Form.DATE,
            ["1987-03-01", "1.3.1987", "03/01/1987", "1 March 1987", "19870301", "1987-03-01T10:00:00Z"],
        ),
        (Form.DATE_TIME, ["1987-03-01 10:20", "1987-03-01T10:20:30.123+01:00"]),
        (Form.TIME, ["10:20", "23:59:59", "7:05 pm"]),
        (
            Form.PHONE,
            [
                "+44 20 7946 0123",
                "(020) 7946 0123",
                "030 901820",
                "559-633-0275x0851",
                "0049 30 901820",
                "+48 512 345 678",
                "512 345 678",
            ],
        ),
        (Form.POSITION, ["52.5200, 13.4050", "POINT(13.4050 52.5200)", "52°31'12\"N 13°24'18\"E"]),
        (Form.STREET, ["12 High Street", "Hauptstraße 5a", "4 bis rue de la Paix"]),
        (Form.HASH, ["5f4dcc3b5aa765d61d8327deb882cf99", "$2b$12$abcdefghijklmnopqrstuuN3Zb1"]),
        (Form.KEY, ["eyJhbGciOi.eyJzdWIiOi.SflKxwRJ", "aB3dE6gH9jK2mN5pQ8sT1vW4"]),
        (Form.USER_AGENT, ["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"]),
        (Form.FILE, ["scan.pdf", "/home/ada/report.docx", "C:\\Users\\ada\\x.txt"]),
        (Form.JSON, ['{"a": 1}', "[1, 2]"]),
        (Form.MARKUP, ["<p>Hello</p>", "<?xml version='1.0'?><a/>"]),
        (Form.WHOLE_NUMBER, ["12", "-7", 5, 6]),
        (Form.NUMBER, ["1.5", "1,234.50", 2.5, "1e5"]),
        (Form.EPOCH, [1_700_000_000, 1_700_000_000_000]),
        (Form.JULIAN_DAY, [2_460_000.5, 2_450_000.25]),
        (Form.LATITUDE, [52.52001, -33.86882, "48.85661"]),
        (Form.WORD, ["Ada", "Žofie", "O'Brien"]),
        (Form.WORDS, ["Ada Winter", "van der Berg, Jan"]),
        (Form.TEXT, ["She came in with a cough and a fever last night"]),
        (Form.HANDLE, ["@ada_w"]),
        (Form.INITIALS, ["A.W.", "AW"]),
        (Form.CODE, ["AB-1234", "X7"]),
    ],
)
def test_forms_are_seen_whatever_the_column_is_called(
    tmp_path: Path, form: Form, values: list[SqlValue]
) -> None:
    assert column(tmp_path, values).seems.get(form, 0.0) == 1.0


@pytest.mark.parametrize(
    ("form", "values"),
    [
        (Form.CARD, ["4111111111111112", "1234567890123456", "9999999999999995"]),
        (Form.IBAN, ["GB82WEST12345698765433", "ZZ00AAAA1111"]),
        (Form.IMEI, ["490154203237519"]),
        (Form.PHONE, ["1987-03-01", "12-34", "192.168.100.200", "1.234.567,89", "52.5200"]),
        (Form.EMAIL, ["ada@", "@example.org", "a b@c"]),
        (Form.DATE, ["1987-13-41", "99999999", "1.5"]),
        (Form.IP, ["1.2.3", "999.1.1.1"]),
        (Form.JSON, ["{no json}", "[1, 2"]),
    ],
)
def test_what_only_looks_so_is_not_taken_for_it(tmp_path: Path, form: Form, values: list[SqlValue]) -> None:
    assert column(tmp_path, values).seems.get(form, 0.0) == 0.0


def test_an_identity_number_is_known_by_its_check_digits(tmp_path: Path) -> None:
    found = column(tmp_path, ["44051401359", "02070803628", "92092911102"])  # PESEL
    assert found.forms["national_id"] == 1.0
    assert found.right["pl.pesel"] > 0.6


def test_telephone_numbers_tell_their_countries(tmp_path: Path) -> None:
    found = column(tmp_path, ["+49 30 901820", "+49 89 23300", "+44 20 7946 0123"])
    assert found.seems[Form.PHONE_VALID] == 1.0
    assert max(found.regions, key=lambda region: found.regions[region]) == "DE"


def test_names_are_told_by_lists_and_not_by_capitals(tmp_path: Path) -> None:
    found = column(tmp_path, ["James Brown", "MARIA GARCIA", "jürgen müller", "Red Cotton Sheets"])
    assert found.named == 0.75
    assert found.within["given_name"] >= 0.75


def test_entries_of_several_words_are_found_where_they_stand(tmp_path: Path) -> None:
    found = column(tmp_path, ["a new start in New York for us", "NEW-YORK", "New York"])
    assert found.within["city"] == 1.0
    assert found.whole["city"] == pytest.approx(1 / 3, abs=0.01)


def test_text_is_looked_into(tmp_path: Path) -> None:
    found = column(
        tmp_path,
        [
            "Seen today with Maria Garcia, call +44 20 7946 0123 tomorrow",
            "Send the letter to ada@example.org and to www.example.org please",
            "Mrs Winter asked for it on 2024-01-05 once more",
            "Nothing of note was found in this week again",
        ],
    )
    assert found.inside[Inside.PERSON_NAME] == 0.5
    assert {Inside.EMAIL, Inside.PHONE, Inside.URL, Inside.DATE} <= set(found.inside)


def test_telephone_numbers_with_dots_are_seen_in_texts(tmp_path: Path) -> None:
    found = column(tmp_path, [f"the mother was told by {each}" for each in ("931.767.775", "06.12.34.56.78")])
    assert found.inside[Inside.PHONE] == 1.0
    assert Inside.IP not in found.inside


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (Content.PICTURE, b"\xff\xd8\xff\xe0" + bytes(50)),
        (Content.PICTURE, b"\x89PNG\r\n\x1a\n" + bytes(50)),
        (Content.PICTURE, b"RIFF\x00\x00\x00\x00WEBPVP8 "),
        (Content.PDF, b"%PDF-1.7\n" + bytes(20)),
        (Content.OFFICE, b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml"),
        (Content.SOUND, b"ID3\x03" + bytes(20)),
        (Content.FILM, b"\x00\x00\x00\x18ftypmp42" + bytes(20)),
        (Content.MEDICAL_PICTURE, bytes(128) + b"DICM" + bytes(10)),
        (Content.DATABASE, b"SQLite format 3\x00" + bytes(84)),
        (Content.BIOMETRIC, b"FMR\x00 20\x00" + bytes(20)),
        (Content.KEY, b"-----BEGIN PRIVATE KEY-----\nMIIE"),
        (Content.UNKNOWN, bytes(range(256))),
        (Content.TEXT, "Jürgen Müller".encode()),
        (Content.TEXT, "Jürgen Müller".encode("utf-16-le")),
    ],
)
def test_bytes_are_told_by_how_they_begin(tmp_path: Path, content: Content, value: bytes) -> None:
    assert column(tmp_path, [value], "BLOB").content == {content: 1.0}


def test_text_inside_bytes_is_text(tmp_path: Path) -> None:
    found = column(tmp_path, [f"ada{n}@example.org".encode() for n in range(9)], "BLOB")
    assert found.seems[Form.EMAIL] == 1.0
    assert found.storage == {"blob": 1.0}


def test_values_of_all_storage_classes_stand_side_by_side(tmp_path: Path) -> None:
    found = column(tmp_path, [1, 2.5, "ada@example.org", b"\xff\xd8\xff\xe0", None, " ", ""])
    assert (found.looked_at, found.filled, found.distinct) == (7, 4, 4)
    assert found.storage == {"integer": 0.25, "real": 0.25, "text": 0.25, "blob": 0.25}
    assert found.seems[Form.EMAIL] == 0.25


def test_text_that_is_not_utf_8_is_looked_at_and_told(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "x", rows=[("ada@example.org",)])
        .with_sql("INSERT INTO t VALUES (CAST(x'4af6726720fc' AS TEXT))")
        .with_sql("CREATE TABLE w (k TEXT PRIMARY KEY, x) WITHOUT ROWID")
        .with_sql("INSERT INTO w VALUES ('a', CAST(x'4af67267' AS TEXT)), ('b', 'ok')")
        .build()
    )
    found = look_at(path).profile.columns[0]
    assert (found.filled, found.not_utf8) == (2, 0.5)
    assert look_at(path, "w").profile.columns[1].not_utf8 == 0.5


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_huge_cells_are_looked_at_from_their_beginning(tmp_path: Path, encoding: str) -> None:
    long = "ada@example.org wrote to us again. " * 40_000
    path = (
        a_database(tmp_path)
        .with_pragma(f"encoding = '{encoding}'")
        .with_table("t", "x, y", rows=[(long, b"%PDF-" + bytes(3_000_000)), ("short", b"%PDF-1")])
        .with_table("w", "k PRIMARY KEY, x) WITHOUT ROWID --", rows=[])
        .with_rows("w", [("a", long)])
        .build()
    )
    text, blob = look_at(path).profile.columns
    assert text.truncated == blob.truncated == 0.5
    assert text.inside[Inside.EMAIL] == 0.5
    assert blob.content == {Content.PDF: 1.0}
    assert look_at(path, "w").profile.columns[1].inside[Inside.EMAIL] == 1.0


def test_the_profile_holds_no_value(tmp_path: Path) -> None:
    from steward_app.kernel.plain import adapter
    from steward_app.services.privacy.discover.profile import TableProfile

    secrets = ["Zebulon Quixley", "zq@hidden.example", "4111 1111 1111 1111"]
    document = json.dumps({"kind": "Zebulon Quixley", "zq@hidden.example": {"n": 1}})
    path = a_database(tmp_path).with_table("t", "x, y, z, d, n", rows=[(*secrets, document, 73_918)]).build()
    said = adapter(TableProfile).dump_json(look_at(path).profile).decode()
    assert not [value for value in (*secrets, "Quixley", "zq@", "73918") if value in said]


def test_ranges_of_numbers_are_rounded_outwards(tmp_path: Path) -> None:
    numbers = column(tmp_path, [1_234, 98_765]).numbers
    assert numbers is not None
    assert (numbers.least, numbers.greatest) == (1_200, 99_000)


def test_what_counts_the_rows_is_told(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table(
        "t", "id INTEGER PRIMARY KEY, n", rows=[(n, 7 * n % 50) for n in range(1, 40)]
    )
    key, other = look_at(path.build()).profile.columns
    assert key.increasing
    assert not other.increasing
