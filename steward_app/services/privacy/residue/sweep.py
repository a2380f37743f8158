"""One reading of a database and its side files: where strings stand in the bytes, and what the pages are for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from steward_app.db import ReadSession, schema_rows
from steward_app.db.anatomy import Anatomy, Edges
from steward_app.db.header import Header, parse, parse_without_magic, read_start
from steward_app.db.raw_files import Frames, RawFile, beside, frames, raw_file
from steward_app.db.sidefiles import WAL
from steward_app.kernel.progress import Context
from steward_app.services.privacy.residue.forms import LONGEST, unescaped
from steward_app.services.privacy.residue.matcher import Hits, Matcher

_WINDOW: Final = 1 << 20
_MOST_IN_WINDOW = 200_000
_THREADS = 2
_MAIN = ""


class Hit(NamedTuple):
    """A string that stands somewhere.

    Attributes:
        suffix: of the side file, "" for the database.
        at: the byte of the file where it begins.
        string: its number.
    """

    suffix: str
    at: int
    string: int


class Body:
    """A database as bytes: the main file and what lies beside it, held open for several readings."""

    def __init__(self, session: ReadSession, files: dict[str, RawFile], header: Header | None) -> None:
        main, log = files[_MAIN], files.get(WAL)
        self.files = files
        self.session = session
        self.frames = frames(log) if log else Frames(0, (), {})
        self.page_size = header.page_size_bytes if header else self.frames.page_size_bytes or 4096
        if self.frames.page_size_bytes != self.page_size:
            self.frames = Frames(
                self.page_size, (), {}
            )  # a log of another database, which SQLite passes over, too
        pages = max([-(-main.size // self.page_size), *self.frames.newest])
        self.anatomy = Anatomy(self.page_size, header.reserved_bytes if header else 0, pages)
        self._settled = False

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files.values())

    def page(self, number: int) -> bytes:
        """A page in its newest version."""
        frame = self.frames.newest.get(number)
        if frame:
            return self.files[WAL].read(self.frames.offset(frame), self.page_size)
        found = self.files[_MAIN].read((number - 1) * self.page_size, self.page_size)
        return found.ljust(self.page_size, b"\0")

    def find(self, matcher: Matcher, context: Context) -> list[Hit]:
        """Every place where a string stands. The first reading learns what the pages are for."""
        hits: list[Hit] = []
        done = 0
        with ThreadPoolExecutor(_THREADS) as pool:
            waiting: list[tuple[str, int, Future[Hits]]] = []
            try:
                for suffix, base, window, joined in self._windows():
                    context.checkpoint()
                    context.report(done, self.size_bytes, unit="bytes", note=self.files[suffix].path.name)
                    waiting.append((suffix, base, pool.submit(_find, matcher, window)))
                    hits += joined(matcher)
                    if len(waiting) > _THREADS:
                        hits += _hits(*waiting.pop(0))
                    done += _WINDOW
                for each in waiting:
                    context.checkpoint()
                    hits += _hits(*each)
            finally:
                for _, _, future in waiting:
                    future.cancel()
        self._settle()
        return hits

    def _windows(self) -> Iterator[tuple[str, int, bytes, _Joined]]:
        for suffix, file in self.files.items():
            for base in range(0, file.size, _WINDOW):
                window = file.read(base, _WINDOW + LONGEST)
                edges = self._learn(base, window[:_WINDOW]) if suffix == _MAIN else None
                yield suffix, base, window, _Joined(self, base, window, edges)

    def _learn(self, base: int, window: bytes) -> Edges:
        """What the pages of a window are for, and where rows go on over their edges."""
        import numpy as np

        size = self.page_size
        rows = np.frombuffer(window.ljust(-(-len(window) // size) * size, b"\0"), np.uint8).reshape(-1, size)
        numbers = np.arange(len(rows)) + base // size + 1
        if self.frames.newest:
            old = np.isin(numbers, list(self.frames.newest))
            edges = self.anatomy.take(numbers[~old], rows[~old])
            return Edges(np.flatnonzero(~old)[edges.rows], edges.ends, edges.follows)
        return self.anatomy.take(numbers, rows)

    def _settle(self) -> None:
        if self._settled:
            return
        import numpy as np

        for number in self.frames.newest:
            self.anatomy.take(
                np.array([number]), np.frombuffer(self.page(number), np.uint8).reshape(1, self.page_size)
            )
        first = self.page(1)
        roots = [1, *(row.root_page for row in schema_rows(self.session))]
        free, vacuums = int.from_bytes(first[32:36], "big"), first[52:56] != b"\0\0\0\0"
        self.anatomy.settle(roots, free, vacuums, self.page)
        self._settled = True


class _Joined:
    """Strings that stand across the edge of a page, where a row goes on elsewhere."""

    def __init__(self, body: Body, base: int, window: bytes, edges: Edges | None) -> None:
        self._body, self._base, self._window, self._edges = body, base, window, edges

    def __call__(self, matcher: Matcher) -> list[Hit]:
        edges, size = self._edges, self._body.page_size
        if edges is None or not len(edges.rows):
            return []
        reach = LONGEST - 1
        pieces: list[bytes] = []
        starts: list[int] = []
        for row, end, follows in zip(
            edges.rows.tolist(), edges.ends.tolist(), edges.follows.tolist(), strict=True
        ):
            at = row * size + end
            starts.append(self._base + at - reach)
            pieces.append(self._window[max(at - reach, row * size) : at].rjust(reach, b"\0"))
            pieces.append(self._head(follows, reach) + bytes(LONGEST))
        found = []
        stride = 2 * reach + LONGEST
        for place, string in _found(matcher, b"".join(pieces)):
            edge, within = divmod(place, stride)
            if within < reach < within + matcher.length(string):
                found.append(Hit(_MAIN, starts[edge] + within, string))
        return found

    def _head(self, page: int, reach: int) -> bytes:
        at = (page - 1) * self._body.page_size + 4 - self._base
        if page in self._body.frames.newest:
            head = self._body.page(page)[4 : 4 + reach]
        elif at >= 0 and at + reach <= len(self._window):
            head = self._window[at : at + reach]
        else:
            head = self._body.files[_MAIN].read(at + self._base, reach)
        return head.ljust(reach, b"\0")


@contextmanager
def open_body(session: ReadSession) -> Iterator[Body]:
    """A database with its side files as bytes, under a read transaction."""
    state = session.state
    start = read_start(state.file)
    with ExitStack() as stack:
        stack.enter_context(session.snapshot())
        files = {_MAIN: stack.enter_context(raw_file(state.file))}
        for suffix, path in beside(state.file):
            files[suffix] = stack.enter_context(raw_file(path))
        yield Body(session, files, parse(start) or parse_without_magic(start))


def _find(matcher: Matcher, window: bytes) -> Hits:
    hits = [hit for hit in _found(matcher, window) if hit[0] < _WINDOW]
    plain = unescaped(window)
    if plain:
        from bisect import bisect_right

        letters, new, old = plain
        for place, string in _found(matcher, letters):
            piece = bisect_right(new, place) - 1
            at = old[piece] + place - new[piece]
            if at < _WINDOW and new[piece] + matcher.length(string) > 0:
                hits.append((at, string))
        hits = sorted(set(hits))
    return hits[:_MOST_IN_WINDOW]


def _found(matcher: Matcher, window: bytes) -> Hits:
    return matcher.find(window.lower())


def _hits(suffix: str, base: int, found: Future[Hits]) -> list[Hit]:
    return [Hit(suffix, base + at, string) for at, string in found.result()]
