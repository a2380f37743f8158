"""Taking over another tool's history, for the window and the command line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.adopt.adoption import Adoption, AdoptRequest, Written, look
from steward_app.services.migrate.adopt.operation import Adopt, plan_of
from steward_app.services.migrate.folder import folder_of, keep_folder
from steward_app.services.migrate.model import Origin
from steward_app.services.operation import Confirmation, fingerprint, run
from steward_app.services.operation import rehearse as rehearse_operation
from steward_app.storage import is_there, read_whole, write_whole
from steward_app.storage.disk import translated


def plan_adopt(request: AdoptRequest, context: Context) -> Plan:
    """Plan to take over a history. Raises as `adoption.look`, and `Refused` where our folder is in use already."""
    adoption = look(request, context)
    _require_free(request.into, adoption)
    return plan_of(request, adoption, context)


def rehearse(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Write the history of a copy of the file."""
    return rehearse_operation(Adopt(), plan, catalog, context)


def adopt(
    catalog: Catalog,
    request: AdoptRequest,
    plan: Plan,
    context: Context,
    confirmation: Confirmation | None = None,
) -> Receipt:
    """Write the history, then the files that it names. Their own files and tables stay as they are.

    Raises as `plan_adopt` and `operation.run`. When the files cannot be written the history stands, and
    `write_missing` writes them another time.
    """
    adoption = look(request, context)
    _require_free(request.into, adoption)
    if plan_of(request, adoption, context).request != plan.request:
        raise fingerprint.stale(plan, "the migrations of the other tool were changed")
    receipt = run(Adopt(), plan, catalog, context, confirmation=confirmation)
    try:
        _write(request, adoption)
    except StewardError as error:
        raise Failure(
            error.code,
            f"The history was adopted, and its files could not be written: {error.message}",
            hint="The same command writes them another time.",
        ) from error
    return receipt


def write_missing(request: AdoptRequest, context: Context) -> tuple[Path, ...]:
    """Write the files of a history that was adopted before, where they are not there; () where none is missing.

    Raises as `adoption.look`.
    """
    with open_read(request.path, context) as session:
        rows = history.read(session)
    adopted = [row for row in rows if row.origin is Origin.ADOPTED]
    known = {row.file: row.checksum for row in adopted if row.file}
    if not adopted or (known and all(is_there(request.into / file) for file in known)):
        return ()
    adoption = look(request, context)
    made = {each.up.file: each.up.checksum for each in adoption.applied if each.up}
    if made != known:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The files in {quoted(str(request.folder), 200)} are not those that were adopted.",
            hint="Nothing was written. Name the folder as it was then.",
        )
    _require_free(request.into, adoption)
    return _write(request, adoption)


def _require_free(into: Path, adoption: Adoption) -> None:
    """Raise `Refused` where our folder holds migrations that are not those to be written."""
    wanted = {each.file: each for each in adoption.files}
    if not into.is_dir():
        return
    with translated(into):
        there = sorted(path for path in into.iterdir() if path.suffix in (".sql", ".py") and path.is_file())
    for path in there:
        if path.name not in wanted or not _says(path, wanted[path.name]):
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"{quoted(str(into), 200)} holds migrations already: {quoted(path.name)}.",
                hint="Nothing was changed. Name an empty folder for the steward's files: --into FOLDER.",
            )


def _write(request: AdoptRequest, adoption: Adoption) -> tuple[Path, ...]:
    """Have the policy name our folder, and write our files where they are not there.

    Those that the history names come last: as long as one of them is missing, `write_missing` has something to do.
    """
    with translated(request.into):
        request.into.mkdir(parents=True, exist_ok=True)
    with suppress(UsageError):  # what is wrong in the policy is told where it is opened
        if folder_of(request.path, must_be_there=False).absolute() != request.into.absolute():
            keep_folder(request.path, request.into, anew=True)
    named = [each.up for each in adoption.applied if each.up]
    made = []
    for each in (*(file for file in adoption.files if file not in named), *named):
        path = request.into / each.file
        if not is_there(path):
            write_whole(path, each.text.encode(), overwrite=False)
            made.append(path)
    return tuple(made)


def _says(path: Path, wanted: Written) -> bool:
    data = wanted.text.encode()
    return read_whole(path, limit_bytes=max(path.stat().st_size, len(data))) == data
