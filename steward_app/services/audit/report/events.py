"""What happened to the audit itself, in words, from the events of the log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steward_app.db import Session
from steward_app.kernel.plain import plain
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.guard.install import INSTALLED
from steward_app.services.audit.guard.unlogged import words
from steward_app.services.audit.report.model import Happened, ReportRequest
from steward_app.services.audit.seals import anew, backwards, endings, statement
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.oddities import sentences
from steward_app.services.audit.seals.receipt import moment

_WIDE = 120
_SIGNED = (statement.REDACTED, statement.PRUNED, endings.REMOVED, anew.ANONYMIZED)
"""Characters of a key."""


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a span, by what they are of."""

    gaps: tuple[Happened, ...] = ()
    erasures: tuple[Happened, ...] = ()
    prunes: tuple[Happened, ...] = ()
    others: tuple[Happened, ...] = ()


def events_of(session: Session, found: Sequence[Event], request: ReportRequest) -> Events:
    """Events in words. One of an erasure or a pruning counts only where its signature holds."""
    log, names = Chain.read(session), {each.tid: each.name for each in tables.tables(session)}
    signed = {
        event.seq
        for kind in _SIGNED
        for event, _ in (statement.signed_events(session, log.log, kind) if log else ())
    }
    made: dict[str, list[Happened]] = {"gaps": [], "erasures": [], "prunes": [], "others": []}
    for event in found:
        table = quoted(names.get(event.tid, "")) if event.tid is not None else ""
        made[_group(event)].append(_told(event, table, request, is_signed=event.seq in signed))
    return Events(**{name: tuple(each) for name, each in made.items()})


def _group(event: Event) -> str:
    if event.is_gap:
        return "gaps"
    return {statement.REDACTED: "erasures", statement.PRUNED: "prunes"}.get(event.kind, "others")


def _told(event: Event, table: str, request: ReportRequest, *, is_signed: bool) -> Happened:
    detail = event.detail
    at, keys = moment(event.at_us), tuple[str, ...]()
    match event.kind:
        case "gap":
            what, more, keys = _gap(detail, table, request)
        case "rearmed":
            what, more = _rearmed(detail, table)
        case "redacted":
            cells, seqs = _number(detail, "cells"), detail.get("erased")
            changes = len(seqs) if isinstance(seqs, list) else 0
            what = f"{plural(cells, 'value')} of {plural(changes, 'change')} erased"
            more = str(detail.get("reason") or "")
        case "pruned":
            span = statement.numbers(_number(detail, "first_seq"), _number(detail, "last_seq"))
            what = f"Changes with the {span} left for {quoted(str(detail.get('archive') or ''))}"
            more = f"BLAKE3 {detail.get('blake3') or ''}"
        case "installed" | "removed":
            what = f"{table} was {'put under audit' if event.kind == INSTALLED else 'taken out of the audit'}"
            more = ""
        case "restored":
            what, more = "The whole file was restored", f"from the point {detail.get('point') or ''}"
        case anew.ANONYMIZED:
            what, more = "The database was anonymized, and the log began anew", anew.counts(event)
        case "context cleared":
            what = f"A program left its name behind in transaction {_number(detail, 'txn'):,}"
            more = f"changes after {_number(detail, 'last_seq'):,} that bear it may be anybody's"
        case backwards.WENT_BACK:
            what, more = "Times go back", backwards.sentence(*backwards.places(event))
        case _:
            what, more = f"“{event.kind}”", ""
    if event.kind in _SIGNED and not is_signed:
        more = "This event has no valid signature."
    return Happened(event.seq, at, what, more, keys)


def _gap(
    detail: Mapping[str, object], table: str, request: ReportRequest
) -> tuple[str, str, tuple[str, ...]]:
    rows, missing = detail.get("rows"), detail.get("missing")
    if isinstance(rows, list):
        known = [each for each in rows if isinstance(each, dict)]
        ways = Counter(str(each.get("how")) for each in known)
        what = f"{plural(len(known), 'row')} of {table} changed behind the log"
        keys = tuple(key_shown(each.get("key")) for each in known)
        return (
            what,
            ", ".join(f"{count:,} {how}" for how, count in sorted(ways.items())),
            (keys if request.show_keys else ()),
        )
    if isinstance(missing, list):
        runs = [each for each in missing if isinstance(each, list) and len(each) == 2]
        told = ", ".join(f"{first:,} to {last:,}" for first, last in runs[:5])
        return "Changes were taken out of the log before they were sealed", told, ()
    if by_hand := "; ".join(sentences(detail, table)):
        return by_hand, "", ()
    why = detail.get("why")
    return f"Changes of {table} were missed", "; ".join(map(str, why)) if isinstance(why, list) else "", ()


def _rearmed(detail: Mapping[str, object], table: str) -> tuple[str, str]:
    differences = _number(detail, "differences")
    was = str(detail.get("was") or "disarmed")
    what = f"{table} was armed again" + ("" if was == "armed" else f", having been {was}")
    if not detail.get("compared", True):
        return what, "what changed meanwhile could not be compared"
    rows = plural(differences, "row") if differences else "no row"
    columns = detail.get("unlogged")
    unknown = words(tuple(map(str, columns))) if isinstance(columns, list) else ""
    return what, f"{rows} had changed meanwhile{f'; {unknown}' if unknown else ''}"


def _number(detail: Mapping[str, object], name: str) -> int:
    value = detail.get(name)
    return value if isinstance(value, int) else 0


def key_shown(key: object) -> str:
    """A key as people read it; one of several parts as a list."""
    parts = key if isinstance(key, list | tuple) else (key,)
    if not parts:  # of a table as a whole
        return ""
    told = plain(parts[0] if len(parts) == 1 else list(parts))
    return visible(told if isinstance(told, str) else json.dumps(told, ensure_ascii=False), _WIDE)
