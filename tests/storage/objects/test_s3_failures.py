"""What can go wrong between us and an S3-compatible server, each with a real one and a steward's words for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store as Remote

from servers.limits import small_files_only
from servers.ports import free_port
from servers.proxy import Proxy
from servers.rclone import BUCKET, KEY_ID, SECRET, RcloneS3
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.storage.objects import Credentials, Patience, open_objects

BIG = os.urandom(12_000_000)

pytestmark = pytest.mark.usefixtures("aws_home")


def failure(work: Callable[[], object]) -> Failure:
    with pytest.raises(Failure) as raised:
        work()
    assert raised.value.message
    assert raised.value.hint
    return raised.value


def test_a_bucket_that_is_missing(rclone: RcloneS3, s3_keys: Credentials, hasty: Patience) -> None:
    url = rclone.url("prefix", bucket="no-such-bucket")
    said = failure(lambda: open_objects(url, create=True, credentials=s3_keys, patience=hasty))
    assert said.code is ErrorCode.STORE_MISSING
    assert "no-such-bucket" in said.message


@pytest.mark.parametrize(("key_id", "secret"), [(KEY_ID, "not the secret"), ("AKIDNOBODY", "any secret")])
def test_wrong_keys_are_refused_and_never_repeated(
    rclone: RcloneS3, hasty: Patience, key_id: str, secret: str
) -> None:
    credentials = Credentials(access_key_id=key_id, secret_access_key=Secret(secret))
    said = failure(lambda: open_objects(rclone.url("p"), credentials=credentials, patience=hasty))
    assert said.code is ErrorCode.LOGIN_REFUSED
    everything = f"{said.message}{said.hint}{said.__cause__!s}{credentials!r}"
    assert secret not in everything


def test_keys_come_from_the_environment_or_the_usual_files(
    rclone: RcloneS3, aws_home: Path, monkeypatch: pytest.MonkeyPatch, hasty: Patience
) -> None:
    def opened() -> str:
        try:
            with open_objects(rclone.url("keys"), patience=hasty) as store:
                return "" if SECRET not in f"{store!r}{store.where}" else "shown"
        except StewardError as error:
            return error.message

    assert "There are no keys" in opened()
    (aws_home / ".aws").mkdir()
    keys = aws_home / ".aws/credentials"
    keys.write_text(f"[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
    assert "There are no keys" in opened()
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert opened() == ""
    keys.write_text(f"aws_secret_access_key = {SECRET}\n")
    said = opened()
    assert "cannot be read" in said
    assert SECRET not in said
    keys.unlink()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert opened() == ""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{rclone.port}")
    with open_objects(f"s3://{BUCKET}/keys", patience=hasty) as store:
        assert "127.0.0.1" in store.where
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1")
    with pytest.raises(UsageError, match="plain http"):
        open_objects(f"s3://{BUCKET}/keys", patience=hasty)


def test_no_server_there(s3_keys: Credentials, hasty: Patience) -> None:
    for endpoint, words in (
        (f"http://127.0.0.1:{free_port()}", "refused the connection"),
        ("https://nohost.invalid", "There is no server named"),
    ):
        url = f"s3://{BUCKET}/p?endpoint={endpoint}"
        began = time.monotonic()
        said = failure(lambda url=url: open_objects(url, credentials=s3_keys, patience=hasty))
        assert said.code is ErrorCode.OFFLINE
        assert words in said.message
        assert time.monotonic() - began < 5


def test_a_server_of_another_kind(rclone: RcloneS3, s3_keys: Credentials, hasty: Patience) -> None:
    url = f"s3://{BUCKET}/p?endpoint=https://127.0.0.1:{rclone.port}"
    said = failure(lambda: open_objects(url, credentials=s3_keys, patience=hasty))
    assert said.code is ErrorCode.OFFLINE
    assert "does not speak S3" in said.message


def test_a_line_that_is_cut_is_tried_again(
    rclone: RcloneS3, s3_keys: Credentials, hasty: Patience, tmp_path: Path
) -> None:
    with Proxy(rclone.port) as line:
        url = rclone.url("cut", port=line.port)
        with open_objects(url, credentials=s3_keys, patience=hasty) as store:
            line.cut()
            line.cut_after(1_000_000, 2_500_000)
            store.put("packs/a.zst", BIG)
            line.cut()
            store.get_to("packs/a.zst", tmp_path / "back")
            line.cut()
            assert [each.size_bytes for each in store.list()] == [len(BIG)]
    assert (tmp_path / "back").read_bytes() == BIG


@pytest.mark.parametrize("data", [BIG, BIG[:2_000_000]], ids=["in parts", "in one"])
def test_a_line_that_stays_cut_is_given_up_and_nothing_half_is_seen(
    rclone: RcloneS3, s3_keys: Credentials, hasty: Patience, data: bytes
) -> None:
    with Proxy(rclone.port) as line:
        url = rclone.url(f"stays-cut-{len(data)}", port=line.port)
        with open_objects(url, credentials=s3_keys, patience=hasty) as store:
            line.cut()
            line.cut_after(*[1_000_000] * 20)
            said = failure(lambda: store.put("packs/a.zst", data))
            assert said.code is ErrorCode.OFFLINE
            assert "4 times in a row" in said.message
            line.cut_after()
            assert list(store.list()) == []
            store.put("packs/a.zst", data)
            assert store.get("packs/a.zst") == data
            line.cut()
            line.cut_after(*[1_000_000] * 20)
            assert failure(lambda: store.put("packs/a.zst", data)).code is ErrorCode.OFFLINE
            line.cut_after()
            line.cut()
            assert store.get("packs/a.zst") == data  # what was there before stays


def test_a_download_that_is_cut_is_never_taken_for_the_whole(
    rclone: RcloneS3, s3_keys: Credentials, hasty: Patience, tmp_path: Path
) -> None:
    with (
        Proxy(rclone.port) as line,
        open_objects(rclone.url("down", port=line.port), credentials=s3_keys, patience=hasty) as store,
    ):
        store.put("packs/a.zst", BIG)
        line.slow(8_000_000)
        stop = threading.Event()

        def keep_cutting() -> None:
            while not stop.wait(0.3):
                line.cut()

        cutter = threading.Thread(target=keep_cutting)
        cutter.start()
        try:
            said = failure(lambda: store.get_to("packs/a.zst", tmp_path / "back"))
        finally:
            stop.set()
            cutter.join()
        assert said.code is ErrorCode.OFFLINE
        assert list(tmp_path.glob("*back*")) == []
        line.slow(0)
        store.get_to("packs/a.zst", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == BIG


def test_a_line_that_goes_silent_is_not_waited_for_for_ever(rclone: RcloneS3, s3_keys: Credentials) -> None:
    short = Patience(0.5, 0.5, 100_000_000, pauses_seconds=(0.01,))
    with (
        Proxy(rclone.port) as line,
        open_objects(rclone.url("silent", port=line.port), credentials=s3_keys, patience=short) as store,
    ):
        line.stall()
        for work in (
            lambda: store.put("a.zst", BIG),
            lambda: store.get("a.zst"),
            lambda: list(store.list()),
        ):
            began = time.monotonic()
            assert failure(work).code is ErrorCode.OFFLINE
            assert time.monotonic() - began < 10
        line.flow()
        store.put("a.zst", BIG)


def test_a_slow_line_is_waited_for(rclone: RcloneS3, s3_keys: Credentials, tmp_path: Path) -> None:
    short = Patience(1, 0.5, 4_000_000, pauses_seconds=())
    with (
        Proxy(rclone.port) as line,
        open_objects(rclone.url("slow", port=line.port), credentials=s3_keys, patience=short) as store,
    ):
        line.slow(8_000_000)
        began = time.monotonic()
        store.put("packs/slow.zst", BIG)
        store.get_to("packs/slow.zst", tmp_path / "back")
        assert time.monotonic() - began > 2 * short.silence_seconds
        store.delete("packs/slow.zst")


def test_a_transfer_on_a_slow_line_is_cancelled_at_once(
    rclone: RcloneS3, s3_keys: Credentials, hasty: Patience
) -> None:
    with (
        Proxy(rclone.port) as line,
        open_objects(rclone.url("slow", port=line.port), credentials=s3_keys, patience=hasty) as store,
    ):
        line.slow(500_000)
        context = Context()
        threading.Timer(0.3, context.cancel).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            store.put("packs/a.zst", BIG, context)
        assert time.monotonic() - began < 2
        line.slow(0)
        assert list(store.list()) == []


def test_a_server_whose_disk_is_full(tmp_path: Path, s3_keys: Credentials, hasty: Patience) -> None:
    with (
        RcloneS3(tmp_path / "rclone", before=small_files_only(1_000_000)) as server,
        open_objects(server.url("full"), credentials=s3_keys, patience=hasty) as store,
    ):
        store.put("small.zst", BIG[:900_000])
        said = failure(lambda: store.put("big.zst", BIG[:2_000_000]))
        assert said.code in (ErrorCode.IO_ERROR, ErrorCode.DISK_FULL)
        assert "its disk may be full" in said.message
        assert [each.name for each in store.list()] == ["small.zst"]
        assert store.get("small.zst") == BIG[:900_000]


def test_a_server_for_reading_only(tmp_path: Path, s3_keys: Credentials, hasty: Patience) -> None:
    with RcloneS3(tmp_path / "rclone", "--read-only") as server:
        (server.folder / BUCKET / "here").write_bytes(b"x")
        with open_objects(server.url(), credentials=s3_keys, patience=hasty) as store:
            assert store.get("here") == b"x"
            said = failure(lambda: store.put("there", b"y"))
            assert said.code in (ErrorCode.NO_PERMISSION, ErrorCode.IO_ERROR)


@pytest.mark.parametrize("size", [0, 10, len(BIG)])
@pytest.mark.parametrize("whole", [True, False])
def test_what_arrived_is_read_back_where_the_server_gives_no_checksum(
    rclone: RcloneS3,
    s3_keys: Credentials,
    hasty: Patience,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    whole: bool,
) -> None:
    prefix = f"opaque-{size}-{whole}"
    put_async = obstore.put_async

    async def put(store: Remote, path: str, file: Any, **options: Any) -> dict[str, str]:
        """What a server does that encrypts what it keeps: its ETag says nothing. And one that loses the end."""
        await put_async(store, path, file, **options)
        if not whole:
            await put_async(store, path, BIG[: max(size - 1, 0)] or b"?", use_multipart=False)
        return {"e_tag": '"0123456789abcdef0123456789abcdef"'}

    monkeypatch.setattr(obstore, "put_async", put)
    with open_objects(rclone.url(prefix), credentials=s3_keys, patience=hasty) as store:
        if whole:
            store.put("packs/a.zst", BIG[:size])
            assert store.get("packs/a.zst") == BIG[:size]
        else:
            said = failure(lambda: store.put("packs/a.zst", BIG[:size]))
            assert said.code is ErrorCode.VERIFY_FAILED


def test_this_server_ignores_conditional_puts_and_the_store_does_without(
    rclone: RcloneS3, s3_keys: Credentials, hasty: Patience
) -> None:
    with open_objects(rclone.url("conditions"), credentials=s3_keys, patience=hasty) as store:
        store.put("store.json", b"one")
        remote = Remote(
            BUCKET,
            prefix="conditions",
            endpoint=f"http://127.0.0.1:{rclone.port}",
            region="us-east-1",
            access_key_id=KEY_ID,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
        )
        obstore.put(remote, "store.json", b"two", mode="create")
        assert store.get("store.json") == b"two"
