"""Histories that begin or are set right, files of migrations that are written, and what must hold however it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from builders.adopting import DBMATE, Adopting
from builders.operations import known
from faults.points import DATABASE, home
from steward_app.catalog import chain, journal
from steward_app.db import open_read
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services import restore, undo
from steward_app.services.migrate import history
from steward_app.services.migrate.adopt import service as adopting
from steward_app.services.migrate.adopt.adoption import AdoptRequest, look
from steward_app.services.migrate.edit.model import AddColumn
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.folder import folder_of
from steward_app.services.migrate.model import State
from steward_app.services.migrate.new import create
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.course import Wanted as WantedRun
from steward_app.services.migrate.run.mend import BaselineRequest, RepairRequest
from steward_app.services.migrate.status import status
from steward_app.services.operation import Confirmation

ZOO, INTO = "zoo.db", "steward"
SCHEMA = "CREATE TABLE patient (id INTEGER PRIMARY KEY, name TEXT, phone TEXT);"

Texts = dict[str, str]


@dataclass(frozen=True)
class Found:
    """What the file and the folder of ours hold.

    Attributes:
        rows: versions in the history.
        states: of each migration of folder and history.
        texts: the files of the folder.
    """

    rows: tuple[int, ...]
    states: tuple[State, ...]
    texts: Texts


def build_adoptable(folder: Path) -> Texts:
    """A file that another tool migrated; the files that adopting it writes."""
    with home(folder) as catalog:
        Adopting(folder, catalog, DBMATE)
    adoption = look(_adopting(folder), Context())
    return {each.file: each.text for each in adoption.files}


def adopt(folder: Path, context: Context) -> None:
    """Adopt the history, as the command does: what is missing of one that was adopted before is written first."""
    request = _adopting(folder)
    if not adopting.write_missing(request, context):
        plan = adopting.plan_adopt(request, context)
        with home(folder) as catalog:
            adopting.adopt(catalog, request, plan, context, Confirmation.of(plan))


def build_adopted(folder: Path) -> Texts:
    """The same, adopted."""
    build_adoptable(folder)
    adopt(folder, Context())
    return found_adopted(folder).texts


def unadopt(folder: Path, context: Context) -> None:
    """Undo it from the journal."""
    with home(folder) as catalog:
        with catalog.reading() as session:
            (done, *_) = journal.events(session, operation="migrate.adopt", phases=(journal.Phase.STARTED,))
        plan = undo.plan_undo(catalog, done.operation_id, context, path=folder / ZOO)
        undo.carry_out(catalog, done.operation_id, plan, context, Confirmation(given=True))


def found_adopted(folder: Path) -> Found:
    """What there is, and that nothing else of the file was changed."""
    with open_read(folder / ZOO) as session:
        assert session.all("SELECT id, name FROM pet") == [(1, "Rex")]
    return _found(folder / ZOO, folder / INTO)


def named_folder(folder: Path) -> Path:
    """The folder that the policy names."""
    return folder_of(folder / ZOO, must_be_there=False)


def build(folder: Path) -> Texts:
    """A file with a folder of migrations that stand for it, and no history."""
    path = (
        a_database(folder, DATABASE).with_sql(f"{SCHEMA} INSERT INTO patient VALUES (1, 'Ada', '1');").build()
    )
    (folder / "migrations").mkdir()
    (folder / "migrations" / "V0001__all.sql").write_text(SCHEMA)
    with home(folder) as catalog:
        known(catalog, path)
    return _found(path, folder / "migrations").texts


def build_begun(folder: Path) -> Texts:
    """The same with a history that says so."""
    texts = build(folder)
    baseline(folder, Context())
    return texts


def build_edited(folder: Path) -> Texts:
    """The same with a migration that was edited after it was applied, and one that is gone."""
    build(folder)
    (folder / "migrations" / "V0001__all.sql").unlink()
    for name in ("V0002__a.sql", "V0003__b.sql"):
        (folder / "migrations" / name).write_text(f"CREATE TABLE {name[7]} (x);")
    with home(folder) as catalog:
        plan = service.plan_apply(catalog, _wanted(folder), Context())
        service.apply(catalog, plan, Context(), Confirmation.of(plan), unrehearsed="a test")
    (folder / "migrations" / "V0002__a.sql").write_text("CREATE TABLE a (x); -- edited")
    (folder / "migrations" / "V0003__b.sql").unlink()
    return found(folder).texts


def baseline(folder: Path, context: Context) -> None:
    """Begin the history."""
    request = BaselineRequest(folder / DATABASE, _known_as(folder / DATABASE), folder / "migrations")
    with home(folder) as catalog:
        plan = service.plan_baseline(request, context)
        service.apply(catalog, plan, context, Confirmation.of(plan))


def repair(folder: Path, context: Context) -> None:
    """Set the history right."""
    path = folder / DATABASE
    request = RepairRequest(path, _known_as(path), folder / "migrations", ("V0003__b.sql",))
    with home(folder) as catalog:
        plan = service.plan_repair(request, context)
        service.apply(catalog, plan, context, Confirmation.of(plan))


def build_repaired(folder: Path) -> Texts:
    """The same, set right."""
    build_edited(folder)
    repair(folder, Context())
    return found(folder).texts


def unrepair(folder: Path, context: Context) -> None:
    """Undo that from the journal."""
    with home(folder) as catalog:
        with catalog.reading() as session:
            (done, *_) = journal.events(session, operation="migrate.repair", phases=(journal.Phase.STARTED,))
        plan = undo.plan_undo(catalog, done.operation_id, context, path=folder / DATABASE)
        undo.carry_out(catalog, done.operation_id, plan, context, Confirmation())


def write_new(folder: Path, context: Context) -> None:
    """An empty file."""
    create(folder / "migrations", "Add a note")


def write_edits(folder: Path, context: Context) -> None:
    """A migration and what takes it back."""
    with open_read(folder / DATABASE) as session:
        edits = [AddColumn("patient", "note TEXT")]
        save(from_edits(session, edits, folder / "migrations", "Add a note", context=context))


def write_expand(folder: Path, context: Context) -> None:
    """Two migrations that belong together, each with what takes it back."""
    with open_read(folder / DATABASE) as session:
        made = expand(session, "patient", "phone", [Wanted("mobile")], folder / "migrations")
    save(made.expand)
    save(made.fill)


def found(folder: Path) -> Found:
    """What there is, and that no row was changed."""
    with open_read(folder / DATABASE) as session:
        assert session.all("SELECT * FROM patient") == [(1, "Ada", "1")]
    return _found(folder / DATABASE, folder / "migrations")


def settle(folder: Path, name: str) -> list[bool]:
    """Settle what is open, as opening the file does; of the operations of a name whether each happened."""
    path = folder / (ZOO if (folder / ZOO).exists() else DATABASE)
    with home(folder) as catalog:
        restore.settle(catalog, path, Context())
        with catalog.reading() as session:
            assert chain.verify(session).holds
            assert session.count("SELECT count(*) FROM leases") == 0
            events = journal.events(session, phases=(journal.Phase.STARTED,), operation=name)
            records = [journal.record(session, event.operation_id) for event in events]
    assert all(record and record.ended for record in records)
    return [bool(record and record.happened) for record in records]


def _found(path: Path, into: Path) -> Found:
    with open_read(path) as session:
        assert integrity_check(session, Context()) == ()
        rows = tuple(row.version for row in history.read(session))
        states = tuple(entry.state for entry in status(session, into).entries)
    shown = (
        [each for each in sorted(into.iterdir()) if not each.name.startswith(".")] if into.is_dir() else []
    )
    texts = {each.name: each.read_text() for each in shown}
    return Found(rows, states, texts)


def _adopting(folder: Path) -> AdoptRequest:
    path = folder / ZOO
    return AdoptRequest(path, _known_as(path), folder / "theirs", folder / INTO)


def _known_as(path: Path) -> str:
    with home(path.parent) as catalog:
        return known(catalog, path).id


def _wanted(folder: Path) -> WantedRun:
    return WantedRun(folder / DATABASE, _known_as(folder / DATABASE), folder / "migrations")
