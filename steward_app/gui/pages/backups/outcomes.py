"""What the page says when a piece of work came back: a toast where all is well, a banner where somebody must look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices

from steward_app.catalog.points import PointState
from steward_app.gui.context import Message
from steward_app.gui.format import full_stop, integer, plural, seconds, short_names, shown_name, when
from steward_app.gui.making import told_of
from steward_app.gui.pages.backups.damage import copy_words, damage_words, same_words
from steward_app.gui.pages.backups.drills import elsewhere_words, failed_words, store_name
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.pages.backups.words import moment_of
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.clock import from_text
from steward_app.services.backup import NewStore, Repaired, Verdict
from steward_app.services.backup.damage import damaged_in
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.model import StoreReading, Verification
from steward_app.services.backup.rounds import Visit
from steward_app.services.restore import StoreDrilled

Close = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Mended:
    """A repair, None where nothing was damaged any more; and the drills of points whose drills had failed before.

    `store` is a name for people.
    """

    done: Repaired | None
    drills: tuple[Drill, ...]
    store: str


def of_round(visits: Sequence[Visit], close: Close) -> Message | Banner:
    """A round through the stores."""
    bad = [visit for visit in visits if visit.problem]
    odd = next((visit.warning for visit in visits if visit.warning), "")
    if not bad and odd:
        lead = _tr("Look at the database before you rely on its newest restore point.")
        told = _tr("{odd}. The points before it are untouched, and it pushes out none of them.")
        return Banner(Tone.WARNING, lead, told.format(odd=odd), copy=True, on_close=close)
    if not bad:
        return Message(*told_of(visits))
    first = min(bad, key=lambda visit: bool(visit.point))
    missing = sum(not visit.point for visit in bad)
    lead = _tr("No point was made in {name}.").format(name=shown_name(first.store.name))
    if first.point:
        lead = _tr("The erasure ledger in {name} is not in order.").format(name=shown_name(first.store.name))
    elif missing > 1:
        lead = _tr("No point was made in {some} of {all} stores.").format(
            some=integer(missing), all=integer(len(visits))
        )
    good = len(visits) - max(missing, 1)
    rest = [full_stop(first.problem), first.hint]
    if good:
        stores = plural(good, _tr("other store holds"), _tr("other stores hold"))
        rest.append(_tr("{stores} the file as it is now.").format(stores=stores))
    return Banner(Tone.DANGER, lead, " ".join(filter(None, rest)), copy=True, on_close=close)


def of_drills(drills: Sequence[Drill], read: PointsRead | None) -> Message | None:
    """Drills that passed; one that failed is told by the alarm, which stays."""
    if not drills or read is None or any(not drill.passed for drill in drills):
        return None
    slowest = max(drills, key=lambda drill: drill.rto_seconds)
    words = _tr("{time} at most to bring it back, from {store}").format(
        time=seconds(slowest.rto_seconds), store=store_name(slowest, read)
    )
    return Message(_tr("All drills passed") if len(drills) > 1 else _tr("The drill passed"), words)


def of_not_drilled(missed: Sequence[StoreDrilled], close: Close, unlock: Callable[[], None] | None) -> Banner:
    """Stores that could not be drilled while others were. `unlock` asks for a key, where one is missing."""
    names = ", ".join(f"“{shown_name(each.store)}”" for each in missed)
    lead = _tr("Not drilled: {names}.").format(names=names)
    rest = " ".join(dict.fromkeys(full_stop(each.message) for each in missed))
    give = (Button(_tr("Give the key"), unlock, small=True),) if unlock is not None else ()
    return Banner(Tone.WARNING, lead, rest, actions=give, copy=True, on_close=close)


def of_verifying(
    found: Verification, close: Close, choose: Callable[[str], None], repair: Callable[[str], None]
) -> Message | Banner:
    """Points, and stores, that were read again.

    Args:
        choose: shows a point.
        repair: copies what is damaged in a store again.
    """
    bad = [verdict for verdict in found.items if not verdict.sound]
    if bad:
        return _bad_points(bad, close, choose, repair)
    missed = unread(found)
    wrong = [reading for reading in found.stores if reading.problems and reading not in missed]
    if missed and not wrong:
        return _not_verified(missed, len(found.items), close)
    if wrong:
        first = wrong[0]
        lead = _tr("Something is wrong with {name}.").format(name=shown_name(first.name))
        problem = first.problems[0].rstrip(".")
        rest = f"{problem}. {first.hint}".strip()
        return Banner(Tone.DANGER, lead, rest, copy=True, on_close=close)
    if len(found.items) != 1:
        words = _tr("All {count} restore points are as they were made")
        return Message(words.format(count=integer(len(found.items))))
    proven = found.items[0].state is PointState.PROVEN
    words = _tr("Proven: restored and compared") if proven else _tr("It is as it was made")
    return Message(words, _tr("The restore point of {when}").format(when=moment_of(found.items[0])))


def unread(found: Verification) -> tuple[StoreReading, ...]:
    """The stores of which nothing could be read, so that nothing is known of them."""
    return tuple(reading for reading in found.stores if reading.problems and not reading.objects)


def _not_verified(missed: Sequence[StoreReading], sound: int, close: Close) -> Banner:
    names = ", ".join(f"“{shown_name(each.name)}”" for each in missed)
    parts = [full_stop(problem) for each in missed for problem in each.problems]
    parts.append(_tr("Nothing is known of what lies there."))
    if sound:
        points = plural(
            sound, _tr("other point is as it was made"), _tr("other points are as they were made")
        )
        parts.append(f"{points}.")
    lead = _tr("Not verified: {names}.").format(names=names)
    return Banner(Tone.WARNING, lead, " ".join(dict.fromkeys(parts)), copy=True, on_close=close)


def _bad_points(
    bad: Sequence[Verdict], close: Close, choose: Callable[[str], None], repair: Callable[[str], None]
) -> Banner:
    first = bad[0]
    lead = _tr("The restore point of {when} cannot be relied on.").format(when=moment_of(first))
    if len(bad) > 1:
        lead = _tr("{count} restore points cannot be relied on.").format(count=integer(len(bad)))
    rest = _tr("{problem}. Your database is unchanged. {hint}").format(
        problem=short_names(first.problems[0].rstrip(".")),
        hint=first.hint or _tr("Make a new restore point."),
    )
    show = Button(_tr("Show the damaged point"), lambda: choose(first.id), small=True)
    damaged = {name for each in bad if each.store_id == first.store_id for name in damaged_in(each.checks)}
    if not (first.store_id and damaged):
        return Banner(Tone.DANGER, lead, rest, actions=(show,), on_close=close)
    copy = Button(copy_words(len(damaged)), lambda: repair(first.store_id), small=True, icon="copy")
    return Banner(Tone.DANGER, lead, rest, actions=(copy, show), on_close=close)


def of_repair(mended: Mended, close: Close) -> Message | Banner:
    """Damaged chunks that were copied again, and those for which no good one was found."""
    proven = _tr("The drill passed. ") if mended.drills and all(each.passed for each in mended.drills) else ""
    if mended.done is None:
        words = _tr("{proven}All chunks of {store} that its points need are as they were written.")
        return Message(_tr("Nothing had to be copied again"), words.format(proven=proven, store=mended.store))
    result = mended.done.receipt.result or {}
    left, repaired, silent_stores = mended.done.left, result["repaired"], result["not_looked_into"]
    assert isinstance(repaired, list)
    assert isinstance(silent_stores, list)
    chunks = plural(len(repaired), _tr("chunk"), _tr("chunks"))
    if not left:
        words = _tr("{proven}The points of {store} that need them are whole.")
        title = _tr("{chunks} copied again").format(chunks=chunks)
        return Message(title, words.format(proven=proven, store=mended.store))
    lead = _tr("{left} of {store} could not be copied again.").format(
        left=plural(len(left), _tr("chunk"), _tr("chunks")), store=mended.store
    )
    why = next(iter(left.values())).rstrip(".")
    parts = [f"{why[:1].upper()}{why[1:]}."]
    if repaired:
        parts.append(_tr("{chunks} copied again.").format(chunks=chunks))
    parts += [str(silent) for silent in silent_stores]
    parts.append(_tr("Your database is unchanged, and no point was removed. Restore another point."))
    return Banner(Tone.DANGER, lead, " ".join(parts), copy=True, on_close=close)


def of_alarm(drill: Drill, read: PointsRead, choose: Callable[[str], None]) -> Banner:
    """A drill that failed and still stands. It has no way to be closed but a drill that passes."""
    made, store = when(from_text(drill.point_made_at)), store_name(drill, read)
    damage = damage_words(drill, store)
    if not damage:
        lead = _tr("The drill of {when} failed, from {store}.").format(when=made, store=store)
        parts = [failed_words(drill), _tr("Your database is unchanged."), elsewhere_words(read)]
    else:
        lead = _tr("The drill of {when} failed: {damage}.").format(when=made, damage=damage)
        same = same_words(read.same.get(drill.point, ())) or elsewhere_words(read)
        again = (
            _tr("Copy the chunks again, then drill once more.") if read.damaged.get(drill.store_id) else ""
        )
        parts = [_tr("Your database is unchanged."), same, again or _tr("Drill once more.")]
    known = any(point.id == drill.point for point in read.points)
    show = Button(_tr("Show the damaged point"), lambda: choose(drill.point), small=True)
    return Banner(Tone.DANGER, lead, " ".join(parts), actions=(show,) if known else ())


def of_new_store(made: NewStore, close: Close) -> Banner:
    """A store that was made: where its key is, and what must be done with the sheet."""
    lead = _tr("{name} is made.").format(name=shown_name(made.store.name))
    if not made.encrypted:
        rest = _tr("It is not encrypted: whoever can read the store can read the data.")
        return Banner(Tone.SUCCESS, lead, rest, on_close=close)
    parts = [made.key_sentence]
    actions: tuple[Button, ...] = ()
    if made.sheet is not None:
        sheet = made.sheet
        parts.append(sheet.warning)
        actions = (Button(_tr("Open the sheet"), lambda: _open(sheet.path), small=True),)
    else:
        parts.append(_tr("There is no recovery sheet: without the key the store cannot be opened."))
    return Banner(Tone.SUCCESS, lead, " ".join(parts), actions=actions, on_close=close)


def _open(path: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
