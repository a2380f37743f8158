"""Random histories of points, prunes, kills and a second writer at any moment of either.

Whatever happens: every point that the store lists restores to the bytes that were captured, nothing that a point needs
is swept, and what the rules keep is still there.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Event, Thread, current_thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.ageing import AgeingStore, Site, a_site
from steward_app.catalog import open_catalog
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup import retention
from steward_app.services.backup.connect import reached
from steward_app.services.backup.prune_plan import decided
from steward_app.services.backup.refresh import refresh
from steward_app.storage.objects.opening import wrapping

_runs = count(1)

HOURS = st.sampled_from([0.02, 0.5, 3, 26, 180, 700, 9000])
MOMENT = st.integers(1, 90)
MACHINE = st.sampled_from("ab")
STEP = st.one_of(
    st.tuples(st.just("later"), HOURS),
    st.tuples(st.just("write"), MACHINE),
    st.tuples(st.just("write"), MACHINE),
    st.tuples(st.just("hold"), st.integers(0, 5)),
    st.tuples(st.just("prune"), st.just(0)),
    st.tuples(st.just("killed prune"), MOMENT),
    st.tuples(st.just("raced prune"), st.tuples(MOMENT, MACHINE)),
    st.tuples(st.just("raced write"), st.tuples(st.integers(1, 40), MACHINE)),
)


class Killed(BaseException):
    """As if the process were gone."""


def at_call(number: int, then: Callable[[], object]) -> Callable[[str], None]:
    """Does something once, before the N-th step in the store."""
    left = count(1)

    def on_call(what: str) -> None:
        if next(left) == number:
            then()

    return on_call


def kill() -> None:
    raise Killed


class History:
    """What happens at a site, and what must hold."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.random = random.Random(3)
        self.image = self.random.randbytes(24 * 512)
        self.steps: dict[str, Callable[..., None]] = {
            "later": lambda hours: site.later(hours=hours),
            "write": lambda machine: self.write(machine),
            "hold": self.hold,
            "prune": lambda _: self.pruned(),
            "killed prune": lambda at: self.pruned(at_call(at, kill)),
            "raced prune": lambda how: self.pruned(at_call(how[0], lambda: self.write(how[1]))),
            "raced write": lambda how: self.write(how[1], at_call(how[0], self.site.prune)),
        }

    def write(self, machine: str, on_call: Callable[[str], None] = lambda what: None) -> None:
        self.site.write(self.changed(), machine, on_call)

    def changed(self) -> bytes:
        at = self.random.randrange(0, len(self.image) - 600)
        length = self.random.choice([8, 600])
        self.image = self.image[:at] + self.random.randbytes(length) + self.image[at + length :]
        return self.image

    def hold(self, number: int) -> None:
        known = sorted(each.id for each in self.site.known().values() if each.id in self.site.images)
        if known:
            with self.site.there():
                backup.hold(
                    self.site.catalog, self.site.path, known[number % len(known)], "A court", Context()
                )

    def pruned(self, on_call: Callable[[str], None] = lambda what: None) -> None:
        before = self.stays()
        with suppress(Killed):
            self.site.prune(on_call)
        after = self.site.check()
        if not after - before:  # else a newer point came, and the rules may say otherwise
            assert before == after & before, "what the rules keep is still there"

    def stays(self) -> set[str]:
        site = self.site
        with site.there():
            refresh(site.catalog, site.store, Context())
            with reached(site.catalog, site.store, Context()) as found:
                told = decided(site.catalog, site.store, found, Context())
        return {each.point.id for each in told if each.stays}


@pytest.mark.parametrize("encrypted", [False, True], ids=["open", "encrypted"])
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(STEP, min_size=6, max_size=22), keep=st.sampled_from(["1h:1d", "5min:24h,1d:30d,1m:1y"])
)
def test_every_point_restores_whatever_happened(
    tmp_path: Path, encrypted: bool, steps: list[tuple[str, object]], keep: str
) -> None:
    folder = tmp_path / str(next(_runs))
    (folder / "home").mkdir(parents=True)
    with open_catalog(folder / "home") as catalog:
        site = a_site(catalog, folder / "site", encrypted=encrypted)
        backup.set_schedule(catalog, site.path, Context(), keep=retention.parse(keep))
        history = History(site)
        history.write("a")
        for what, how in steps:
            history.steps[what](how)
            site.check()
        site.later(days=8)
        history.pruned()
        assert site.leavings() == set()
    shutil.rmtree(folder)


class Turns:
    """Two threads that take turns at a store: each waits before a step of its own, until the other has gone so far."""

    def __init__(self, **waits: tuple[int, str]) -> None:
        """By thread: the number of the step it waits before, of the steps that begin so."""
        self._waits = waits
        self._left = {name: number for name, (number, _) in waits.items()}
        self.waiting = {name: Event() for name in waits}
        self.go_on = {name: Event() for name in waits}

    def open(self, root: Path) -> AgeingStore:
        """A store for the thread that opens it."""
        name = current_thread().name

        def on_call(what: str) -> None:
            if name in self._left and what.startswith(self._waits[name][1]):
                self._left[name] -= 1
                if self._left[name] == 0:
                    self.waiting[name].set()
                    assert self.go_on[name].wait(60)

        store = AgeingStore(root, on_call)
        store.transfers = 1
        return store

    def start(self, name: str, work: Callable[[], object]) -> Thread:
        """Run to the step it waits before, or to its end."""

        def run() -> None:
            try:
                work()
            finally:
                self.waiting[name].set()

        thread = Thread(target=run, name=name)
        thread.start()
        assert self.waiting[name].wait(60)
        return thread

    def finish(self, name: str, thread: Thread) -> None:
        self.go_on[name].set()
        thread.join()


@pytest.mark.parametrize(
    "prune_waits",
    [(1, "info packs"), (1, "delete packs"), (2, "delete packs"), (1, "delete points"), (2, "list points")],
)
@pytest.mark.parametrize(
    "writer_waits", [(1, "put packs"), (1, "put points"), (1, "info points"), (2, "info points")]
)
def test_a_writer_whose_base_goes_while_it_writes(
    tmp_path: Path, writer_waits: tuple[int, str], prune_waits: tuple[int, str]
) -> None:
    """The writer begins, the prune goes half its way, the writer finishes, the prune finishes."""
    with open_catalog() as catalog:
        site = a_site(catalog, tmp_path)
        backup.set_schedule(catalog, site.path, Context(), keep=retention.parse("1h:1d"))
        history = History(site)
        history.write("a")
        site.later(days=10)
        site.write(random.Random(9).randbytes(8 * 512), "b")
        site.later(hours=1)
        image = b"changed!" + history.image[8:]  # a pack of it is as before, alone or not
        turns = Turns(writer=writer_waits, prune=prune_waits)
        with site.there(), wrapping(lambda _: turns.open(Path(site.store.url))):
            writer = turns.start("writer", lambda: site.write_now(image, "a"))
            prune = turns.start("prune", site.prune_now)
            turns.finish("writer", writer)
            turns.finish("prune", prune)
        assert {"pt_0002", "pt_0003"} <= site.check()
        site.later(days=8)
        site.prune()
        site.check()
        assert site.leavings() == set()
