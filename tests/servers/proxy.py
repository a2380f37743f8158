"""A line between a program and a server, that can be cut, slowed down and stopped."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_PIECE_BYTES = 8192


class Proxy:
    """Forwards what comes to `port` to a port of loopback, until the block ends.

    Attributes:
        port: where it listens.
        connections: how many there were.
    """

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.connections = 0
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._cuts: list[int] = []
        self._limit = 0
        self._bytes_per_second = 0
        self._flowing = threading.Event()
        self._flowing.set()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def cut_after(self, *counts: int) -> None:
        """Cut the next connections, one a number, when so many bytes went to the server."""
        with self._lock:
            self._cuts = list(counts)

    def cut(self) -> None:
        """Cut every connection there is, now."""
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def slow(self, bytes_per_second: int) -> None:
        """Let no more than that through, in each direction of each connection; 0 for no limit."""
        self._bytes_per_second = bytes_per_second

    def stall(self) -> None:
        """Take what comes and pass nothing on, until `flow`."""
        self._flowing.clear()

    def flow(self) -> None:
        """Pass on again."""
        self._flowing.set()

    def hear(self, data: bytes) -> None:
        """What goes to the server, a piece at a time. For tests that listen."""

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._flowing.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            for each in (near, far):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open += [near, far]
                cut_after = self._cuts.pop(0) if self._cuts else None
                if self._ended.is_set():
                    near.shutdown(socket.SHUT_RDWR)
            for source, sink, limit in ((near, far, cut_after), (far, near, None)):
                args = (source, sink, limit, sink is far)
                thread = threading.Thread(target=self._forward, args=args, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forward(
        self, source: socket.socket, sink: socket.socket, limit: int | None, to_server: bool
    ) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(_PIECE_BYTES):
                if to_server:
                    self.hear(data)
                self._flowing.wait()
                if self._bytes_per_second:
                    self._ended.wait(len(data) / self._bytes_per_second)
                if limit is not None and passed + len(data) > limit:
                    sink.sendall(data[: limit - passed])
                    break
                sink.sendall(data)
                passed += len(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
