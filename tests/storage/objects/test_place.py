"""The URL of a store, taken apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.kernel.errors import UsageError
from steward_app.storage.objects import FolderPlace, S3Place, SftpPlace, parse_url

posix = pytest.mark.skipif(os.name != "posix", reason="paths are written otherwise on Windows")


@posix
@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("/media/usb/backups", FolderPlace(Path("/media/usb/backups"))),
        ("/media/usb/../backups/", FolderPlace(Path("/media/backups"))),
        ("/odd #?%20 name", FolderPlace(Path("/odd #?%20 name"))),
        ("file:///media/my%20usb", FolderPlace(Path("/media/my usb"))),
        ("file://localhost/media/usb", FolderPlace(Path("/media/usb"))),
        ("sftp://ann@host.example/srv/b", SftpPlace("host.example", "/srv/b", "ann")),
        ("SFTP://host:2222/srv//b/", SftpPlace("host", "/srv/b", "", 2222)),
        ("sftp://a%40b@[::1]:22/x%20y", SftpPlace("::1", "/x y", "a@b")),
        ("sftp://ann@host/~/backups", SftpPlace("host", "~/backups", "ann")),
        ("sftp://h/b?key_file=~/.ssh/of%20b", SftpPlace("h", "/b", key_file="~/.ssh/of b")),
        ("s3://bucket", S3Place("bucket")),
        ("s3://bucket/a/b/?region=eu-1", S3Place("bucket", "a/b", "", "eu-1")),
        (
            "s3://bucket/p?endpoint=http://127.0.0.1:9000&region=x",
            S3Place("bucket", "p", "http://127.0.0.1:9000", "x"),
        ),
        ("s3://bucket?endpoint=https://s3.example.org/", S3Place("bucket", "", "https://s3.example.org")),
        (
            "s3://bucket?endpoint=http://nas.local:9000&allow_http=yes",
            S3Place("bucket", "", "http://nas.local:9000", "", True),
        ),
    ],
)
def test_a_url_is_taken_apart_and_put_together_again(url: str, place: object) -> None:
    found = parse_url(url)
    assert found == place
    assert parse_url(found.url) == found


@posix
def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ann")
    assert parse_url("store") == FolderPlace(tmp_path / "store")
    assert parse_url("~/store") == FolderPlace(Path("/home/ann/store"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        "~no such user here/store",
        "http://host/store",
        "ftp://host/store",
        "sftp://host",
        "sftp://host/",
        "sftp:///folder",
        "sftp://host:99999/folder",
        "sftp://host:0/folder",
        "sftp://host/a/../b",
        "sftp://host/a?key=b",
        "sftp://host/a?key_file=",
        "sftp://host/a?key_file=%00",
        "sftp://host/a?key_file=b&password=c",
        "s3://",
        "s3:///prefix",
        "s3://user@bucket/prefix",
        "s3://bucket:80/prefix",
        "s3://bucket/a/../b",
        "s3://bucket/a//b",
        "s3://bucket?endpoint=host:9000",
        "s3://bucket?endpoint=ftp://host",
        "s3://bucket?endpoint=https://host/path",
        "s3://bucket?endpoint=http://nas.local:9000",
        "s3://bucket?endpoint=http://127.0.0.1.evil.example",
        "s3://bucket?endpoint=http://nas.local&allow_http=maybe",
        "s3://bucket#fragment",
    ],
)
def test_what_is_no_url_of_a_store_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_url(url)
    assert raised.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "sftp://ann:hunter2@host/folder",
        "s3://bucket?secret_access_key=hunter2",
        "s3://key:hunter2@bucket/prefix",
        "s3://bucket?endpoint=https://key:hunter2@host",
        "s3://bucket?endpoint=https://host?hunter2",
        "https://key:hunter2@host/store",
    ],
)
def test_a_secret_in_a_url_is_refused_and_never_repeated(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_url(url)
    assert "hunter2" not in f"{raised.value.message}{raised.value.hint}{raised.value.__cause__}"


NAME = st.text(
    st.characters(blacklist_characters="/\x00", blacklist_categories=("Cs",)), min_size=1, max_size=8
)
NAME = NAME.filter(lambda name: name not in (".", "..", "~"))


HOST = st.from_regex(r"[a-z][a-z0-9.-]{0,20}[a-z]", fullmatch=True)


@given(
    host=HOST,
    path=st.lists(NAME, min_size=1, max_size=3),
    user=NAME,
    port=st.integers(1, 65535),
    key=NAME | st.just(""),
)
def test_any_folder_of_a_server_can_be_said(
    host: str, path: list[str], user: str, port: int, key: str
) -> None:
    place = SftpPlace(host, "/" + "/".join(path), user, port, key)
    assert parse_url(place.url) == place


@given(text=st.text(max_size=40), scheme=st.sampled_from(["sftp://", "s3://", "file://", ""]))
def test_any_text_is_a_place_or_refused(text: str, scheme: str) -> None:
    try:
        place = parse_url(scheme + text)
    except UsageError:
        return
    assert parse_url(place.url) == place
