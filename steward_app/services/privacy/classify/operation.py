"""Decisions go into the policy as operations: planned, verified, journalled, and undone by the former words.

The journal keeps which columns, the words of the policy and who; the policy holds no values of rows, so neither does
the journal.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from steward_app.catalog.journal import Event, Record
from steward_app.catalog.policy import PolicyDocument, policy_path, read_policy
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Check, Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement, Undo
from steward_app.services.privacy.classify import stated
from steward_app.services.privacy.classify.model import Statement, parse_stated, stated_id
from steward_app.storage import sweep

_MOST_NAMED = 12
_LEFT = "The policy is as it was."

Request = TypeVar("Request")


class State(Enum):
    """How a policy stands to a plan."""

    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"  # somebody said something else meanwhile


class PolicyOperation(FileOperation[Request]):
    """Changes the policy beside the file; the file itself is not touched. The policy is written whole or not at all."""

    @abstractmethod
    def state(self, document: PolicyDocument, request: Any) -> State:
        """How a document stands to what was asked for."""

    def repeats(self, request: Any) -> bool:
        """Whether what was asked for is what stood there when the plan was made."""
        return False

    @abstractmethod
    def edit(self, document: PolicyDocument, request: Any, *, back: bool) -> None:
        """Make the change in a document, or take it back."""

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        document = read_policy(scope.path)
        stands = self.state(document, plan.request)
        if stands is not State.BEFORE and not (stands is State.AFTER and self.repeats(plan.request)):
            raise Refused(
                ErrorCode.STALE_PLAN,
                f"{quoted(document.path.name)} says something else of this since.",
                hint=f"{_LEFT} Look at it again, then repeat your decision.",
            )
        self.edit(document, plan.request, back=False)
        context.finishing()
        document.save()
        return Outcome(self.sentence(plan), result={"policy": str(document.path)})

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        stands = self.state(read_policy(scope.path), plan.request) is State.AFTER
        return (Check("The policy was read again and says it", stands),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        document = read_policy(scope.path)
        if self.state(document, plan.request) is State.AFTER:
            self.edit(document, plan.request, back=True)
            document.save()

    def settle(self, started: Event, scope: Scope) -> Settlement:
        try:
            document = read_policy(scope.path)
        except UsageError:
            return Settlement(False, "Whether the policy says it cannot be told: it cannot be understood.")
        sweep(document.path)
        happened = self.state(document, started.data["request"]) is State.AFTER
        return Settlement(happened, "The policy says it." if happened else _LEFT)

    @abstractmethod
    def sentence(self, plan: Plan) -> str:
        """What happened, for the toast and the journal."""

    def planned(
        self, path: Path, database_id: str, request: dict[str, Json], title: str, sentences: list[str]
    ) -> Plan:
        """The plan of a change of the policy."""
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=title,
            path=str(path.absolute()),
            database_id=database_id,
            made_at=clock.to_text(clock.now()),
            request=request,
            sentences=(*sentences, f"It is written to {quoted(policy_path(path).name)}. Your remarks stay."),
            reversal=Reversal.INVERSE,
            reversal_text="Undone by writing what the policy said before.",
            fingerprint=Fingerprint(schema_hash=""),
            button=title,
            needs_confirmation=False,
        )


@dataclass(frozen=True, slots=True)
class ClassifyRequest:
    """What is to stand in the policy.

    Attributes:
        was: what stood there, place by place, where that must still be so; () for whatever stands there.
        title: "" for one made from the statements.
    """

    path: Path
    database_id: str
    statements: tuple[Statement, ...]
    was: tuple[Statement, ...] = ()
    title: str = ""


class Classify(PolicyOperation[Any]):
    """Says in the policy what columns are, or takes that back."""

    name = "privacy.classify"

    def plan(self, request: ClassifyRequest, context: Context) -> Plan:
        """Raises `UsageError` where there is nothing to say, `Refused` where something else was decided meanwhile."""
        if not request.statements:
            raise UsageError(ErrorCode.BAD_REQUEST, "There is nothing to decide.", hint=_LEFT)
        document = read_policy(request.path)
        lines: list[Json] = []
        before = {each.place: dict(each.said) for each in request.was}
        for each in request.statements:
            was = stated.said(document, each.place)
            if before and was != before[each.place]:
                raise Refused(
                    ErrorCode.NOT_ALLOWED,
                    f"Something else was decided of {quoted(stated_id(each.place))} since.",
                    hint=f"{_LEFT} Decide of it anew instead.",
                )
            lines.append({"place": stated_id(each.place), "was": was, "said": dict(each.said)})
        stated.require_valid(request.statements)
        title = request.title or _title(request.statements)
        told = [_told(each) for each in request.statements[:_MOST_NAMED]]
        if len(request.statements) > _MOST_NAMED:
            told.append(f"And {plural(len(request.statements) - _MOST_NAMED, 'more')}.")
        return self.planned(request.path, request.database_id, {"statements": lines}, title, told)

    def state(self, document: PolicyDocument, request: Any) -> State:
        lines = request["statements"]
        now = [stated.said(document, parse_stated(line["place"])) for line in lines]
        if now == [line["said"] for line in lines]:
            return State.AFTER
        return State.BEFORE if now == [line["was"] for line in lines] else State.OTHER

    def repeats(self, request: Any) -> bool:
        return all(line["was"] == line["said"] for line in request["statements"])

    def edit(self, document: PolicyDocument, request: Any, *, back: bool) -> None:
        stated.write(document, _statements(request, "was" if back else "said"))

    def sentence(self, plan: Plan) -> str:
        statements = _statements(plan.request, "said")
        if all(each.said for each in statements):
            return f"Decided about {_things(statements)}"
        if not any(each.said for each in statements):
            return f"Took back what was decided about {_things(statements)}"
        return f"Changed what was decided about {_things(statements)}"

    def inverse(self, done: Record) -> Undo | None:
        request: Any = done.started.data["request"]
        back = ClassifyRequest(
            Path(str(done.started.data["path"])),
            done.started.database_id,
            tuple(_statements(request, "was")),
            tuple(_statements(request, "said")),
        )
        return Undo(self, lambda context: self.plan(back, context))


def _statements(request: Any, which: str) -> list[Statement]:
    return [Statement(parse_stated(line["place"]), line[which]) for line in request["statements"]]


def _title(statements: tuple[Statement, ...]) -> str:
    verb = "Decide" if any(each.said for each in statements) else "Take back what was decided"
    return f"{verb} about {_things(statements)}"


def _things(statements: tuple[Statement, ...] | list[Statement]) -> str:
    if len(statements) == 1:
        return quoted(stated_id(statements[0].place))
    tables = sum(not each.place.column for each in statements)
    columns = len(statements) - tables
    told = [plural(count, word) for count, word in ((columns, "column"), (tables, "table")) if count]
    return " and ".join(told)


def _told(statement: Statement) -> str:
    place = quoted(stated_id(statement.place))
    if not statement.said:
        return f"Nothing is said about {place} any more."
    words = ", ".join(
        f"{word.replace('_', ' ')} {_value(value)}"
        for word, value in statement.said.items()
        if word not in stated.WHO_AND_WHEN
    )
    return f"{place}: {words}."


def _value(value: Json) -> str:
    return quoted(", ".join(map(str, value)) if isinstance(value, list) else str(value))
