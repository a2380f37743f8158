"""The register of copies: what, for whom, under which rules, until when, and what became of it.

A copy is called a copy for release (pseudonymised), since for whoever holds the original or the key it is personal data
(Art. 4(5), recital 26 GDPR). Whether it is anonymous for somebody else is no property of the file: a person assesses
it, for one recipient and until a date, and signs for it (C-413/23 P); see `assess`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from steward_app.catalog import Catalog, journal, releases
from steward_app.catalog.journal import Phase
from steward_app.catalog.releases import ReleaseRow
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Check, Json
from steward_app.kernel.text import quoted, visible
from steward_app.services.privacy.anonymize import assess
from steward_app.services.privacy.anonymize.keys import title_of
from steward_app.services.privacy.anonymize.model import COPY_FOR_RELEASE, CopyRisk, Release, ReleaseState
from steward_app.storage import process

_RECORDED = "privacy.register"
_IN_PLACE = "database anonymized in its place (pseudonymised)"


def list_releases(catalog: Catalog, database_id: str) -> tuple[Release, ...]:
    """The copies of a database, newest first."""
    with catalog.reading() as session:
        return tuple(_release(session, row) for row in releases.of_database(session, database_id))


def find_release(catalog: Catalog, release_id: str, database_id: str = "") -> Release:
    """The copy of that id, or of an id that begins so. Raises `UsageError` where there is none, or more than one."""
    with catalog.reading() as session:
        rows = releases.find(session, release_id)
        found = [_release(session, row) for row in rows if database_id in ("", row.database_id)]
    if len(found) != 1:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{'More than one' if found else 'No'} copy in the register begins with {quoted(release_id)}.",
            hint="“steward privacy releases” shows them.",
        )
    return found[0]


def release_of(catalog: Catalog, operation_id: str) -> Release:
    """The copy that an operation made."""
    with catalog.reading() as session:
        row = releases.of_operation(session, operation_id)
        assert row is not None, "the operation keeps it in the register"
        return _release(session, row)


def point_before(catalog: Catalog, release: Release) -> str:
    """The restore point of what a database held before it was anonymized in its place; "" for copies."""
    with catalog.reading() as session:
        found = journal.record(session, release.operation_id) if release.in_place else None
    result = found.ended.data.get("result") if found and found.ended else None
    return str(result.get("point", "")) if isinstance(result, dict) else ""


def record_given(catalog: Catalog, release: Release, to: str) -> Release:
    """Record that a copy was given. Raises `UsageError` without a recipient, `Refused` for a copy that is gone."""
    _require_there(release)
    if release.state is ReleaseState.EXPIRED:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"This copy was to be used until {release.until} only.",
            hint="Nothing was recorded. Make a new copy.",
        )
    return _record(
        catalog,
        release,
        ReleaseState.GIVEN,
        _said(to, "To whom was it given?"),
        f"was given to {visible(to.strip(), 200)}",
    )


def record_destroyed(catalog: Catalog, release: Release, how: str) -> Release:
    """Record that a copy is gone everywhere, in the words of who says so. The file itself is not touched by this."""
    _require_there(release)
    said = _said(how, "How was it destroyed, and who says so?")
    return _record(catalog, release, ReleaseState.DESTROYED, said, "is destroyed")


def _record(catalog: Catalog, release: Release, state: ReleaseState, note: str, what: str) -> Release:
    with catalog.unit() as unit:
        releases.set_state(unit, release.id, state.value, clock.to_text(clock.now()), process.user(), note)
        details: dict[str, Json] = {
            "sentence": f"The copy {release.id} {what}",
            "release": release.id,
            "state": state.value,
            "note": note,
        }
        journal.append(unit, Phase.NOTE, _RECORDED, database_id=release.database_id, details=details)
        unit.commit()
    return find_release(catalog, release.id)


def _require_there(release: Release) -> None:
    if release.state is ReleaseState.DESTROYED:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The copy {release.id} is recorded as destroyed on {release.state_at[:10]}.",
            hint="Nothing was recorded.",
        )


def _said(text: str, question: str) -> str:
    if not text.strip():
        raise UsageError(ErrorCode.BAD_REQUEST, question, hint="Nothing was recorded.")
    return text.strip()


def _release(session: Session, row: ReleaseRow) -> Release:
    today = clock.now().date()
    over = row.over_since
    state = ReleaseState(row.state) if over is None else ReleaseState.EXPIRED
    key = releases.key(session, row.key_name) if row.key_name else None
    key_state = key.state if key else ""
    found = assess.recorded(session, row, key_state, today, gone=state is ReleaseState.DESTROYED)
    values = asdict(row) | {
        "path": Path(row.path),
        "in_place": bool(row.in_place),
        "state": state,
        "state_at": row.state_at if over is None else f"{over}T00:00:00.000Z",
        "checks": tuple(Check(**check) for check in json.loads(row.checks)),
        "risks": tuple(map(CopyRisk.from_json, json.loads(row.risks))),
        "key_state": key_state,
        "key_title": title_of(session, row.key_name) if row.key_name else "",
        "assessments": found,
        "words": assess.words(found) or (_IN_PLACE if row.in_place else COPY_FOR_RELEASE),
    }
    return Release(**values)
