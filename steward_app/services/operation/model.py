"""What an operation is, and the values that go through the pipeline.

Subclass `TransactionOperation` for a change of the user's file that fits one transaction, which is nearly all of
them, and `FileOperation` for what makes files, or changes the user's file by SQLite's backup API. docs/operations.md
builds one from nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from steward_app.catalog import Catalog, lease, stamp
from steward_app.catalog.journal import Event, Record
from steward_app.db import WriteSession, open_read
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.plan import Check, Json, Plan, Rehearsal, Reversal, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt

Request = TypeVar("Request")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the steward said to a plan. The window and the command line ask; the pipeline insists.

    Attributes:
        given: they pressed the button of the plan, answered yes, or gave --yes.
        typed: what they typed where nothing can undo the operation.
        read_only: the file's read-only switch is on.
    """

    given: bool = False
    typed: str = ""
    read_only: bool = False

    @classmethod
    def of(cls, plan: Plan) -> Confirmation:
        """All that a plan asks for: for a caller that has asked already (the command line, a test)."""
        return cls(given=True, typed=typed_name(plan))


def typed_name(plan: Plan) -> str:
    """What must be typed before this plan is applied, or ""."""
    return plan.type_to_confirm or (Path(plan.path).name if plan.reversal is Reversal.NONE else "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `apply` did, before it is verified.

    Attributes:
        sentence: what happened, for the toast and the journal: "Archived 12,480 rows of “visit”".
        changes: rows really changed, per table; the pipeline compares them with the plan's.
        result: what was produced, by name ("point": "pt_...", "file": "/path"). Ids and paths, never values.
        restore_point: what there was before, where the operation took a point of it itself; else "".
    """

    sentence: str
    changes: tuple[TableChange, ...] = ()
    result: Mapping[str, Json] = field(default_factory=dict)
    restore_point: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an operation works. Made by the pipeline; the lease on the database is held as long as it lasts.

    Attributes:
        operation_id: "op_...". Name files after it, so that what a crash left can be found and removed.
        operation: capability and verb.
        path: the user's file.
        restore_point: the point taken just before, or "".
        undoes: id of the operation that this one undoes, or "".
    """

    catalog: Catalog
    operation_id: str
    operation: str
    database_id: str
    path: Path
    lease: lease.Lease
    restore_point: str = ""
    undoes: str = ""

    def stamp(self, session: WriteSession) -> None:
        """Say in the file that this operation is carried out on it, in the transaction of the change itself.

        The pipeline does so for a `TransactionOperation`. A `FileOperation` that changes the database does it
        itself, in the image it puts in place.
        """
        stamp.write(session, self.database_id, self.operation_id, self.operation)

    def has_happened(self) -> bool:
        """Whether the file says that this operation was carried out on it."""
        with open_read(self.path) as session:
            return stamp.has(session, self.operation_id)

    def confirm_lease(self) -> None:
        """Raise `Refused` when the lease was given away; call it just before what cannot be taken back."""
        with self.catalog.reading() as session:
            lease.confirm(session, self.lease)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an operation that was interrupted: `happened` wholly, or not at all."""

    happened: bool
    note: str = ""


class TakePoint(Protocol):
    """Makes and proves a restore point inside another operation, under its lease; gives the point's id."""

    def __call__(self, scope: Scope, plan: Plan, context: Context) -> str: ...


class Operation(ABC, Generic[Request]):
    """One thing that can be done, by capability and verb. Holds no state; one object serves many runs.

    Attributes:
        changes_database: it writes to the user's file.
        needs_database: False for what is done without the user's file, such as bringing back one that is gone.
        destroys: it exists to destroy data: no restore point is made first, which would keep what is to go.
    """

    name: ClassVar[str]
    changes_database: ClassVar[bool]
    needs_database: ClassVar[bool] = True
    destroys: ClassVar[bool] = False

    @abstractmethod
    def plan(self, request: Request, context: Context) -> Plan:
        """What would happen: a pure read of the file. Raises `StewardError` when it cannot be planned."""

    def inverse(self, done: Record) -> Undo | None:
        """What undoes a finished operation, or None. Called with what the journal says of it."""
        return None


class Carrier(Protocol):
    """What rehearses and carries out plans that ask for more than the pipeline does."""

    def rehearse(self, catalog: Catalog, plan: Plan, context: Context) -> Rehearsal: ...

    def apply(
        self,
        catalog: Catalog,
        plan: Plan,
        context: Context,
        confirmation: Confirmation | None = None,
        *,
        unrehearsed: str = "",
    ) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class Undo:
    """The operation that undoes another, ready to be planned.

    Attributes:
        others: names of operations that the plan may be of instead: which way leads back is seen when it is planned.
        by: what carries the plan out in the place of the pipeline.
    """

    operation: Operation[object]
    plan: Callable[[Context], Plan]
    others: tuple[str, ...] = ()
    by: Carrier | None = None


class TransactionOperation(Operation[Request]):
    """Changes the user's file in one transaction that the pipeline opens, verifies and commits.

    When anything raises, a cancel comes or a check fails, the transaction is rolled back.
    """

    changes_database = True

    def around(self, plan: Plan, session: WriteSession) -> AbstractContextManager[None]:
        """What the transaction runs in, on its session, which is closed right behind it; nothing, as a rule."""
        return nullcontext()

    @abstractmethod
    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        """Make the change. Called inside the transaction; also on a copy, to rehearse."""

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """Read again what was promised, inside the transaction. The pipeline compares row counts by itself."""
        return ()

    def orphans(self, plan: Plan) -> Mapping[str, int]:
        """How many rows of each table will point to nothing, since that was asked for. A rehearsal allows them."""
        return {}


class FileOperation(Operation[Request]):
    """Makes files, or changes the user's file by other means than one transaction.

    It leaves the old state or the new by itself: what it writes appears under its name in the last step.
    """

    changes_database = False

    @abstractmethod
    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        """Do it. Call `context.finishing()` before the step that cannot be taken back."""

    @abstractmethod
    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        """Read again what was made."""

    @abstractmethod
    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Take back what `apply` did or half did: it raised, was cancelled, or a check failed. May be called twice."""

    def rehearse(self, plan: Plan, scratch: Path, context: Context) -> Rehearsal:
        """Carry the plan out on a copy in the folder `scratch`, which is removed afterwards."""
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            "This cannot be rehearsed: it changes no rows of the database.",
            hint="Nothing was changed.",
        )

    @abstractmethod
    def settle(self, started: Event, scope: Scope) -> Settlement | None:
        """After a crash: finish or take back, remove what was left lying, and say which of the two it is now.

        Args:
            started: its event; `started.data["request"]` is the plan's request.

        Returns None where that is not to be had now: it stays open, and is asked again.
        """
