"""Events of the journal in words, tones and icons. An operation that this window does not know is named as it is."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.journal import Event, Phase
from steward_app.gui.tokens import Tone
from steward_app.kernel.plan import Json


def what(event: Event) -> tuple[str, str]:
    """What was done, as a word and what is said of it: ("Backup", "Restore point made and checked")."""
    word, said = operation_word(event.operation), told(event)
    return word, said.removeprefix(f"{word} ")  # "Rehearsed on a copy" says it already


def operation_word(operation: str) -> str:
    """The operation in the words of the window; its own name where there are none."""
    return {
        "backup": _tr("Backup"),
        "backup.create": _tr("Backup"),
        "backup.verify": _tr("Verified"),
        "backup.prove": _tr("Proven"),
        "backup.delete": _tr("Deleted"),
        "backup.capture": _tr("Backup"),
        "backup.plain": _tr("Backup"),
        "backup.drill": _tr("Drill"),
        "backup.prune": _tr("Thinned out"),
        "backup.repair": _tr("Store repaired"),
        "backup.schedule": _tr("Schedule"),
        "backup.hold": _tr("Hold"),
        "backup.release": _tr("Hold"),
        "backup.init": _tr("Store"),
        "backup.connect": _tr("Store"),
        "backup.disconnect": _tr("Store"),
        "audit.seal": _tr("Audit seal"),
        "audit.seals_itself": _tr("Audit seal"),
        "audit.gaps_seen": _tr("Audit gap"),
        "schema.register": _tr("Registered"),
        "schema.unregister": _tr("Registered"),
        "restore": _tr("Restore"),
        "restore.in_place": _tr("Restore"),
        "restore.new_file": _tr("Restore"),
        "privacy": _tr("Personal data"),
        "privacy.classify": _tr("Classified"),
        "privacy.carry": _tr("Classified"),
        "privacy.reveal": _tr("Samples shown"),
        "privacy.release": _tr("Copy for release"),
        "privacy.register": _tr("Copy for release"),
        "privacy.assess": _tr("Assessment"),
        "privacy.anonymize_in_place": _tr("Anonymized"),
        "privacy.destroy_key": _tr("Key destroyed"),
        "migrate": _tr("Migrations"),
        "migrate.rehearse": _tr("Rehearsed"),
        "migrate.apply": _tr("Migrated"),
        "migrate.step": _tr("Migrated"),
        "migrate.open_step": _tr("Migrated"),
        "migrate.undo": _tr("Taken back"),
        "migrate.policy": _tr("Migrated"),
        "migrate.filters": _tr("Migrated"),
        "migrate.repair": _tr("Migrations"),
        "migrate.baseline": _tr("Migrations"),
        "migrate.adopt": _tr("Migrations"),
        "migrate.unbegin": _tr("Migrations"),
        "migrate.unrepair": _tr("Migrations"),
        "journal": _tr("Journal"),
    }.get(operation, operation.replace(".", " ").replace("_", " ").capitalize())


def told(event: Event) -> str:
    """What the event says of itself: its title at the start, its sentence or its error at the end."""
    data = details(event)
    if event.phase is Phase.CANCELLED:
        return _tr("Stopped. Nothing was changed.")
    for name in ("sentence", "message", "note", "title"):
        found = data.get(name)
        if isinstance(found, str) and found:
            return found
    match data:
        case {"point": str(point), "state": str(state)}:
            return _tr("Restore point {point}: {state}").format(point=short_id(point), state=state)
        case {"error": str(error)}:
            return error
    return ""


def result(event: Event) -> tuple[str, Tone, str]:
    """How it ended: word, tone, icon."""
    match event.phase:
        case Phase.STARTED:
            return _tr("Started"), Tone.MUTED, "play"
        case Phase.FINISHED:
            tried = details(event).get("result")
            if isinstance(tried, dict) and tried.get("passed") is False:
                return _tr("Did not pass"), Tone.WARNING, "circle-x"
            return _tr("Done"), Tone.SUCCESS, "circle-check"
        case Phase.FAILED:
            return _tr("Failed"), Tone.DANGER, "circle-x"
        case Phase.CANCELLED:
            return _tr("Stopped"), Tone.MUTED, "square"
        case Phase.SETTLED:
            done = details(event).get("happened") is True
            return (
                (_tr("Settled: done"), Tone.SUCCESS, "circle-check")
                if done
                else (_tr("Settled: undone"), Tone.WARNING, "undo-2")
            )
    data = details(event)
    if data.get("problems") or data.get("passed") is False:
        return _tr("Failed"), Tone.DANGER, "circle-x"
    return (_tr("Passed"), Tone.SUCCESS, "circle-check") if "problems" in data or "passed" in data else (
        _tr("Noted"), Tone.MUTED, "info"
    )  # fmt: skip


def details(event: Event) -> dict[str, Json]:
    """What the event holds; nothing where somebody tampered with it so that it cannot be read."""
    try:
        return event.data
    except ValueError:
        return {}


def short_id(name: str) -> str:
    """The part of an id that tells it from others at a glance."""
    return name[:12]


def _tr(text: str) -> str:
    return QCoreApplication.translate("journal", text)
