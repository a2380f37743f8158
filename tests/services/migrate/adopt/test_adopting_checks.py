"""What is looked at before another tool's history is believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.adopting import (
    ALEMBIC,
    DBMATE,
    FLYWAY,
    GOLANG_MIGRATE,
    HELD,
    LIQUIBASE,
    NOTE,
    OWNERS,
    PETS,
    SEEN,
    YOYO,
    Adopting,
    History,
    flyway_row,
)
from steward_app.catalog import Catalog
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.adopt import service
from steward_app.services.migrate.adopt.model import Tool, moment
from steward_app.services.migrate.folder import folder_of
from steward_app.services.migrate.model import State


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("CREATE TABLE by_hand (x)", "The table “by_hand” is in the file, and no migration makes it"),
        ("DROP TRIGGER seen", "The trigger “seen” is made by the migrations, and is not in the file"),
        ("CREATE INDEX fast ON pet (name)", "The index “fast” is in the file, and no migration makes it"),
        ("ALTER TABLE pet ADD COLUMN age INT", "The table “pet” has in the file alone “age”"),
        (
            "DROP TRIGGER seen; ALTER TABLE pet DROP COLUMN note;"
            f"ALTER TABLE pet ADD COLUMN note INT NOT NULL DEFAULT 0; {SEEN}",
            "The table “pet” declares otherwise “note”",
        ),
    ],
)
def test_a_schema_that_the_files_do_not_make_blocks(
    tmp_path: Path, catalog: Catalog, change: str, said: str
) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    zoo.sql(change)
    assert zoo.blocks() == [said]
    with pytest.raises(Refused):
        zoo.adopt()
    assert zoo.history() == () and zoo.texts() == {}


def test_remarks_spaces_and_quotes_do_not_count(tmp_path: Path, catalog: Catalog) -> None:
    held = HELD.replace(
        PETS, 'CREATE TABLE "pet"(id integer primary key, -- the key\n "name" TEXT NOT NULL);'
    )
    assert Adopting(tmp_path, catalog, DBMATE, held).blocks() == []


def test_what_this_program_keeps_in_the_file_does_not_count(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    zoo.sql("CREATE TABLE _steward_saved (x)", "ANALYZE")
    assert zoo.blocks() == []


def test_a_migration_that_failed_half_way_blocks(tmp_path: Path, catalog: Catalog) -> None:
    dirty = GOLANG_MIGRATE.renamed(GOLANG_MIGRATE.tables.replace("(2, 0)", "(2, 1)"))
    zoo = Adopting(tmp_path, catalog, dirty)
    assert zoo.blocks() == ["golang-migrate says that version 2 failed (dirty)"]


def test_flyway_failed_rows_and_what_it_took_back(tmp_path: Path, catalog: Catalog) -> None:
    more = flyway_row(3, "3", "owners") + flyway_row(4, "3", "owners", kind="UNDO_SQL")
    zoo = Adopting(tmp_path, catalog, FLYWAY.but(tables=more))
    assert zoo.blocks() == []
    zoo.sql(flyway_row(5, "3", "owners", ok=0))
    assert "Flyway says that “x.sql” failed" in zoo.blocks()


def test_flyway_checksums_tell_of_a_file_that_was_changed_since(tmp_path: Path, catalog: Catalog) -> None:
    # CRC-32 of the lines "CREATE TABLE a (" and "  x);" one behind the other, as Flyway counts it: without line ends
    assert flyway_crc("CREATE TABLE a (\r\n  x);\r\n") == flyway_crc("CREATE TABLE a (\n  x);")
    rows = flyway_row(1, "1", "pets", crc=flyway_crc(PETS)) + flyway_row(2, "2", "note", crc="12345")
    tables = FLYWAY.tables[: FLYWAY.tables.index("INSERT")]
    said = Adopting(tmp_path, catalog, FLYWAY.renamed(tables + rows)).said()
    assert (
        said["adopted_file_changed"]
        == "“V2__note.sql” was changed after it had been applied, as its checksum says"
    )


def flyway_crc(text: str) -> str:
    import zlib

    joined = "".join(text.replace("\r\n", "\n").split("\n")).encode()
    crc = zlib.crc32(joined)
    return str(crc - (1 << 32) if crc >= 1 << 31 else crc)


def test_flyway_begins_at_a_baseline(tmp_path: Path, catalog: Catalog) -> None:
    rows = flyway_row(1, "1", "<< Flyway Baseline >>", kind="BASELINE") + flyway_row(2, "2", "note")
    zoo = Adopting(tmp_path, catalog, FLYWAY.renamed(FLYWAY.tables[: FLYWAY.tables.index("INSERT")] + rows))
    with pytest.raises(UsageError, match=r"“V2__note\.sql”, line 1, column 1: no such table: .*pet"):
        zoo.plan()
    whole = tmp_path / "whole.sql"
    whole.write_text(HELD)
    zoo.adopt(against=whole)
    assert [(row.version, row.file) for row in zoo.history()] == [
        (1, "V0001__pets.sql"),
        (2, "V0002__note.sql"),
    ]
    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED, State.PENDING]


def test_flyway_versions_with_points_and_repeatable_files(tmp_path: Path, catalog: Catalog) -> None:
    view = "CREATE VIEW names AS SELECT name FROM pet;"
    flyway = History(
        FLYWAY.tables[: FLYWAY.tables.index("INSERT")]
        + flyway_row(1, "1.0", "pets")
        + flyway_row(2, "1.2", "note")
        + flyway_row(3, None, "names"),
        {
            "V1__pets.sql": PETS,
            "sub/V1_2__note.sql": f"{NOTE}\n{SEEN}",
            "V1.10__owners.sql": OWNERS,
            "R__names.sql": view,
        },
    )
    zoo = Adopting(tmp_path, catalog, flyway, HELD + view)
    zoo.adopt()
    assert zoo.states() == {
        "V0001__pets.sql": State.APPLIED,
        "V0002__note.sql": State.APPLIED,
        "V0003__owners.sql": State.PENDING,
        "R__names.sql": State.APPLIED,
    }
    first = zoo.history()[0]
    assert (first.applied_at, first.applied_by) == ("2026-07-19T18:01:56.501Z", "anna")


def test_placeholders_are_filled_as_the_tool_does(tmp_path: Path, catalog: Catalog) -> None:
    files = {**FLYWAY.files, "V1__pets.sql": PETS.replace("pet", "${what}")}
    zoo = Adopting(tmp_path, catalog, replace(FLYWAY, files=files))
    with pytest.raises(UsageError, match=r"“V1__pets\.sql”, line 1"):
        zoo.plan()
    assert zoo.blocks(values={"what": "pet"}) == []


def test_liquibase_marked_as_run_and_never_run(tmp_path: Path, catalog: Catalog) -> None:
    marked = (
        "INSERT INTO DATABASECHANGELOG (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, EXECTYPE) VALUES "
    )
    marked += "('owners', 'anna', 'zoo.sql', 1467000000000, 3, 'MARK_RAN');"
    zoo = Adopting(tmp_path, catalog, LIQUIBASE.but(tables=marked))
    zoo.adopt()
    assert [row.file for row in zoo.history()][-1] == "V0003__owners.sql"
    assert zoo.history()[-1].applied_at.startswith("2016-06-27T")


def test_yoyo_steps_that_are_more_than_texts_are_programs(tmp_path: Path, catalog: Catalog) -> None:
    program = "from yoyo import step\ndef f(conn):\n    raise SystemExit\nstep(f)\n"
    zoo = Adopting(tmp_path, catalog, YOYO.but(files={"0002.note.py": program}))
    with pytest.raises(UsageError, match=r"1 of 2 migrations cannot be run here.*“0002\.note\.py”"):
        zoo.plan()


def test_alembic_branches_that_meet(tmp_path: Path, catalog: Catalog) -> None:
    files = {
        "versions/x_left.py": "revision = 'x'\ndown_revision = 'aaa1'\n",
        "versions/z_both.py": "revision = 'z'\ndown_revision = ('bbb2', 'x')\n",
    }
    tables = ALEMBIC.tables.replace("'bbb2'", "'z'")
    zoo = Adopting(tmp_path, catalog, ALEMBIC.but(files=files).renamed(tables))
    whole = tmp_path / "whole.sql"
    whole.write_text(HELD)
    zoo.adopt(against=whole)
    names = [row.name for row in zoo.history()]
    assert names[0] == "pets" and names[-1] == "both" and sorted(names[1:3]) == ["left", "note"]


def test_alembic_revision_that_no_file_has(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, ALEMBIC.renamed(ALEMBIC.tables.replace("'bbb2'", "'gone'")))
    whole = tmp_path / "whole.sql"
    whole.write_text(HELD)
    assert zoo.blocks(against=whole) == [
        "“alembic_version” names revision “gone”, which no file of the folder has"
    ]


def test_a_file_that_is_gone_is_named(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    (zoo.folder / "20260102120000_note.sql").unlink()
    with pytest.raises(UsageError, match=r"1 of 2 migrations cannot be run here.*“20260102120000”"):
        zoo.plan()


@pytest.mark.parametrize(
    "hostile",
    [
        "ATTACH '{place}/other.db' AS other; CREATE TABLE other.t (x);",
        "SELECT load_extension('x');\nVACUUM INTO '{place}/other.db';",
        "CREATE TABLE other (x); INSERT INTO other SELECT writefile('{place}/other.db', 'x');",
    ],
)
def test_their_files_can_reach_nothing(tmp_path: Path, catalog: Catalog, hostile: str) -> None:
    text = f"-- migrate:up\n{PETS}\n{hostile.format(place=tmp_path)}\n-- migrate:down\n"
    zoo = Adopting(tmp_path, catalog, DBMATE.but(files={"20260101120000_pets.sql": text}))
    try:
        zoo.plan()
    except StewardError as error:
        assert error.code is ErrorCode.BAD_SQL and "line" in error.message
        assert "authorized" not in error.message and "--against FILE" in error.hint
    assert not (tmp_path / "other.db").exists()


def test_a_statement_that_reaches_another_file_is_named_with_its_place(
    tmp_path: Path, catalog: Catalog
) -> None:
    text = f"-- migrate:up\n{PETS}\n  ATTACH 'other.db'\n  AS other;\n-- migrate:down\n"
    zoo = Adopting(tmp_path, catalog, DBMATE.but(files={"20260101120000_pets.sql": text}))
    with pytest.raises(UsageError) as refused:
        zoo.plan()
    assert refused.value.message == (
        "“20260101120000_pets.sql”, line 3, column 3: ATTACH opens another file, which a migration may not."
        " The statement is “ATTACH 'other.db' AS other;”."
    )
    anew = tmp_path / "anew.sql"
    anew.write_text(DBMATE.tables + HELD)
    zoo.adopt(against=anew)
    assert len(zoo.history()) == 2


ENDLESS = "CREATE TABLE n AS WITH s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s) SELECT i FROM s;"


def test_a_statement_without_end_is_named_with_its_place(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(
        tmp_path, catalog, DBMATE.but(files={"20260101120000_pets.sql": f"-- migrate:up\n{PETS}\n{ENDLESS}"})
    )
    with pytest.raises(UsageError, match=r"line 3, column 1: it may never end"):
        zoo.plan()


def test_a_changelog_without_end_is_read_to_its_end(tmp_path: Path, catalog: Catalog) -> None:
    log = LIQUIBASE.files["zoo.sql"].replace(PETS, f"{PETS}\n{ENDLESS}")
    with pytest.raises(UsageError, match="it may never end"):
        Adopting(tmp_path, catalog, LIQUIBASE.but(files={"zoo.sql": log})).plan()


def test_rules_that_differ_are_named(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    zoo.sql(
        "ALTER TABLE pet ADD CHECK (name <> '')", "CREATE TABLE IF NOT EXISTS owner (id INTEGER PRIMARY KEY)"
    )
    assert "The table “pet” has in the file alone “CHECK (name <> '')”" in zoo.blocks()


def test_transactions_and_settings_of_theirs_are_passed_over_and_told(
    tmp_path: Path, catalog: Catalog
) -> None:
    text = f"-- migrate:up\nPRAGMA foreign_keys = OFF;\nBEGIN;\n{PETS}\nCOMMIT;\n-- migrate:down\n"
    zoo = Adopting(tmp_path, catalog, DBMATE.but(files={"20260101120000_pets.sql": text}))
    said = zoo.said()
    assert said["adopted_file_cannot_run"].startswith("“V20260101120000__pets.sql” would not run here: ")
    zoo.adopt()
    assert len(zoo.history()) == 2


def test_a_file_that_is_not_the_tools_is_named(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE.but(files={"20260104_x.sql": "CREATE TABLE x (y);"}))
    with pytest.raises(Failure, match=r"“20260104_x\.sql” does not say “-- migrate:up”"):
        zoo.plan()


def test_our_folder_may_not_be_theirs_nor_hold_other_migrations(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    with pytest.raises(Refused, match="is the folder of the other tool"):
        zoo.plan(into=zoo.folder)
    zoo.into.mkdir()
    (zoo.into / "V0001__mine.sql").write_text("SELECT 1;")
    with pytest.raises(Refused, match=r"holds migrations already: “V0001__mine\.sql”"):
        zoo.plan()
    assert zoo.history() == ()


def test_a_history_of_ours_is_not_mixed_with_theirs(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    zoo.adopt()
    with pytest.raises(Refused, match="has a history of migrations already"):
        zoo.plan()


def test_a_tool_that_went_on_meanwhile_makes_the_plan_stale(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    plan = zoo.plan()
    zoo.sql(OWNERS, "INSERT INTO schema_migrations VALUES ('20260103120000')")
    with pytest.raises(Refused) as refused:
        zoo.adopt(plan)
    assert refused.value.code is ErrorCode.STALE_PLAN
    assert zoo.history() == () and zoo.texts() == {}


def test_files_that_a_crash_left_out_are_written_later(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    assert service.write_missing(zoo.request(), Context()) == ()
    zoo.adopt()
    before = zoo.texts()
    for path in list(zoo.into.iterdir())[::2]:
        path.unlink()
    gone = before.keys() - zoo.texts().keys()
    (zoo.into / "V20260102120000__note.sql").unlink(missing_ok=True)

    written = service.write_missing(zoo.request(), Context())

    assert gone <= {path.name for path in written}
    assert zoo.texts() == before
    assert service.write_missing(zoo.request(), Context()) == ()


def test_plan_and_history_hold_no_rows(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    assert "Rex" not in repr(zoo.plan())


def test_moments_as_tools_write_them() -> None:
    assert moment("2026-07-19 18:01:56.504") == "2026-07-19T18:01:56.504Z"
    assert moment("2026-07-04 12:00:00.000000+02:00") == "2026-07-04T10:00:00.000Z"
    assert moment(0) == "1970-01-01T00:00:00.000Z"
    assert moment("soon") == moment(None) == moment(b"\xff") == ""


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=4), order=st.randoms())
def test_any_names_are_written_as_files_that_are_read_again(
    tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, names: list[str], order: object
) -> None:
    place = tmp_path_factory.mktemp("any")
    values = ", ".join(
        f"({n}, 'zoo', '{name.replace(chr(39), chr(39) * 2)}', '')" for n, name in enumerate(names)
    )
    tables = (
        'CREATE TABLE "_sqlite_migrations" ("id" INTEGER PRIMARY KEY, "migration_set", "name", "applied_at");'
        f"INSERT INTO _sqlite_migrations VALUES {values};"
    )
    zoo = Adopting(place, catalog, History(tables, {"m.py": ""}), PETS)
    (place / "whole.sql").write_text(PETS)
    zoo.adopt(against=place / "whole.sql", tool=Tool.SQLITE_MIGRATE)
    assert [row.version for row in zoo.history()] == list(range(1, len(names) + 1))
    assert set(zoo.states().values()) == {State.APPLIED}


def test_rows_that_only_the_real_file_has_do_not_stop_it(tmp_path: Path, catalog: Catalog) -> None:
    counting = "INSERT INTO pet (name) SELECT max(name) FROM pet;"  # NULL where there is no pet
    text = f"-- migrate:up\n{PETS}\n{counting}\n-- migrate:down\n"
    zoo = Adopting(tmp_path, catalog, DBMATE.but(files={"20260101120000_pets.sql": text}))
    assert zoo.blocks() == []


def test_files_that_cannot_be_written_leave_a_history_that_can_be_completed(
    tmp_path: Path, catalog: Catalog
) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    plan = zoo.plan()
    zoo.into.touch()  # a file stands where the folder is to be
    with pytest.raises(Failure, match="The history was adopted, and its files could not be written"):
        zoo.adopt(plan)
    assert len(zoo.history()) == 2
    zoo.into.unlink()
    service.write_missing(zoo.request(), Context())
    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED, State.PENDING]


def test_a_folder_of_another_name_is_kept_in_the_policy(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    zoo.adopt(into=tmp_path / "steward" / "moves")
    assert folder_of(zoo.path) == tmp_path / "steward" / "moves"


def test_programs_elsewhere_in_the_folder_need_not_be_text(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, ALEMBIC)
    (zoo.folder / "latin.py").write_bytes(b"# caf\xe9\n")
    (tmp_path / "whole.sql").write_text(HELD)
    assert zoo.blocks(against=tmp_path / "whole.sql") == []


def test_our_folder_may_lie_in_theirs_where_the_tool_does_not_look_there(
    tmp_path: Path, catalog: Catalog
) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    zoo.adopt(into=zoo.folder / "steward")
    assert len(zoo.history()) == 2
    (tmp_path / "other").mkdir()
    flyway = Adopting(tmp_path / "other", catalog, FLYWAY)
    with pytest.raises(Refused, match="is the folder of the other tool, or lies in it"):
        flyway.plan(into=flyway.folder / "steward")
