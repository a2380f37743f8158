"""Uploads in parts: whatever becomes of one, its parts do not stay in the bucket, where nobody would see them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest

from servers.proxy import Proxy
from servers.rclone import RcloneS3
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.storage.objects import Credentials, Patience, open_objects

BIG = bytes(range(256)) * 4096 * 24  # 24 MiB: five parts

pytestmark = pytest.mark.usefixtures("aws_home")


class Listening(Proxy):
    """Hears which uploads in parts begin, are finished and are given up."""

    def __init__(self, target_port: int, on_part: Callable[[int], None] = lambda _: None) -> None:
        super().__init__(target_port)
        self.began, self.finished, self.given_up, self.parts = 0, 0, 0, 0
        self._on_part = on_part

    def hear(self, data: bytes) -> None:
        for verb, query in re.findall(rb"(POST|PUT|DELETE) \S+[?](\S+) HTTP/1.1\r\n", data):
            self.began += verb == b"POST" and query.startswith(b"uploads")
            self.finished += verb == b"POST" and query.startswith(b"uploadId")
            self.given_up += verb == b"DELETE" and query.startswith(b"uploadId")
            if verb == b"PUT":
                self.parts += 1
                self._on_part(self.parts)


def test_one_that_is_finished(rclone: RcloneS3, s3_keys: Credentials, hasty: Patience) -> None:
    with Listening(rclone.port) as line:
        with open_objects(rclone.url("up", port=line.port), credentials=s3_keys, patience=hasty) as store:
            store.put("packs/whole.zst", BIG)
        assert (line.began, line.finished, line.given_up, line.parts) == (1, 1, 0, 5)


@pytest.mark.parametrize("part", [1, 3])
def test_one_that_is_cancelled(rclone: RcloneS3, s3_keys: Credentials, hasty: Patience, part: int) -> None:
    context = Context()

    def stop(number: int) -> None:
        if number == part:
            context.cancel()

    with Listening(rclone.port, stop) as line:
        with (
            open_objects(rclone.url("up", port=line.port), credentials=s3_keys, patience=hasty) as store,
            pytest.raises(Cancelled),
        ):
            store.put("packs/cancelled.zst", BIG, context)
        assert (line.began, line.finished, line.given_up) == (1, 0, 1)


def test_one_whose_line_is_cut(rclone: RcloneS3, s3_keys: Credentials, hasty: Patience) -> None:
    with Listening(rclone.port, lambda number: line.cut() if number == 2 else None) as line:
        with open_objects(rclone.url("up", port=line.port), credentials=s3_keys, patience=hasty) as store:
            store.put("packs/cut.zst", BIG)
        assert line.began == 2
        assert (line.finished, line.given_up) == (1, 1)


def test_a_line_that_goes_silent_keeps_nobody_waiting(rclone: RcloneS3, s3_keys: Credentials) -> None:
    short = Patience(silence_seconds=0.5, slowest_bytes_per_second=100_000_000, pauses_seconds=())
    with (
        Listening(rclone.port) as line,
        open_objects(rclone.url("up", port=line.port), credentials=s3_keys, patience=short) as store,
    ):
        context = Context()
        threading.Timer(0.2, context.cancel).start()
        line.stall()
        with pytest.raises(Cancelled):
            store.put("packs/silent.zst", BIG, context)
