"""Contexts that are cancelled by themselves, at a place told beforehand."""

from __future__ import annotations

from collections.abc import Callable

from steward_app.kernel.progress import Context, Progress


def cancelled_when(here: Callable[[Progress], bool]) -> Context:
    """A context that is cancelled at the first report for which `here` is true."""

    def report(progress: Progress) -> None:
        if here(progress):
            context.cancel()

    context = Context(report)
    return context


def cancelled_after(reports: int) -> Context:
    """A context that is cancelled at its n-th report."""
    left = iter(range(reports - 1, -1, -1))
    return cancelled_when(lambda _: next(left, 1) == 0)
