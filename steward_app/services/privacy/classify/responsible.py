"""Who is responsible for a database, as the record of processing says it (Art. 30(1)(a), (d), (e) and (g) GDPR)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.catalog.policy import PolicyDocument, read_policy
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted
from steward_app.services.backup import database_id
from steward_app.services.operation import Undo, run
from steward_app.services.privacy.classify.model import Controller
from steward_app.services.privacy.classify.operation import PolicyOperation, State

WORDS = tuple(each.name for each in fields(Controller))
"""What can be said of whoever is responsible, in the words of the policy."""

_KEYS = ("classification", "controller")


def state_controller(catalog: Catalog, path: Path, words: Mapping[str, str], context: Context) -> Receipt:
    """Say who is responsible; what is not among the words stays, and "" takes a word back. Raises as `run` does."""
    return run(StateController(), plan_controller(catalog, path, words, context), catalog, context)


def plan_controller(catalog: Catalog, path: Path, words: Mapping[str, str], context: Context) -> Plan:
    """Plan it. Raises `UsageError` where nothing would change."""
    known_as = database_id(catalog, path, context)
    said = _said(read_policy(path))
    request = ControllerRequest(path, known_as, Controller(**{**asdict(said), **words}))
    return StateController().plan(request, context)


@dataclass(frozen=True, slots=True)
class ControllerRequest:
    """What is to stand in the policy; `was`: what must stand there now, None for whatever does."""

    path: Path
    database_id: str
    said: Controller
    was: Controller | None = None


class StateController(PolicyOperation[Any]):
    """Says in the policy who is responsible, or takes that back."""

    name = "privacy.controller"

    def plan(self, request: ControllerRequest, context: Context) -> Plan:
        """Raises `UsageError` where it says so already, `Refused` where something else is said since."""
        was = _said(read_policy(request.path))
        if request.was is not None and was != request.was:
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                "Something else was said of whoever is responsible since.",
                hint="The policy is as it was. Say it anew instead.",
            )
        if was == request.said:
            raise UsageError(
                ErrorCode.BAD_REQUEST, "The policy says so already.", hint="Nothing was changed."
            )
        before, now = asdict(was), asdict(request.said)
        return self.planned(
            request.path,
            request.database_id,
            {"was": before, "said": now},
            "Say who is responsible",
            [_told(word, now[word]) for word in WORDS if now[word] != before[word]],
        )

    def state(self, document: PolicyDocument, request: Any) -> State:
        stands = asdict(_said(document))
        if stands == request["said"]:
            return State.AFTER
        return State.BEFORE if stands == request["was"] else State.OTHER

    def edit(self, document: PolicyDocument, request: Any, *, back: bool) -> None:
        said: Mapping[str, Json] = request["was" if back else "said"]
        document.remove((*_KEYS, word) for word in WORDS if not said[word])
        there = asdict(_said(document))
        fresh: dict[tuple[str, ...], Json] = {
            (*_KEYS, word): said[word] for word in WORDS if said[word] != there[word]
        }
        if fresh:
            document.put_all(fresh)

    def sentence(self, plan: Plan) -> str:
        return "Said who is responsible"

    def inverse(self, done: Record) -> Undo | None:
        request: Any = done.started.data["request"]
        back = ControllerRequest(
            Path(str(done.started.data["path"])),
            done.started.database_id,
            Controller(**request["was"]),
            Controller(**request["said"]),
        )
        return Undo(self, lambda context: self.plan(back, context))


def _said(document: PolicyDocument) -> Controller:
    said = document.policy.classification
    return Controller(**said.controller.model_dump()) if said is not None else Controller()


def _told(word: str, value: str) -> str:
    name = word.replace("_", " ").capitalize()
    return f"{name}: {quoted(value, 400)}." if value else f"{name}: nothing is said any more."
