"""The data dictionary says what the file says, and no name in it becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from builders import a_database
from builders.diagrams import HOSTILE
from builders.odd_files import a_file_with_rows, overwritten
from steward_app import db
from steward_app.kernel.errors import Cancelled, UsageError
from steward_app.kernel.progress import Context, Progress
from steward_app.services.schema.check import check
from steward_app.services.schema.docs import (
    Dictionary,
    html_files,
    make_dictionary,
    markdown,
    write_dictionary,
)
from steward_app.services.schema.erd import layout
from steward_app.services.schema.introspect import read_schema

CHINOOK = Path(__file__).parents[3] / "data" / "chinook.sqlite"


class Tags(HTMLParser):
    """What a browser would see: tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def dictionary_of(path: Path) -> Dictionary:
    with db.open_read(path) as session:
        schema = read_schema(session)
        report = check(session, schema, Context())
    return make_dictionary(
        schema, report=report, comments={("Album", ""): "Our records", ("Album", "Title"): "As sold"}
    )


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return dict(html_files(dictionary_of(CHINOOK), "chinook.sqlite", Context()))


def test_every_table_has_its_page_and_every_link_leads_to_one(pages: dict[str, str]) -> None:
    assert len([name for name in pages if name.startswith("tables/")]) == 11
    for name, text in pages.items():
        if name.endswith(".html"):
            folder = Path(name).parent
            for attribute, value in Tags(text).attributes:
                if attribute in ("href", "src") and value:
                    assert (folder / value).as_posix().replace("tables/../", "") in pages, value


def test_a_page_shows_columns_rules_links_and_comments(pages: dict[str, str]) -> None:
    page = next(text for name, text in pages.items() if name.endswith("album.html") and "tables" in name)
    words = " ".join(Tags(page).words)
    for expected in ("Our records", "As sold", "NVARCHAR(160)", "ArtistId → Artist.ArtistId", "Rows that point here",
                     "Track", "CREATE TABLE"):  # fmt: skip
        assert expected in words


def test_diagrams_are_well_formed(pages: dict[str, str]) -> None:
    drawings = [text for name, text in pages.items() if name.endswith(".svg")]
    assert len(drawings) == 12
    for drawing in drawings:
        ElementTree.fromstring(drawing)


def test_no_page_runs_or_fetches_anything(pages: dict[str, str]) -> None:
    for text in pages.values():
        parsed = Tags(text)
        assert "script" not in parsed.tags
        assert not any(
            "http" in (value or "") for name, value in parsed.attributes if name in ("href", "src")
        )


def test_hostile_names_become_no_markup(tmp_path: Path) -> None:
    builder = a_database(tmp_path / "a.db")
    for name in HOSTILE:
        builder = builder.with_table(name, "id INTEGER PRIMARY KEY")
    dictionary = dictionary_of(builder.build())
    for name, text in html_files(dictionary, "<b>.db", Context()):
        if name.endswith(".html"):
            parsed = Tags(text)
            assert "img" not in parsed.tags and "b" not in parsed.tags
            assert not any(attribute.startswith("on") for attribute, _ in parsed.attributes)
            assert "\u202e" not in text
    text = markdown(dictionary, "<b>.db")
    assert "\u202e" not in text
    outside = "".join(part for number, part in enumerate(text.split("```")) if number % 2 == 0)
    assert "<img" not in outside.replace("\\<img", "")
    tables = [line for line in outside.splitlines() if line.startswith(("| \\", "| ["))]
    assert all(line.replace("\\|", "").count("|") in (6, 7) for line in tables)


def test_markdown_holds_every_table_and_the_state_of_its_rules() -> None:
    text = markdown(dictionary_of(CHINOOK), "chinook.sqlite")
    assert text.count("\n## ") == 11
    assert "| link | ArtistId → Artist\\.ArtistId | Only if the program turns it on | holds |" in text


def test_the_folder_holds_the_pages_and_another_folder_is_left_alone(tmp_path: Path) -> None:
    with db.open_read(CHINOOK) as session:
        written = write_dictionary(session, tmp_path / "out", Context())
        again = write_dictionary(session, tmp_path / "out", Context())
        taken = tmp_path / "taken"
        taken.mkdir()
        (taken / "letter.txt").write_text("mine")
        with pytest.raises(UsageError, match="taken"):
            write_dictionary(session, taken, Context())
    assert written == again
    assert Path(written.index).read_text(encoding="utf-8").count("<tr>") == 12
    assert written.tables == 11
    assert [path.name for path in taken.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("note", ["", "the structure of the file", "Album"])
def test_who_cancels_finds_the_folder_as_it_was(tmp_path: Path, note: str) -> None:
    def stop(progress: Progress) -> None:
        if progress.note == note:
            context.cancel()

    with db.open_read(CHINOOK) as session:
        write_dictionary(session, tmp_path / "earlier", Context())
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "earlier").rglob("*")}
        for folder in ("new", "earlier"):
            context = Context(stop)
            if not note:
                context.cancel()
            with pytest.raises(Cancelled):
                write_dictionary(session, tmp_path / folder, context)
    assert not (tmp_path / "new").exists()
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "earlier").rglob("*")} == before


def test_markdown_holds_indexes_and_triggers_too(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("t", "a")
        .with_sql("CREATE INDEX t_a ON t (a)")
        .with_sql("CREATE TRIGGER t_new AFTER INSERT ON t BEGIN SELECT 1; END")
        .build()
    )
    text = markdown(dictionary_of(path), "a.db")
    assert "CREATE INDEX t_a ON t (a)" in text
    assert "CREATE TRIGGER t_new" in text


def test_a_damaged_file_has_a_dictionary_that_says_so(tmp_path: Path) -> None:
    path = overwritten(a_file_with_rows(tmp_path / "a.db", rows=200), 10 * 4096, bytes(4096))
    with db.open_read(path) as session:
        written = write_dictionary(session, tmp_path / "out", Context())
    for name in ("index.html", "dictionary.md"):
        assert "The file is damaged" in (Path(written.folder) / name).read_text(encoding="utf-8")


def test_many_tables_are_drawn_by_a_few_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = a_database(tmp_path / "a.db").with_sql("CREATE TABLE t0(id INTEGER PRIMARY KEY)")
    for number in range(1, 60):
        builder = builder.with_sql(
            f"CREATE TABLE t{number}(id INTEGER PRIMARY KEY, r REFERENCES t{number - 1})"
        )
    started = []
    popen = layout.subprocess.Popen
    monkeypatch.setattr(layout.subprocess, "Popen", lambda *a, **k: started.append(1) or popen(*a, **k))

    pages = dict(html_files(dictionary_of(builder.build()), "a.db", Context()))

    assert len([name for name in pages if name.startswith("diagrams/")]) == 61
    assert len(started) == 3  # fifty, ten, and the whole
