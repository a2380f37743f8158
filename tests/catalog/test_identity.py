"""Which database is this file? Every way a file can come to where it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import a_database
from steward_app import db
from steward_app.catalog import Catalog, identity, stamp
from steward_app.catalog.identity import Database, Doubt, How, IdentityQuestion, Recognised
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError


def ask(catalog: Catalog, path: Path) -> Recognised | IdentityQuestion:
    with db.open_read(path) as session:
        return identity.recognise(catalog, path, session)


def known(catalog: Catalog, path: Path) -> Recognised:
    found = ask(catalog, path)
    assert isinstance(found, Recognised), found
    return found


def doubt(catalog: Catalog, path: Path) -> IdentityQuestion:
    found = ask(catalog, path)
    assert isinstance(found, IdentityQuestion), found
    return found


def clinic(folder: Path, name: str = "clinic.db") -> Path:
    return a_database(folder, name).with_table("visit", "id INTEGER PRIMARY KEY", rows=[(1,)]).build()


def write_to(catalog: Catalog, path: Path, database: Database, operation_id: str = "op_1") -> None:
    """What an operation of ours does to a file and to the catalog."""
    with db.open_write(path) as session, session.transaction():
        stamp.write(session, database.id, operation_id, "test.work")
    with catalog.unit() as unit, db.open_read(path) as session:
        identity.seen(unit, database.id, path, session)
        unit.commit()


def put_another_file(path: Path, source: Path) -> None:
    """Put a copy of `source` in the place of `path`, surely with another inode."""
    copy = path.with_name(path.name + ".new")
    shutil.copyfile(source, copy)
    copy.replace(path)


def test_a_new_file_is_new_and_then_known(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path)
    assert (first.how, first.news) == (How.NEW, "")
    again = known(catalog, path)
    assert (again.how, again.news) == (How.KNOWN, "")
    assert again.database.id == first.database.id
    assert again.database.created_at == first.database.created_at
    with catalog.reading() as session:
        assert identity.get(session, first.database.id) == again.database
        assert identity.every(session) == (again.database,)
        with pytest.raises(UsageError):
            identity.get(session, "nobody")


def test_it_stays_itself_whatever_is_written_into_it(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    with db.open_write(path) as session, session.transaction():
        session.run("CREATE TABLE other (x)")
    assert known(catalog, path).database.id == first.id
    write_to(catalog, path, first)
    assert known(catalog, path).database.id == first.id


def test_two_names_for_one_file_are_one_database(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    link = tmp_path / "link.db"
    link.symlink_to(path)
    assert known(catalog, link).database.id == known(catalog, path).database.id


@pytest.mark.parametrize("stamped", [False, True])
def test_a_moved_file_is_recognised_and_said(catalog: Catalog, tmp_path: Path, stamped: bool) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    if stamped:
        write_to(catalog, path, first)
    moved = path.rename(tmp_path / "renamed.db")
    found = known(catalog, moved)
    assert found.how is How.MOVED
    assert found.database.id == first.id
    assert str(path) in found.news
    assert known(catalog, moved).how is How.KNOWN


def test_a_moved_file_in_the_place_of_another_is_recognised(catalog: Catalog, tmp_path: Path) -> None:
    one, two = clinic(tmp_path, "one.db"), clinic(tmp_path, "two.db")
    first, second = known(catalog, one).database, known(catalog, two).database
    two.replace(one)
    assert known(catalog, one).database.id == second.id
    assert known(catalog, one).how is How.KNOWN
    assert first.id != second.id


def test_an_inode_used_again_is_not_a_moved_file(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    other = path.rename(tmp_path / "other.db")
    with db.open_write(other) as session, session.transaction():
        session.run("CREATE TABLE quite_another (x)")
    found = known(catalog, other)
    assert found.how is How.NEW
    assert found.database.id != first.id


def test_moved_to_another_disk_it_is_told_by_its_stamp(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    write_to(catalog, path, first)
    (tmp_path / "disk").mkdir()
    there = Path(shutil.copyfile(path, tmp_path / "disk" / "clinic.db"))
    path.unlink()
    found = known(catalog, there)
    assert (found.how, found.database.id) == (How.MOVED, first.id)


@pytest.mark.parametrize("answer", ["same", "new"])
def test_a_copy_is_asked_about_once(catalog: Catalog, tmp_path: Path, answer: str) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    write_to(catalog, path, first)
    copy = Path(shutil.copyfile(path, tmp_path / "copy.db"))
    question = doubt(catalog, copy)
    assert question.doubt is Doubt.COPIED
    assert str(path) in question.question
    with catalog.reading() as session:
        assert len(identity.every(session)) == 1  # asking changes nothing

    resolved = identity.resolve(catalog, question, answer)  # type: ignore[arg-type]
    assert resolved.how is How.ANSWERED
    assert (resolved.database.id == first.id) is (answer == "same")
    found = known(catalog, copy)
    assert (found.how, found.database.id) == (How.KNOWN, resolved.database.id)
    if answer == "new":
        assert known(catalog, path).database.id == first.id
        write_to(catalog, copy, resolved.database, "op_2")
        assert known(catalog, copy).database.stamp == resolved.database.id
    else:
        assert doubt(catalog, path).doubt is Doubt.COPIED


def test_a_copy_may_be_the_original_on_a_drive_that_is_unplugged(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "drive").mkdir()
    path = clinic(tmp_path / "drive")
    write_to(catalog, path, known(catalog, path).database)
    copy = Path(shutil.copyfile(path, tmp_path / "copy.db"))
    (tmp_path / "drive").rename(tmp_path / "unplugged")
    assert doubt(catalog, copy).doubt is Doubt.COPIED


@pytest.mark.parametrize("stamped", [False, True])
@pytest.mark.parametrize("answer", ["same", "new"])
def test_a_file_put_in_the_place_of_ours_is_asked_about(
    catalog: Catalog, tmp_path: Path, stamped: bool, answer: str
) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    if stamped:
        write_to(catalog, path, first)
    put_another_file(path, path)
    question = doubt(catalog, path)
    assert question.doubt is Doubt.REPLACED
    resolved = identity.resolve(catalog, question, answer)  # type: ignore[arg-type]
    assert (resolved.database.id == first.id) is (answer == "same")
    assert known(catalog, path).database.id == resolved.database.id
    with catalog.reading() as session:
        identity.get(session, first.id)  # what was recorded stays


def test_our_file_with_the_contents_of_another_is_asked_about(catalog: Catalog, tmp_path: Path) -> None:
    one, two = clinic(tmp_path, "one.db"), clinic(tmp_path, "two.db")
    first, second = known(catalog, one).database, known(catalog, two).database
    write_to(catalog, two, second)
    shutil.copyfile(two, one)  # into the file itself: the inode stays
    question = doubt(catalog, one)
    assert question.doubt is Doubt.OTHER_CONTENT
    assert identity.resolve(catalog, question, "same").database.id == first.id
    assert known(catalog, one).database.id == first.id
    assert known(catalog, two).database.id == second.id


def test_contents_of_our_own_past_are_ours(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    past = path.read_bytes()
    write_to(catalog, path, first)
    path.write_bytes(past)
    assert known(catalog, path).database.id == first.id


def test_a_file_of_another_catalog_keeps_its_identity(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    foreign = "12345678-1234-4234-8234-123456789abc"
    with db.open_write(path) as session, session.transaction():
        stamp.write(session, foreign, "op_elsewhere", "test.work")
    found = known(catalog, path)
    assert (found.how, found.database.id) == (How.TAKEN_OVER, foreign)
    assert "another catalog" in found.news
    assert known(catalog, path).how is How.KNOWN


def test_a_foreign_database_in_the_place_of_ours_may_keep_its_own_identity(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    foreign = "12345678-1234-4234-8234-123456789abc"
    other = clinic(tmp_path, "other.db")
    with db.open_write(other) as session, session.transaction():
        stamp.write(session, foreign, "op_elsewhere", "test.work")
    put_another_file(path, other)
    question = doubt(catalog, path)
    assert question.doubt is Doubt.OTHER_CONTENT
    assert question.known.id == first.id
    assert identity.resolve(catalog, question, "new").database.id == foreign


def test_a_disk_mounted_again_under_another_number_is_the_same_disk(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    first = known(catalog, path).database
    with catalog.unit() as unit:
        unit.session.run("UPDATE databases SET device = '99999'")
        unit.commit()
    assert known(catalog, path).database.id == first.id
    assert known(catalog, path).database.device == first.device


def test_a_plan_for_one_file_is_not_applied_to_another(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    database = known(catalog, path).database
    with catalog.reading() as session:
        identity.check_place(session, database.id, path)
        with pytest.raises(Refused) as refused:
            identity.check_place(session, database.id, clinic(tmp_path, "other.db"))
        assert refused.value.code is ErrorCode.FILE_REPLACED
    path.unlink()
    with catalog.reading() as session, pytest.raises(Failure):
        identity.check_place(session, database.id, path)


def test_where_nobody_can_be_asked_the_question_is_an_error_with_the_way_out(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = clinic(tmp_path)
    known(catalog, path)
    put_another_file(path, path)
    error = identity.unanswered(doubt(catalog, path))
    assert (error.code, error.exit_code) == (ErrorCode.WHICH_DATABASE, 3)
    assert f"steward journal identify {path} --same" in error.hint


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE VIEW _steward_operations AS SELECT 1 AS database_id",
        "CREATE TABLE _steward_operations (x)",
        "CREATE TABLE _STEWARD_OPERATIONS (seq, operation_id, database_id, operation, at)",
    ],
)
def test_an_object_of_our_name_that_is_not_ours_is_left_alone(
    catalog: Catalog, tmp_path: Path, sql: str
) -> None:
    path = clinic(tmp_path)
    with db.open_write(path) as session, session.transaction():
        session.run(sql)
    assert known(catalog, path).how is How.NEW
    with db.open_write(path) as session:
        assert not stamp.has(session, "op_1")
        assert stamp.operations(session) == ()
        with pytest.raises(Refused, match="_steward_operations"), session.transaction():
            stamp.write(session, "x", "op_1", "test.work")


def test_an_identity_that_is_no_uuid_is_none(catalog: Catalog, tmp_path: Path) -> None:
    path = clinic(tmp_path)
    with db.open_write(path) as session, session.transaction():
        stamp.write(session, "'; DROP TABLE databases", "op_1", "test.work")
        assert stamp.database_id(session) == ""
        assert [done.operation_id for done in stamp.operations(session)] == ["op_1"]
    assert known(catalog, path).how is How.NEW
