"""The operations that bring back rows or a table: planned, rehearsed, done in one transaction, undone exactly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import WriteSession, fold, quote
from steward_app.db.content import table_content
from steward_app.db.image import attach_image
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.finding import Finding
from steward_app.kernel.plain import from_plain, plain
from steward_app.kernel.plan import Check, Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import Key
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, promise
from steward_app.services.restore import kept
from steward_app.services.restore.bring import Ready, prepare, recreate, recreate_rest
from steward_app.services.restore.bring_model import (
    Answer,
    BringRequest,
    Choice,
    ConflictKind,
    Extent,
    Outlook,
)
from steward_app.services.restore.bring_words import erased_told, findings, sentences
from steward_app.services.restore.compare import about_image, both, image_schema
from steward_app.services.restore.erased import gate
from steward_app.services.restore.revert import Revert, RevertRequest
from steward_app.services.restore.without import erased_check
from steward_app.services.restore.write import change_as_usual, done, write
from steward_app.services.schema.introspect import read_schema

KEPT_ROWS = 50_000
"""What a larger change replaces is not kept row by row: it is undone by the restore point that is made first."""


@dataclass(frozen=True)
class _Bring(TransactionOperation[BringRequest]):
    """Brings rows back. `catalog` has the erasure ledger, which is asked about every row."""

    catalog: Catalog

    def plan(self, request: BringRequest, context: Context) -> Plan:
        """Raises `UsageError` for a table that was not there then, `Failure` where none of the rows was."""
        with (
            both(request.path, request.image, context) as two,
            gate(self.catalog, request.image, two.then, request.database_id, request.made_at) as ledger,
        ):
            ready = prepare(two.session, two.then, two.now, request, ledger, context)
            rests_on = fingerprint.take(two.session)
            found = findings(ready, request, two.now)
        return self._plan(request, ready, found, rests_on)

    def outlook(self, request: BringRequest, context: Context) -> Outlook:
        """What would come of each table, and what stands in the way: a plan's first half, for choosing."""
        with (
            both(request.path, request.image, context) as two,
            gate(self.catalog, request.image, two.then, request.database_id, request.made_at) as ledger,
        ):
            return prepare(two.session, two.then, two.now, request, ledger, context).outlook

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        request = request_of(plan)
        then, now = image_schema(request.image, context), read_schema(session, context)
        attach_image(session, request.image)
        with (
            about_image(request.image),
            gate(self.catalog, request.image, then, request.database_id, request.made_at) as ledger,
        ):
            # the pipeline counts all rows once, after the change: counting a large table is most of the work
            planned = {change.table: change.rows_before for change in plan.changes}
            ready = prepare(session, then, now, request, ledger, context, rows_before=planned)
            if ready.state != plan.request["state"] or ready.changes != plan.changes:
                raise fingerprint.stale(plan, "its data was changed")
            checks = self._write(plan, request, ready, session, context)
        promise.require_passed(checks, "Everything was rolled back; the file is as it was before.")
        changes = tuple(
            done(session, rewrite, change.why, change.rows_before)
            for rewrite, change in zip(ready.rewrites, plan.changes, strict=True)
        )
        compared = "; ".join(check.detail for check in checks if check.detail)
        result: dict[str, Json] = {"compared": compared, "point": request.point}
        if ready.judged:
            result |= {
                "erased": erased_told(ready),
                "brought_back": 0,  # the ledger was asked about every row that was laid ready
                "still_erased": ready.still_erased,
            }
        return Outcome(_told(plan), changes, result)

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """What was written was read again, and its foreign keys looked at, before `apply` came back."""
        erased = erased_check(outcome)
        if plan.request["triggers"]:
            return erased
        held = "Every row that came back holds what it held then"
        if outcome.result.get("still_erased"):
            held += ", but for columns that were erased since"
        return (
            Check(held, True, str(outcome.result["compared"])),
            Check("No foreign key is newly broken", True),
            *erased,
        )

    def inverse(self, done: Record) -> Undo | None:
        """What it replaced is kept in the file; see `kept`."""
        if done.started.data.get("reversal") != Reversal.INVERSE.value:
            return None
        request = RevertRequest(
            Path(str(done.started.data["path"])), done.started.database_id, done.started.plan_id
        )
        revert = Revert(self.catalog)
        return Undo(revert, lambda context: revert.plan(request, context))

    def _write(
        self, plan: Plan, request: BringRequest, ready: Ready, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        made = [pair for pair in ready.pairs if pair.now is None]
        for pair in made:
            recreate(session, pair)
        schema = read_schema(session, context) if made else ready.selection.now
        if request.triggers:
            change_as_usual(session, ready.rewrites)
            checks: tuple[Check, ...] = ()
        else:
            keep = plan.reversal is Reversal.INVERSE
            checks = write(session, schema, ready.rewrites, plan.id, context, keep=keep)
        for pair in made:
            recreate_rest(session, pair)
            if plan.reversal is Reversal.INVERSE:
                _keep_made(session, pair.name, plan.id, context)
        return checks

    def _plan(
        self,
        request: BringRequest,
        ready: Ready,
        found: tuple[Finding, ...],
        rests_on: Fingerprint,
    ) -> Plan:
        rows, made = ready.rows, sum(change.inserted for change in ready.changes)
        by_point = request.triggers or rows > KEPT_ROWS
        replaced = rows - made
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=_title(ready, request),
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={**request_fields(request), "state": ready.state},
            sentences=sentences(ready, request),
            changes=ready.changes,
            sql=tuple(_statements(ready)),
            findings=found,
            reversal=Reversal.RESTORE_POINT if by_point else Reversal.INVERSE,
            reversal_text=(
                "Undone by the restore point that is made first."
                if by_point
                else f"Undone exactly, within {kept.KEPT_DAYS} days: what is replaced is kept in the file."
            ),
            fingerprint=rests_on,
            button=f"Bring back {plural(made, 'row')}" if not replaced else f"Change {plural(rows, 'row')}",
            needs_confirmation=by_point or bool(replaced),
        )


class RestoreRows(_Bring):
    """Brings back chosen rows, with their children and the parents they need."""

    name: ClassVar[str] = "restore.rows"


class RestoreTable(_Bring):
    """Brings back a table: the rows that are missing, or all it held."""

    name: ClassVar[str] = "restore.table"


def request_fields(request: BringRequest) -> dict[str, Json]:
    """A request as a plan keeps it. Keys are JSON texts, so that bytes in them are kept."""
    return {
        "image": str(request.image.absolute()),
        "point": request.point,
        "made_at": request.made_at,
        "table": request.table,
        "extent": request.extent.value,
        "keys": [key_text(key) for key in request.keys],
        "children": request.children,
        "without": list(request.without),
        "parents": request.parents,
        "choices": [
            [each.kind.value, each.answer.value, each.table, key_text(each.key)] for each in request.choices
        ],
        "triggers": request.triggers,
    }


def request_of(plan: Plan) -> BringRequest:
    """The request of a plan. Raises `UsageError` for a kept plan that was edited into something else."""
    fields = plan.request
    try:
        return BringRequest(
            path=Path(plan.path),
            database_id=plan.database_id,
            image=Path(str(fields["image"])),
            table=str(fields["table"]),
            extent=Extent(str(fields["extent"])),
            keys=tuple(text_key(each) for each in _list(fields["keys"])),
            children=fields["children"] is True,
            without=tuple(str(each) for each in _list(fields["without"])),
            parents=fields["parents"] is True,
            choices=tuple(_choice(_list(each)) for each in _list(fields["choices"])),
            triggers=fields["triggers"] is True,
            point=str(fields["point"]),
            made_at=str(fields["made_at"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "This plan cannot be read.",
            hint="Nothing was changed. Make the plan again.",
        ) from error


def key_text(key: Key) -> str:
    """A key as text that says it exactly."""
    return json.dumps(plain(key))


def text_key(text: Json) -> Key:
    """The key of such a text. Raises ValueError."""
    found = json.loads(str(text), object_hook=from_plain)
    if not isinstance(found, list) or not all(isinstance(v, int | float | str | bytes | None) for v in found):
        raise ValueError("not a key")
    return tuple(found)


def _choice(fields: list[Json]) -> Choice:
    kind, answer, table, key = fields
    return Choice(ConflictKind(str(kind)), Answer(str(answer)), str(table), text_key(key))


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _keep_made(session: WriteSession, name: str, plan_id: str, context: Context) -> None:
    """Keep that a table was made again, and how it was left."""
    content = table_content(session, name, context)
    line = kept.next_id(session)
    kept.add(session, plan_id, f"SELECT {line} AS row_id", "created", name)
    kept.note_hashes(session, iter([(line, f"{content.rows}:{content.hash}".encode())]))


def _statements(ready: Ready) -> list[str]:
    """The statements, for people: what stands for the earlier state is called `then`."""
    found = []
    for pair, change in zip(ready.pairs, ready.changes, strict=True):
        columns = ", ".join(quote(now) for _, now in pair.columns)
        theirs = ", ".join(quote(then) for then, _ in pair.columns)
        source = f'"then".{quote(pair.then.name)}'
        if pair.now is None:
            found.append(pair.then.sql)
        if change.deleted:
            found.append(f"DELETE FROM {pair.now_sql} WHERE ...;  -- {plural(change.deleted, 'row')} of now")
        if change.updated:
            found.append(f"UPDATE {pair.now_sql} SET ({columns}) = ... FROM {source};  -- {change.updated:,}")
        if change.inserted:
            found.append(
                f"INSERT INTO {pair.now_sql} ({columns}) SELECT {theirs} FROM {source};  -- {change.inserted:,}"
            )
    return found


def _title(ready: Ready, request: BringRequest) -> str:
    if request.extent is Extent.CONTENT:
        return f"Bring back all that {quoted(request.table)} held"
    chosen = [fold(pair.then.name) == fold(request.table) for pair in ready.pairs]
    rows = [change.inserted + change.updated for change in ready.changes]
    own = sum(count for count, is_own in zip(rows, chosen, strict=True) if is_own)
    others = sum(rows) - own
    belong = "belongs" if others == 1 else "belong"
    more = f" and {plural(others, 'row')} that {belong} to them" if others else ""
    return f"Bring back {plural(own, 'row')} of {quoted(request.table)}{more}"


def _told(plan: Plan) -> str:
    made, changed, gone = (
        sum(getattr(change, each) for change in plan.changes) for each in ("inserted", "updated", "deleted")
    )
    parts = [f"{plural(made, 'row')} brought back"]
    parts += [f"{plural(changed, 'row')} given the old values"] if changed else []
    parts += [f"{plural(gone, 'row')} taken out"] if gone else []
    return f"{', '.join(parts)} in {plural(len(plan.changes), 'table')}"


def require_known_point(catalog: Catalog, plan: Plan) -> None:
    """Raise `Refused` where a kept plan names another file as its restore point than the catalog does."""
    from steward_app.catalog import points

    request = request_of(plan)
    if not request.point:
        return
    with catalog.reading() as session:
        point = points.find(session, request.point, plan.database_id)
    if point.path.absolute() != request.image:
        raise Refused(
            ErrorCode.STALE_PLAN,
            f"The restore point {request.point} is not where this plan says.",
            hint="Nothing was changed. Make the plan again.",
        )
