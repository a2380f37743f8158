"""The policy document: typed, reviewed, and never robbed of the steward's remarks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from steward_app.catalog.policy import PolicyDocument, policy_path, read_policy
from steward_app.catalog.policy_model import Role
from steward_app.kernel.errors import ErrorCode, Refused, StewardError

TEXT = """# Riverside Clinic: what we decided
version: 1   # of the form, not of the decisions

tables:
  # the people
  patient:
    comment: "One line per patient"   # asked for by the board
    columns:
      # never show this
      ssn: {comment: Social security number}
      name:
        comment: |
          As given at the desk.
          May be blank.
        # after the block
  # the rest
  Visit:
    comment: A visit
subject_roles:
  - table: visit      # who came
    columns: [patient_id]
    parent: patient
    role: owns
  # who saw them
  - table: visit
    columns: [nurse_id]
    parent: employee
    role: actor
  # last of the roles
retention:
  visits:
    - after: 10 years   # by law
some_day:
  - we: do not know this yet
# the end
"""


def document(text: str | None, tmp_path: Path = Path("/nowhere")) -> PolicyDocument:
    return PolicyDocument(tmp_path / "clinic.db.steward.yaml", None if text is None else text.encode())


def remarks(text: str) -> list[str]:
    return re.findall(r"# ?([^\n]*)", text)


def plain(text: str) -> object:
    return YAML(typ="safe", pure=True).load(text)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "clinic.db"


def test_it_stands_beside_the_database(database: Path) -> None:
    assert policy_path(database).name == "clinic.db.steward.yaml"
    assert not read_policy(database).exists
    assert read_policy(database).policy.tables == {}


def test_the_parts_this_program_knows_are_typed_and_the_others_kept() -> None:
    policy = document(TEXT).policy
    assert policy.tables["patient"].columns["name"].comment == "As given at the desk.\nMay be blank.\n"
    assert [role.role for role in policy.subject_roles] == [Role.OWNS, Role.ACTOR]
    assert policy.retention == {"visits": [{"after": "10 years"}]}
    assert document(TEXT).unknown_sections == ("some_day",)


def test_comments_are_found_by_the_names_of_the_file() -> None:
    found = document(TEXT).comments()
    assert found["PATIENT", ""] == "One line per patient"
    assert found["Patient", "SSN"] == "Social security number"
    assert found.get(("patient", "age"), "") == ""
    assert ("VISIT", "") in found
    assert len(found) == 4
    assert sorted(found) == [("patient", ""), ("patient", "name"), ("patient", "ssn"), ("visit", "")]


def test_nothing_changed_is_nothing_changed() -> None:
    assert document(TEXT).text() == TEXT
    assert document(TEXT.replace("\n", "\r\n")).text() == TEXT.replace("\n", "\r\n")


def test_a_change_touches_its_own_lines_only() -> None:
    changed = document(TEXT)
    changed.set_comment("PATIENT", "", "One line for each patient")
    changed.set_comment("visit", "day", "The day, local time")
    changed.set_role("VISIT", ["nurse_id"], "employee", Role.CO_SUBJECT)
    before, after = TEXT.splitlines(), changed.text().splitlines()
    assert [line for line in after if line not in before] == [
        '    comment: "One line for each patient" # asked for by the board',
        "      day:",
        "        comment: The day, local time",
        "    role: co_subject",
    ]
    assert [line for line in before if line not in after] == [
        '    comment: "One line per patient"   # asked for by the board',
        "    role: actor",
    ]
    assert sorted(remarks(changed.text())) == sorted(remarks(TEXT))


def test_a_new_role_comes_after_the_others_and_before_their_last_remark() -> None:
    changed = document(TEXT)
    changed.set_role("invoice", ["patient_id"], "patient", Role.OWNS)
    text = changed.text()
    assert text.index("table: invoice") < text.index("# last of the roles") < text.index("retention:")
    assert [role.table for role in changed.policy.subject_roles] == ["visit", "visit", "invoice"]


def test_a_first_document_is_made_and_read_again(database: Path) -> None:
    made = read_policy(database)
    made.set_comment("visit", "", "")
    assert made.text() == "{}\n"
    made.set_comment('a"b\n\u202e: #', "c", "First line\nsecond line")
    made.set_role("visit", ["patient_id"], "patient", Role.OWNS)
    made.save()
    text = policy_path(database).read_text(encoding="utf-8")
    assert text.startswith("version: 1\n")
    assert "\u202e" not in text
    again = read_policy(database)
    assert again.exists
    assert again.policy == made.policy
    assert dict(again.comments()) == {('a"b\n\u202e: #', "c"): "First line\nsecond line"}
    made.set_comment("visit", "", "more")
    made.save()


def test_what_is_begun_and_not_filled_in_is_no_mistake() -> None:
    begun = document("version: 1\ntables:   # to do\nsubject_roles:\nretention: {a: 1}\n# the end\n")
    assert begun.policy.tables == {}
    begun.set_comment("visit", "", "A visit")
    assert begun.text() == (
        "version: 1\ntables:   # to do\n  visit:\n    comment: A visit\n"
        "subject_roles:\nretention: {a: 1}\n# the end\n"
    )
    begun.set_role("visit", ["patient"], "patient", Role.OWNS)
    assert begun.text().endswith("retention: {a: 1}\n# the end\n")
    begun = document("version: 1\ntables:\n  visit:\n  patient:\n    columns:\n      id:\n    comment:\n")
    assert list(begun.policy.tables) == ["visit", "patient"]
    begun.set_comment("visit", "day", "Local")
    begun.set_comment("patient", "id", "Number")
    assert begun.comments()["patient", "id"] == "Number"


def test_a_file_somebody_else_changed_is_not_overwritten(database: Path) -> None:
    ours = read_policy(database)
    ours.set_comment("visit", "", "ours")
    policy_path(database).write_text("version: 1\n")
    with pytest.raises(Refused) as refused:
        ours.save()
    assert refused.value.code is ErrorCode.CHANGED_ON_DISK
    assert policy_path(database).read_text() == "version: 1\n"
    ours = read_policy(database)
    policy_path(database).unlink()
    with pytest.raises(Refused):
        ours.save()
    assert list(database.parent.iterdir()) == []


def test_a_link_is_followed_not_replaced(database: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    shared = tmp_path / "shared" / "policy.yaml"
    shared.write_text("version: 1\n")
    policy_path(database).symlink_to(shared)
    changed = read_policy(database)
    changed.set_comment("visit", "", "A visit")
    changed.save()
    assert policy_path(database).is_symlink()
    assert "A visit" in shared.read_text()
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["policy.yaml"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("version: 1\ntables: [", "line 2, column 10", "<stream end>"),
        ("version: 1\nversion: 1\n", "line 2, column 1", "duplicate key"),
        ("version: 1\ntables:\n  visit:\n    commnt: x\n", "line 4, column 5", "“commnt” is not a word"),
        ("version: 1\ntables:\n  visit:\n    comment: 5\n", "line 4, column 5", "must be text"),
        ("version: 1\ntables:\n  2024:\n    comment: x\n", "line 3, column 3", "put it in quotes"),
        ("version: 1\ntables:\n  visit: A visit\n", "line 3, column 3", "“visit” must be"),
        ("version: 1\ntables: [visit]\n", "line 2, column 1", "“tables” must be"),
        (
            "version: 1\nsubject_roles:\n  - table: a\n    parent: b\n    role: owns\n",
            "line 3, column 5",
            "“columns” is missing",
        ),
        (
            "version: 1\nsubject_roles:\n  - {table: a, parent: b, columns: [c], role: owner}\n",
            "line 3, column 41",
            "'owns', 'refers', 'actor' or 'co_subject'",
        ),
        ("tables: {}\n", "line 1, column 1", "“version” is missing"),
        ("version: one\n", "line 1, column 1", "“version” must be 1"),
        ("- a\n- b\n", "line 1, column 1", "the document must be"),
        ("just words", "line 1, column 1", "the document must be"),
        ("version: 1\n\tx: 1\n", "line 2, column 1", "cannot start any token"),
        ("version: 1\nx: !!python/object:os.system {}\n", "", ""),
        ("version: 1\nx: \x07\n", "line 1, column 1", "this is not YAML"),
        ("version: 1\nreleases:\n  r:\n    until: soon\n", "line 4, column 5", "no such day"),
        ('version: 1\nreleases:\n  r:\n    until: "20271231"\n', "line 4, column 5", "as 2027-12-31"),
        ("version: 1\nreleases:\n  r:\n    until: 2027-13-01\n", "line 4, column 12", "no day or number"),
    ],
)
def test_an_error_names_file_line_and_column(text: str, place: str, words: str) -> None:
    if not place:
        assert document(text).policy.version == 1  # a tag is kept as text, never run
        return
    with pytest.raises(StewardError) as error:
        document(text)
    assert error.value.code is ErrorCode.BAD_POLICY
    assert f"“clinic.db.steward.yaml”, {place}: " in error.value.message
    assert words in error.value.message
    assert "\n" not in error.value.message


@pytest.mark.parametrize("day", ["2027-12-31", '"2027-12-31"'])
def test_a_day_may_stand_without_quotes(day: str) -> None:
    text = f"version: 1\nreleases:\n  r:\n    until: {day}\n"
    assert document(text).policy.releases["r"].until == "2027-12-31"


def test_text_that_is_not_utf8_names_its_line() -> None:
    with pytest.raises(StewardError, match="line 2"):
        PolicyDocument(Path("/x/c.steward.yaml"), b"version: 1\n\xff")


def test_a_document_of_a_newer_version_is_left_alone() -> None:
    with pytest.raises(StewardError) as error:
        document("version: 2\nanything: [\n  new]\n")
    assert error.value.code is ErrorCode.NEWER_FORMAT


def test_a_change_that_makes_no_sense_leaves_the_document_as_it_was() -> None:
    changed = document(TEXT)
    with pytest.raises(StewardError):
        changed.set_role("visit", ["patient_id"], "patient", "nonsense")
    with pytest.raises(StewardError):
        changed.put(("tables", "x"), 5)
    assert changed.text() == TEXT


NAMES = st.one_of(
    st.sampled_from(
        ["patient", "Visit", "name", "yes", "2024", "null", "- x", "#", "a: b", "\u202e", "a\nb"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8),
)
WORDS = st.one_of(
    st.sampled_from(
        [
            "",
            "x",
            "two\nlines",
            "two\nlines\n",
            " lead",
            "trail ",
            "# no remark",
            "|",
            "a\tb\nc",
            "\u2028",
            "- a\n- b",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30),
)


@given(st.lists(st.tuples(NAMES, st.just("") | NAMES, WORDS), max_size=6))
@settings(max_examples=50, deadline=None)
def test_any_comment_on_any_name_is_kept_and_so_is_everything_else(
    changes: list[tuple[str, str, str]],
) -> None:
    changed = document(TEXT)
    expected: dict[tuple[str, str], str] = {}
    for table, column, words in changes:
        changed.set_comment(table, column, words)
        expected[
            table.lower() if table.isascii() else table, column.lower() if column.isascii() else column
        ] = words
    again = document(changed.text())
    assert again.policy == changed.policy
    assert again.text() == changed.text()
    for table, column, _ in changes:
        stated = again.comments().get((table, column), "")
        key = (table.lower() if table.isascii() else table, column.lower() if column.isascii() else column)
        assert stated == expected[key]
    kept = [line for line in remarks(TEXT) if line]
    text = changed.text()
    assert all(f"# {line}" in text for line in kept)
    assert again.policy.retention == document(TEXT).policy.retention
    assert again.policy.model_extra == document(TEXT).policy.model_extra
    assert again.policy.subject_roles == document(TEXT).policy.subject_roles


LINES = st.sampled_from(["", "  # indented remark", "# remark", "  "])


@given(st.lists(st.tuples(st.integers(0, 31), LINES), max_size=6), NAMES, WORDS)
@settings(max_examples=50, deadline=None)
def test_remarks_anywhere_survive_a_change(added: list[tuple[int, str]], table: str, words: str) -> None:
    lines = TEXT.splitlines()
    for number, (place, line) in enumerate(added):
        at = next(
            i for i in (place, 0) if i == 0 or not lines[min(i, len(lines) - 1)].startswith("          ")
        )
        lines.insert(at, f"{line} {number}" if "#" in line else line)
    text = "\n".join(lines) + "\n"
    if plain(text) != plain(TEXT):
        return  # the line became part of a text block
    changed = document(text)
    changed.set_comment(table, "", words)
    for line in remarks(text):
        assert f"# {line}".rstrip() in changed.text()
    assert document(changed.text()).policy == changed.policy


def test_an_error_in_what_was_just_added_names_what_it_stands_in() -> None:
    changed = document(TEXT)
    changed.set_comment("new", "column", "x")
    with pytest.raises(StewardError, match="line 4, column 1"):
        changed.put(("tables", "new", "columns", "column", "comment"), 5)
