"""Migration files: what their names say."""

from __future__ import annotations

from pathlib import Path

import pytest
from blake3 import blake3

from steward_app.db.migration_files import Kind, read_folder
from steward_app.kernel.errors import ErrorCode, Failure

ALL = frozenset(Kind)


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("SELECT 1;")


def test_files_come_in_the_order_in_which_they_are_of_use(tmp_path: Path) -> None:
    write(
        tmp_path, "R__views.sql", "V0010__b.sql", "V0002__a_name.py", "U0010__b.sql", "notes.md", "tools.py"
    )
    found = read_folder(tmp_path, ALL, python=True)
    assert [(each.kind, each.version, each.name, each.python) for each in found] == [
        (Kind.VERSIONED, 2, "a_name", True),
        (Kind.VERSIONED, 10, "b", False),
        (Kind.UNDO, 10, "b", False),
        (Kind.REPEATABLE, 0, "views", False),
    ]
    assert found[0].description == "a name"


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "none", ALL) == ()


@pytest.mark.parametrize("names", [("V0001__a.sql", "V0001__b.sql"), ("V0001__a.sql", "V0001__a.py")])
def test_a_version_is_used_once(tmp_path: Path, names: tuple[str, str]) -> None:
    write(tmp_path, *names)
    with pytest.raises(Failure, match="have the same version") as refused:
        read_folder(tmp_path, ALL, python=True)
    assert all(name in refused.value.message for name in names)


def test_a_version_may_be_undone_and_two_views_be_repeated(tmp_path: Path) -> None:
    write(tmp_path, "V0001__a.sql", "U0001__a.sql", "R__a.sql", "R__b.sql")
    assert len(read_folder(tmp_path, ALL)) == 4


@pytest.mark.parametrize("name", ["R__views.sql", "U0001__a.sql"])
def test_kinds_that_are_not_asked_for_are_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    with pytest.raises(Failure, match="is not named like a migration") as refused:
        read_folder(tmp_path)
    assert refused.value.code is ErrorCode.BAD_MIGRATION


AS_LF = """-- isn't "one
CREATE TABLE "a b" (x DEFAULT 'y', [z w] INT /* it's
here */);
INSERT INTO "a b" VALUES ('it''s', 2); -- '
"""


def checksum(folder: Path, content: str | bytes, name: str = "V0001__a.sql") -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,) = read_folder(folder, ALL, python=True)
    path.unlink()
    return found.checksum


def test_line_ends_and_a_byte_order_mark_do_not_change_the_checksum(tmp_path: Path) -> None:
    as_it_was = blake3(AS_LF.encode()).hexdigest()  # what histories hold of files that were applied
    as_crlf = AS_LF.replace("\n", "\r\n").encode()
    assert {checksum(tmp_path, text) for text in (AS_LF, as_crlf, b"\xef\xbb\xbf" + as_crlf)} == {as_it_was}


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "V0001__a.sql").write_bytes(b"\xef\xbb\xbfSELECT 1;\r\nSELECT 2;\n")
    (found,) = read_folder(tmp_path)
    assert found.text == "SELECT 1;\r\nSELECT 2;\n"


@pytest.mark.parametrize(
    "quotes", ["'{}'", '"{}"', "`{}`", "[{}]", "'it''s {}'", "/* it's */ '{}'", "-- \"\n'{}'"]
)
def test_a_line_end_inside_quotes_counts(tmp_path: Path, quotes: str) -> None:
    one, other = (f"SELECT {quotes.format(text)};\n" for text in ("a\nb", "a\r\nb"))
    assert checksum(tmp_path, one) != checksum(tmp_path, other)
    assert checksum(tmp_path, other) == checksum(tmp_path, f"{other[:-1]}\r\n")


def test_python_reads_every_line_end_as_lf(tmp_path: Path) -> None:
    text = 'def migrate(session):\n    session.run("""SELECT 1,\n    2""")\n'
    one, other = (checksum(tmp_path, each, "V0001__a.py") for each in (text, text.replace("\n", "\r\n")))
    assert one == other == blake3(text.encode()).hexdigest()


def test_what_could_be_meant_as_a_migration_is_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "._V0001__a.sql", "V0001__a.sql.bak")  # what systems and editors leave behind
    (tmp_path / "V0002__b.sql").mkdir()
    assert read_folder(tmp_path, ALL, python=True) == ()

    write(tmp_path, "V0001__a.SQL")
    with pytest.raises(Failure, match="is not named like a migration"):
        read_folder(tmp_path, ALL)
    (tmp_path / "V0001__a.SQL").unlink()
    (tmp_path / "V0003__c.sql").symlink_to(tmp_path / "nowhere")
    with pytest.raises(Failure, match=r"“V0003__c\.sql” cannot be read"):
        read_folder(tmp_path, ALL)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("SELECT 1;".encode("utf-16"), "is text in UTF-16"),
        ("SELECT 'é';\n".encode("utf-16-le"), "is text in UTF-16"),
        ("SELECT 1;\n".encode("utf-16-be"), "is text in UTF-16"),
        (
            "SELECT 1;\r\nSELECT 'né';".encode("latin-1"),
            "line 2, column 10: this is not text in UTF-8 (byte E9)",
        ),
        (b"\xef\xbb\xbfSELECT '\xe9';", "line 1, column 9: this is not text in UTF-8 (byte E9)"),
    ],
)
def test_a_file_that_is_not_utf8_says_what_it_is_and_what_to_do(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "V0001__a.sql").write_bytes(content)
    with pytest.raises(Failure, match="V0001__a") as refused:
        read_folder(tmp_path, ALL)
    assert said in refused.value.message
    assert "Save it as UTF-8" in refused.value.hint


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"SELECT 'a\x00b';", b"a"])
def test_a_file_in_utf8_is_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "V0001__a.sql").write_bytes(content)
    (found,) = read_folder(tmp_path, ALL)
    assert found.text.encode() == content.removeprefix(b"\xef\xbb\xbf")
