"""The assessment sheet: only a person may record that a copy is anonymous, for one recipient and until a date.

The sheet lists what a reader would ask (recital 26 GDPR: all means reasonably likely to be used): whether the key is
destroyed, who still holds the original, what was measured, which attacks were tried, what else the recipient could
join. The program fills in what it knows itself, and asserts nothing. A sheet is signed by this machine, never changed,
and withdrawn where it does not hold any more.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from steward_app.catalog import Catalog, journal, releases
from steward_app.catalog.journal import Phase
from steward_app.catalog.keys import read_signed, signed_json
from steward_app.db import Session
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.anonymize.contradictions import contradictions, held_here
from steward_app.services.privacy.anonymize.file_now import FileNow, file_now
from steward_app.services.privacy.anonymize.model import Assessment, KeyState, ReleaseState, Sheet
from steward_app.storage import process
from steward_app.storage.secrets import open_secrets

if TYPE_CHECKING:
    from steward_app.services.privacy.anonymize.model import Release

ASSESS = "privacy.assess"
"""What the journal calls it."""

_NEEDED = {
    "assessed_by": "who answers for it",
    "recipient": "for whom the copy is anonymous",
    "reasons": "why nobody there can reasonably find a person again",
    "measures": "what was measured",
    "attacks": "which attacks were tried, and what came of them",
    "holds_original": "who still holds the original",
    "other_data": "what else the recipient holds or can get",
}


def record(
    catalog: Catalog, release: Release, sheet: Sheet, context: Context, *, despite: bool = False
) -> Assessment:
    """Record what a person assessed.

    Args:
        despite: also where the sheet says otherwise than what is known here; both stand in the record then.

    Raises `UsageError` for a sheet with an empty part or a day that is over, `Refused` for a copy that is expired or
    destroyed, a file that is not the one that was made, a sheet that speaks of another recipient than the copy was made
    for, or one that says otherwise than what is known.
    """
    _check(release, sheet)
    lies = _require_same(release, context)
    held = held_here(catalog, release)
    against = contradictions(release, sheet, held)
    if against and not despite:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The sheet says otherwise than what is known here. {' '.join(against)}",
            hint="Nothing was recorded. Correct the sheet; or record it all the same (--despite): what is known stands"
            " beside it then.",
        )
    now = clock.to_text(clock.now())
    document = {
        "kind": "assessment of a copy for release",
        "release": release.id,
        "file_hash": release.file_hash,
        "rules_hash": release.rules_hash,
        "plan_hash": release.plan_hash,
        "recorded_at": now,
        "recorded_by": process.user(),
        "key": _key(release.key_name, release.key_state),
        "checks": [asdict(check) for check in release.checks],
        "risks": [risk.as_json() for risk in release.risks],
        "file": lies.value,
        "held": [*held],
        "contradictions": [*against],
        "sheet": asdict(sheet) | {"measures": list(sheet.measures), "attacks": list(sheet.attacks)},
    }
    signed = signed_json(document, open_secrets(catalog.directory)).decode("utf-8")
    row = releases.AssessmentRow(
        ids.new_id("as"), release.id, now, sheet.assessed_by, sheet.recipient, sheet.until, signed
    )
    with catalog.unit() as unit:
        releases.insert_assessment(unit, row)
        journal.append(
            *(unit, Phase.NOTE, ASSESS),
            database_id=release.database_id,
            details={
                "sentence": f"The copy {release.id} was assessed anonymous for one recipient until {sheet.until}",
                "release": release.id,
                "assessment": row.id,
                "until": sheet.until,
            },
        )
        unit.commit()
    return _assessment(row, clock.now().date(), _key(release.key_name, release.key_state), gone=False)


def withdraw(catalog: Catalog, release: Release, why: str) -> int:
    """Withdraw what is recorded of a copy; how many assessments. Raises `UsageError` without a reason."""
    if not why.strip():
        raise UsageError(
            ErrorCode.BAD_REQUEST, "Withdrawing an assessment needs a reason.", hint="Nothing was changed."
        )
    with catalog.unit() as unit:
        count = releases.withdraw_assessments(
            unit, release.id, clock.to_text(clock.now()), process.user(), why.strip()
        )
        if count:
            details = {
                "sentence": f"The assessment of the copy {release.id} was withdrawn",
                "release": release.id,
                "why": why.strip(),
            }
            journal.append(unit, Phase.NOTE, ASSESS, database_id=release.database_id, details=details)
        unit.commit()
    return count


def recorded(
    session: Session, row: releases.ReleaseRow, key_state: str, today: date, *, gone: bool
) -> tuple[Assessment, ...]:
    """What was recorded of a copy, newest first, and whether it holds today."""
    key_now = _key(row.key_name, key_state)
    return tuple(
        _assessment(each, today, key_now, gone=gone) for each in releases.assessments(session, row.id)
    )


def words(found: tuple[Assessment, ...]) -> str:
    """What a copy may be called because of an assessment that holds today, or ""."""
    holds = next((each for each in found if each.holds), None)
    if holds is None:
        return ""
    said = holds.sheet
    return f"assessed anonymous for {said.recipient}, until {said.until}, by {said.assessed_by}"


def why_not(release: Release, sheet: Sheet) -> str:
    """Why a sheet cannot be recorded of a copy; "" when it can."""
    try:
        _check(release, sheet)
    except StewardError as error:
        return error.message
    return ""


def _check(release: Release, sheet: Sheet) -> None:
    if release.state in (ReleaseState.EXPIRED, ReleaseState.DESTROYED):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The copy {release.id} is {release.state.value}.",
            hint="Nothing was recorded.",
        )
    values = asdict(sheet)
    for name, meaning in _NEEDED.items():
        said = values[name]
        if not (said.strip() if isinstance(said, str) else [each for each in said if each.strip()]):
            raise UsageError(
                ErrorCode.BAD_REQUEST, f"The sheet does not say {meaning}.", hint="Nothing was recorded."
            )
    if release.recipient and release.recipient != sheet.recipient:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"This copy was made for {quoted(release.recipient)}, and the sheet speaks of {quoted(sheet.recipient)}.",
            hint="Nothing was recorded. An assessment holds for one recipient; make a copy for the other.",
        )
    try:
        until = date.fromisoformat(sheet.until)
    except ValueError:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(sheet.until, 40)} is no day: write it as 2027-06-30.",
            hint="Nothing was recorded.",
        ) from None
    if until < clock.now().date() or (release.until and sheet.until > release.until):
        over = f"after the last day of the copy, {release.until}" if release.until < sheet.until else "over"
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The day until which it holds is {over}.",
            hint="Nothing was recorded. What attackers can do changes: choose a day on which it is looked at again.",
        )


def _require_same(release: Release, context: Context) -> FileNow:
    """What is assessed is the file that was checked and attacked. One that is elsewhere may still be that file."""
    lies = file_now(release, context)
    if lies is FileNow.OTHER:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"{quoted(release.path.name)} is {lies.value}.",
            hint="Nothing was recorded: what was checked is the file that was made. Put that one back, or make a new"
            " copy and assess it.",
        )
    return lies


def _key(name: str, state: str) -> str:
    if not name:
        return "no technique of this copy uses a key"
    if state == KeyState.DESTROYED:
        return "destroyed: no pseudonym can be made again or turned back"
    return (
        "kept on the computer that made the copy: whoever has it and the original can find each person again"
    )


def _assessment(row: releases.AssessmentRow, today: date, key_now: str, *, gone: bool) -> Assessment:
    document, signature = read_signed(row.sheet.encode("utf-8"), name=row.id)
    said = document["sheet"]
    sheet = Sheet(**said | {"measures": tuple(said["measures"]), "attacks": tuple(said["attacks"])})
    over = date.fromisoformat(row.until) < today
    return Assessment(
        *(row.id, row.release_id, row.recorded_at, sheet, str(document["key"])),
        holds=not (over or gone or row.withdrawn_at),
        signed_by=signature.key_id,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_why=row.withdrawn_why,
        key_now=key_now,
        file=str(document.get("file", "")),
        held=tuple(document.get("held", ())),
        contradictions=tuple(document.get("contradictions", ())),
    )


def read_sheet(text: str) -> Sheet:
    """A sheet from a JSON document whose fields are those of `Sheet`. Raises `UsageError` for any other."""
    try:
        said = json.loads(text)
        listed = {name: tuple(map(str, said.pop(name))) for name in ("measures", "attacks")}
        texts = {name: str(value) for name, value in said.items()}
        return Sheet(**texts, **listed)  # type: ignore[arg-type]  # a name that is none raises
    except (ValueError, TypeError, KeyError):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "This is no assessment sheet.",
            hint="Nothing was recorded. docs/privacy-copies.md shows one.",
        ) from None
