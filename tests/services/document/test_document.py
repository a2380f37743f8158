"""An open file: its sessions, its switch, and its end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import a_file_with_rows, overwritten, tampered, traces, with_hot_journal
from builders.processes import OtherProgram, as_nobody, common_folder
from steward_app import db
from steward_app.db import scratch
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, StewardError
from steward_app.services.document import ChangeKind, Document, open_document

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture(params=["DELETE", "WAL"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return a_file_with_rows(tmp_path / "clinic.db", f"journal_mode = {request.param}")


def _count(document: Document) -> int:
    with document.read() as session:
        return session.count("SELECT count(*) FROM visit")


def test_an_open_file_says_who_it_is_and_leaves_no_trace(path: Path) -> None:
    before = traces(path)
    with open_document(path) as document:
        assert document.identity.path == path
        assert document.identity.id == db.locate(path).id
        assert document.identity.size_bytes == path.stat().st_size
        assert document.state.mode is db.OpenMode.NORMAL
        assert document.notices == ()
        assert document.read_only
        assert _count(document) == 50
        assert document.poll() is None
    assert traces(path) == before


def test_sessions_are_used_again(path: Path) -> None:
    with open_document(path) as document:
        with document.read() as first, document.read() as second:
            assert second is not first
        with document.read() as again:
            assert again in (first, second)


def test_a_session_that_is_not_as_new_is_not_used_again(path: Path) -> None:
    with open_document(path) as document:
        with document.read() as first:
            first.all("ATTACH ':memory:' AS m")
        with document.read() as second:
            assert second is not first
            second.all("BEGIN")
            second.count("SELECT count(*) FROM visit")
        with document.read() as third:
            assert third is second
            assert not third.in_transaction


def test_a_failure_in_the_block_gives_the_session_back(path: Path) -> None:
    with open_document(path) as document:
        with pytest.raises(ZeroDivisionError), document.read() as first:
            raise ZeroDivisionError
        with document.read() as second:
            assert second is first


def test_many_threads_read_at_once(path: Path) -> None:
    failed: list[BaseException] = []

    def work(document: Document) -> None:
        try:
            for _ in range(20):
                assert _count(document) == 50
                assert document.cached("count", lambda s: s.count("SELECT 50"), rows_of=None) == 50
                document.poll()
        except BaseException as error:  # noqa: BLE001  # told by the test
            failed.append(error)

    before = traces(path)
    with open_document(path) as document:
        threads = [threading.Thread(target=work, args=(document,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    assert traces(path) == before


def test_closing_stops_what_reads_and_leaves_no_trace(path: Path) -> None:
    before = traces(path)
    document = open_document(path)
    started = threading.Event()
    said: list[BaseException] = []

    def work() -> None:
        try:
            with document.read() as session:
                rows = session.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
                )
                for _ in rows:
                    started.set()
        except StewardError as error:
            said.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    document.close()
    thread.join(10)
    assert [type(error) for error in said] == [Cancelled]
    document.close()
    assert document.poll() is None
    with pytest.raises(Cancelled, match="was closed"), document.read():
        pass
    assert traces(path) == before


# --- The switch ------------------------------------------------------------------------------------------------------


def test_writing_is_refused_until_it_is_allowed(path: Path) -> None:
    with open_document(path) as document:
        with pytest.raises(Refused) as caught, document.write():
            raise AssertionError("written")
        assert caught.value.code is ErrorCode.READ_ONLY
        document.allow_writing()
        assert not document.read_only
        with document.write() as session, session.transaction():
            session.run("DELETE FROM visit WHERE id > 10")
        assert _count(document) == 10
        document.forbid_writing()
        with pytest.raises(Refused), document.write():
            raise AssertionError("written")
    assert [each.name for each in path.parent.iterdir()] == ["clinic.db"]


def test_the_switch_is_the_documents_own(path: Path, tmp_path: Path) -> None:
    other = a_file_with_rows(tmp_path / "other.db")
    with open_document(path) as one, open_document(path) as two, open_document(other) as three:
        one.allow_writing()
        assert (one.read_only, two.read_only, three.read_only) == (False, True, True)


def test_one_writes_at_a_time(path: Path) -> None:
    with open_document(path) as document:
        document.allow_writing()
        with document.write(), pytest.raises(Refused) as caught, document.write():
            raise AssertionError("two writers")
        assert caught.value.code is ErrorCode.BUSY_ELSEWHERE
        with document.write():
            pass


def test_a_damaged_file_cannot_be_switched(tmp_path: Path) -> None:
    path = tampered(
        a_file_with_rows(tmp_path / "x.db"), "UPDATE sqlite_schema SET sql = 'x' WHERE type = 'index'"
    )
    with open_document(path) as document:
        assert document.state.mode is db.OpenMode.SAFE
        assert [notice.code for notice in document.notices] == ["malformed_schema"]
        with pytest.raises(Refused, match="it is damaged"):
            document.allow_writing()
        assert _count(document) == 50


def test_a_file_that_may_not_be_written_cannot_be_switched() -> None:
    with common_folder() as folder:
        path = a_file_with_rows(folder / "clinic.db")

        def said() -> str:
            with open_document(path) as document, pytest.raises(Refused) as caught:
                document.allow_writing()
            return caught.value.message

        assert "you may not write" in as_nobody(said)


def test_damaged_pages_are_noticed_when_a_file_is_opened(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", "page_size = 1024", rows=300)
    overwritten(path, 1024 * 40, b"\xa5" * 1024)
    link = tmp_path / "link.db"
    link.symlink_to(path)
    with open_document(link) as document:
        assert [notice.code for notice in document.notices] == ["damaged_pages", "link"]  # the worst first


# --- A hot journal ---------------------------------------------------------------------------------------------------


def test_all_sessions_share_one_copy_and_it_goes_with_the_document(tmp_path: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "clinic.db", rows=300))
    before = traces(path)
    with open_document(path) as document:
        with document.read() as one, document.read() as two:
            assert one.state.looked_at == two.state.looked_at
            assert _count(document) == 300
        assert len(list(scratch.root().iterdir())) == 1
        assert document.poll() is None
    assert list(scratch.root().iterdir()) == []
    assert traces(path) == before


def test_when_another_program_settles_the_journal_the_file_itself_is_shown(tmp_path: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "clinic.db", rows=300))
    with open_document(path) as document:
        with OtherProgram(path) as other:
            other.does("run('DELETE FROM visit WHERE id > 100')")
        change = document.poll()
        assert change is not None
        assert (change.kind, change.own) == (ChangeKind.DATA, False)
        assert _count(document) == 100
        assert document.state.mode is db.OpenMode.NORMAL
        assert document.poll() is None


def test_when_we_settle_the_journal_by_writing_it_is_our_doing(tmp_path: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "clinic.db", rows=300))
    with open_document(path) as document:
        document.allow_writing()
        with document.write() as session, session.transaction():
            session.run("DELETE FROM visit WHERE id > 100")
        change = document.poll()
        assert change is not None
        assert change.own
        assert _count(document) == 100
        assert document.state.mode is db.OpenMode.NORMAL
        assert not document.read_only


def test_a_file_read_without_locks_is_read_anew_when_it_changes() -> None:
    with common_folder() as folder:
        clinic = folder / "clinic"
        clinic.mkdir()
        path = a_file_with_rows(clinic / "clinic.db", "journal_mode = WAL")
        with OtherProgram(path) as other:

            def seen() -> list[object]:
                with open_document(path) as document:
                    found: list[object] = [document.state.mode.value, _count(document), document.poll()]
                    other.does("run('DELETE FROM visit')")
                    change = document.poll()
                    return [*found, change and change.kind.value, _count(document), document.state.live]

            other.does("pass")  # it is connected, but has not looked yet: no side files
            assert as_nobody(seen) == ["immutable", 50, None, "data", 0, True]


# --- What becomes of the path ----------------------------------------------------------------------------------------


def test_a_file_that_is_gone_or_replaced_is_not_read_on(path: Path, tmp_path: Path) -> None:
    with open_document(path) as document:
        document.allow_writing()
        path.rename(tmp_path / "moved.db")
        with pytest.raises(Failure) as gone, document.read():
            pass
        a_database(path).with_table("t", "a").build()
        with pytest.raises(Failure) as replaced, document.read():
            pass
        with pytest.raises(Failure) as written, document.write():
            raise AssertionError("written")
        assert [each.value.code for each in (gone, replaced, written)] == [
            ErrorCode.NOT_FOUND,
            ErrorCode.FILE_REPLACED,
            ErrorCode.FILE_REPLACED,
        ]


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        open_document(tmp_path / "no.db")
    assert caught.value.code is ErrorCode.NOT_FOUND
