"""One reading of a database and its side files: where strings stand in the bytes, and what the pages are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from steward_app.db import ReadSession, schema_rows
from steward_app.db.anatomy import Anatomy, loose
from steward_app.db.header import Header, parse, parse_without_magic, read_start
from steward_app.db.raw_files import Frames, RawFile, Records, beside, frames, raw_file
from steward_app.db.sidefiles import JOURNAL, WAL
from steward_app.kernel.progress import Context
from steward_app.services.privacy.residue.edges import MAIN, Hit, Joins, States
from steward_app.services.privacy.residue.forms import LONGEST, unescaped
from steward_app.services.privacy.residue.hits import HitStore
from steward_app.services.privacy.residue.matcher import Matcher, small_letters
from steward_app.services.privacy.residue.short import Hits

if TYPE_CHECKING:
    from steward_app.db.anatomy import Whole

WINDOW: Final = 1 << 20
_MOST_IN_WINDOW: Final = 200_000
_MOST: Final = 4_000_000
_THREADS = 2
_AHEAD = 4  # windows that wait or are looked at: no thread waits for what is taken


class Body:
    """A database as bytes: the main file and what lies beside it, held open for several readings.

    Attributes:
        uncounted: strings that were found, but not taken: there were too many of them.
    """

    def __init__(self, session: ReadSession, files: dict[str, RawFile], header: Header | None) -> None:
        main, log = files[MAIN], files.get(WAL)
        self.files = files
        self.session = session
        self.frames = frames(log) if log else Frames(0, (), {})
        self.page_size = header.page_size_bytes if header else self.frames.page_size_bytes or 4096
        if self.frames.page_size_bytes != self.page_size:
            self.frames = Frames(
                self.page_size, (), {}
            )  # a log of another database, which SQLite passes over, too
        pages = max([-(-main.size // self.page_size), *self.frames.newest])
        journal = files.get(JOURNAL)
        self.records = Records(journal, self.page_size) if journal else None
        self.states = States(files, self.frames, self.records, self.page_size)
        self.uncounted = 0
        self.anatomy = Anatomy(self.page_size, header.reserved_bytes if header else 0, pages)
        self._loose: list[Whole] = []
        self._settled = False

    @property
    def loose(self) -> Sequence[Whole]:
        """The numbers of pages of the main file that are of tables and may hold bytes of deleted rows besides."""
        return self._loose

    @property
    def is_wide(self) -> bool:
        """Whether the texts of the database are UTF-16."""
        return "16" in str(self.session.value("PRAGMA main.encoding"))

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files.values())

    def page(self, number: int) -> bytes:
        """A page in its newest version."""
        frame = self.frames.newest.get(number)
        if frame:
            return self.files[WAL].read(self.frames.offset(frame), self.page_size)
        found = self.files[MAIN].read((number - 1) * self.page_size, self.page_size)
        return found.ljust(self.page_size, b"\0")

    def find(self, matcher: Matcher, context: Context) -> HitStore:
        """The places where strings stand. The first reading learns what the pages are for."""
        hits = HitStore()
        done = 0
        with ThreadPoolExecutor(_THREADS) as pool:
            waiting: list[tuple[str, int, Future[tuple[Hits, list[Hit]]]]] = []
            try:
                for suffix, base in self._windows():
                    context.checkpoint()
                    context.report(done, self.size_bytes, unit="bytes", note=self.files[suffix].path.name)
                    waiting.append((suffix, base, pool.submit(self._look, matcher, suffix, base)))
                    if len(waiting) > _AHEAD:
                        self._take(hits, *waiting.pop(0))
                    done += WINDOW
                for each in waiting:
                    context.checkpoint()
                    self._take(hits, *each)
            finally:
                for _, _, future in waiting:
                    future.cancel()
        self._settle()
        for joins in self._beside():
            context.checkpoint()
            self._take_joined(hits, joins.find(matcher))
        return hits

    def _look(self, matcher: Matcher, suffix: str, base: int) -> tuple[Hits, list[Hit]]:
        """What stands in a window, and over the edges of its pages. In several threads at once."""
        window = self.files[suffix].read(base, WINDOW + LONGEST)
        found = found_in(matcher, window)
        return found, self._learn(base, window).find(matcher) if suffix == MAIN else []

    def _take(self, hits: HitStore, suffix: str, base: int, future: Future[tuple[Hits, list[Hit]]]) -> None:
        """Add what was found in a window, as long as there is room for it."""
        found, joined = future.result()
        room = max(0, min(_MOST_IN_WINDOW, _MOST - len(hits)))
        self.uncounted += max(0, len(found) - room)
        hits.add(suffix, base, found[:room])
        self._take_joined(hits, joined)

    def _take_joined(self, hits: HitStore, found: list[Hit]) -> None:
        """Add strings that cross an edge, as long as there is room for them."""
        room = max(0, _MOST - len(hits))
        self.uncounted += max(0, len(found) - room)
        for suffix, at, string, join in found[:room]:
            if join:
                hits.add_joined(suffix, at, string, join)

    def _windows(self) -> Iterator[tuple[str, int]]:
        for suffix, file in self.files.items():
            for base in range(0, file.size, WINDOW):
                yield suffix, base

    def _learn(self, base: int, window: bytes) -> Joins:
        """What the pages of a window of the file are for, and their edges."""
        import numpy as np

        size = self.page_size
        pages = -(-min(len(window), WINDOW) // size)
        window = window.ljust(pages * size, b"\0")
        rows = np.frombuffer(window, np.uint8, pages * size).reshape(-1, size)
        numbers = np.arange(len(rows)) + base // size + 1
        current = ~np.isin(numbers, list(self.frames.newest)) if self.frames.newest else None
        edges = self.anatomy.take(numbers, rows, current=current, last=self.states.last)
        if not self._settled:
            self._loose.append(loose(numbers, rows))
        places = range(base, base + pages * size, size)
        return Joins(self.states, MAIN, places, numbers.tolist(), window, edges)

    def _beside(self) -> Iterator[Joins]:
        """The edges of the pages in the side files."""
        import numpy as np

        for suffix, found in self.states.side_files():
            for start in range(0, len(found), step := WINDOW // self.page_size):
                some = found[start : start + step]
                window = b"".join(
                    self.files[suffix].read(at, self.page_size).ljust(self.page_size, b"\0") for _, at in some
                )
                rows = np.frombuffer(window, np.uint8).reshape(-1, self.page_size)
                numbers = [page for page, _ in some]
                edges = self.anatomy.take(np.array(numbers), rows, last=self.states.last)
                yield Joins(self.states, suffix, [at for _, at in some], numbers, window, edges)

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


@contextmanager
def open_body(session: ReadSession) -> Iterator[Body]:
    """A database with its side files as bytes, under a read transaction."""
    state = session.state
    start = read_start(state.file)
    with ExitStack() as stack:
        stack.enter_context(session.snapshot())
        files = {MAIN: stack.enter_context(raw_file(state.file))}
        for suffix, path in beside(state.file):
            files[suffix] = stack.enter_context(raw_file(path))
        yield Body(session, files, parse(start) or parse_without_magic(start))


def found_in(matcher: Matcher, window: bytes) -> Hits:
    """The strings that begin in the first `WINDOW` bytes, also where letters are written as escapes of JSON."""
    hits = [hit for hit in _found(matcher, window) if hit[0] < WINDOW]
    plain = unescaped(window)
    if plain:
        from bisect import bisect_right

        letters, new, old = plain
        for place, string in _found(matcher, letters):
            piece = bisect_right(new, place) - 1
            at = old[piece] + place - new[piece]
            if at < WINDOW and new[piece] + matcher.length(string) > 0:
                hits.append((at, string))
        hits = sorted(set(hits))
    return hits


def _found(matcher: Matcher, window: bytes) -> Hits:
    return matcher.find(small_letters(window))
