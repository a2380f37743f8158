"""Where a path may lead, and what is said of each place."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from builders import a_database
from builders.processes import as_nobody, common_folder
from steward_app import db
from steward_app.db import drives
from steward_app.db.place import LONGEST_PATH_BYTES
from steward_app.kernel.errors import ErrorCode, StewardError


def _refusal(path: Path) -> StewardError:
    with pytest.raises(StewardError) as caught:
        db.open_read(path)
    assert caught.value.hint
    return caught.value


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize(
    "name",
    [
        "with space.db",
        "50%.db",
        "%41.db",
        "what?.db",
        "a#b.db",
        "a&b=c.db",
        "file:x.db?mode=memory",
        ":memory:",
        "-rf.db",
        "line\nbreak.db",
        "größe 表 🐘.db",
        "\u202egnp.db",
        'it\'s "quoted".db',
        "no-ending",
        ".hidden",
        "clinic.db-wal",
    ],
)
@pytest.mark.parametrize("wal", [False, True])
def test_odd_names_are_names(tmp_path: Path, name: str, wal: bool) -> None:
    builder = a_database(tmp_path / name).with_table("t", "a", rows=[(1,)])
    path = (builder.in_wal_mode() if wal else builder).build()
    with db.open_read(path) as session:
        assert session.value("SELECT a FROM t") == 1
    with db.open_write(path) as writing, writing.transaction():
        writing.run("INSERT INTO t VALUES (2)")
    assert _names(tmp_path) == [name]


def test_a_relative_path_is_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_database(tmp_path, "-x.db").with_table("t", "a").build()
    monkeypatch.chdir(tmp_path)
    with db.open_read(Path("-x.db")) as session:
        assert session.path == Path("-x.db")
        assert session.state.file == Path(os.path.realpath(tmp_path)) / "-x.db"


@pytest.mark.parametrize("name", ["caf\udce9.db", "a\x00b.db"])
def test_a_name_sqlite_cannot_be_given_is_told(tmp_path: Path, name: str) -> None:
    if "\x00" not in name:
        descriptor = os.open(os.fsencode(tmp_path) + b"/" + os.fsencode(name), os.O_CREAT)
        os.close(descriptor)
    error = _refusal(tmp_path / name)
    assert error.code is ErrorCode.BAD_PATH
    assert str(error).isprintable()
    with pytest.raises(StewardError):
        db.open_write(tmp_path / name)
    with pytest.raises(StewardError):
        db.create(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "no.db", tmp_path / "no" / "no.db", Path("/etc/passwd/no.db")):
        error = _refusal(path)
        assert error.code is ErrorCode.NOT_FOUND
        assert "“no.db”" in error.message
        assert not path.exists()


def test_what_is_no_file_is_named_and_does_not_hang(tmp_path: Path) -> None:
    pipe, plug = tmp_path / "pipe.db", tmp_path / "plug.db"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(plug))
        said = {path: _refusal(path) for path in (tmp_path, pipe, plug, Path(os.devnull))}
    assert {error.code for error in said.values()} == {ErrorCode.NOT_A_FILE}
    assert [error.message.split(" is ")[1].split(",")[0] for error in said.values()] == [
        "a folder",
        "a pipe",
        "a socket",
        "a device",
    ]


def test_a_link_is_followed_and_told(tmp_path: Path) -> None:
    real = a_database(tmp_path / "deep" / "real.db").with_table("t", "a", rows=[(7,)]).in_wal_mode().build()
    link = tmp_path / "link.db"
    link.symlink_to(real)
    with db.open_read(link) as session:
        assert session.value("SELECT a FROM t") == 7
        assert session.state.file == Path(os.path.realpath(real))
        assert [notice.code for notice in session.state.notices] == ["link"]
    assert _names(real.parent) == ["real.db"]
    assert _names(tmp_path) == ["deep", "link.db"]


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    gone, circle = tmp_path / "gone.db", tmp_path / "circle.db"
    gone.symlink_to(tmp_path / "nothing.db")
    circle.symlink_to(circle)
    assert (_refusal(gone).code, "link" in _refusal(gone).message) == (ErrorCode.NOT_FOUND, True)
    assert _refusal(circle).code is ErrorCode.BAD_PATH


def test_very_long_paths(tmp_path: Path) -> None:
    folder = tmp_path
    while len(os.fsencode(folder)) < LONGEST_PATH_BYTES - 120:
        folder /= "d" * 100
    folder.mkdir(parents=True)
    room = LONGEST_PATH_BYTES - len(os.fsencode(folder)) - 1
    fits, too_long = folder / ("x" * room), folder / ("x" * (room + 1))
    a_database(fits).with_table("t", "a", rows=[(1,)]).in_wal_mode().build()
    fits.rename(too_long)
    error = _refusal(too_long)
    assert error.code is ErrorCode.BAD_PATH
    assert f"{LONGEST_PATH_BYTES + 1} of at most {LONGEST_PATH_BYTES}" in error.message
    too_long.rename(fits)
    with db.open_read(fits) as session:
        assert session.value("SELECT a FROM t") == 1
    assert _refusal(tmp_path / ("n" * 300)).code is ErrorCode.BAD_PATH


def test_files_and_folders_that_may_not_be_read() -> None:
    with common_folder() as folder:
        path = a_database(folder).with_table("t", "a").build()
        path.chmod(0o000)
        locked = folder / "locked"
        hidden = a_database(locked / "hidden.db").with_table("t", "a").build()
        locked.chmod(0o000)
        try:

            def codes() -> list[str]:
                return [_refusal(each).code for each in (path, hidden)]

            assert as_nobody(codes) == [ErrorCode.NO_PERMISSION, ErrorCode.NO_PERMISSION]
        finally:
            locked.chmod(0o755)


def test_create_never_touches_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "there.db"
    path.write_bytes(b"mine")
    with pytest.raises(StewardError, match="exists already"):
        db.create(path)
    assert path.read_bytes() == b"mine"
    with pytest.raises(StewardError) as caught:
        db.create(tmp_path / "no" / "new.db")
    assert caught.value.code is ErrorCode.NOT_FOUND


MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 25 0:52 / /mnt/clinic rw,relatime shared:9 - nfs4 server:/clinic rw,vers=4.2
41 25 0:53 / /mnt/odd\\040name rw - fuse.sshfs me@server:/x rw
"""


@pytest.mark.parametrize(
    ("major", "minor", "kind"), [(254, 0, "ext4"), (0, 52, "nfs4"), (0, 53, "fuse.sshfs"), (9, 9, "")]
)
def test_the_kind_of_drive_is_read_from_the_list_of_mounts(major: int, minor: int, kind: str) -> None:
    assert drives.filesystem_of(os.makedev(major, minor), MOUNTS) == kind


def test_a_disk_of_this_machine_is_no_network_drive(tmp_path: Path) -> None:
    assert drives.network_drive(tmp_path, tmp_path.stat().st_dev) == ""
