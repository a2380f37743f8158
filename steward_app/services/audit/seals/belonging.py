"""Which of the receipts that this computer has kept say something of a file.

A copy of a file has the same log, and goes on with it by itself: what one of the two seals after they parted says
nothing of the other. So a receipt belongs to a log and to a database of the catalog. One of another database is
evidence of what the two have in common, where it fits, and of nothing where it does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.catalog import Catalog, identity
from steward_app.catalog.identity import Doubt, How, IdentityQuestion
from steward_app.db import Session
from steward_app.db.place import locate
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.guard import going_on
from steward_app.services.audit.seals import chain, receipt, statement
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.receipt import AuditReceipt


@dataclass(frozen=True, slots=True)
class Known:
    """Which database a file is, as far as this computer can tell without asking.

    Attributes:
        database_id: "" where no database of the catalog is this file, or it may be a copy of one.
        copy_of: where it may be a copy, and nobody has said: the name of the file that it is a copy of.
    """

    database_id: str = ""
    copy_of: str = ""


def database_of(catalog: Catalog, session: Session) -> Known:
    """Which database a file is. Nothing is asked and nothing remembered."""
    found = identity.judge(catalog, session.path, session)
    if isinstance(found, IdentityQuestion):
        copied = found.doubt is Doubt.COPIED
        return Known(copy_of=found.known.path.name) if copied else Known(found.known.id)
    return Known() if found.how is How.NEW else Known(found.database.id)


def receipts_of(
    catalog: Catalog, session: Session, known: Known
) -> tuple[tuple[AuditReceipt, ...], tuple[str, ...]]:
    """The kept receipts that a file must fit or is seen to fit, and what is worth knowing of the others. In a snapshot.

    A receipt of a database that the catalog does not know (any more) is not known to be another's.
    """
    found = Chain.read(session)
    every = receipt.all_kept(catalog.directory, found.log.hex()) if found is not None else ()
    if found is None or not every:
        return (), ()
    fitting = tuple(each for each in every if going_on.fits(session, found, each))
    if statement.cut(session).is_archive:
        return _of_archive(session, every, fitting), ()
    if known.copy_of:
        return fitting, _not_compared(known.copy_of, len(every) - len(fitting))
    with catalog.reading() as reading:
        others = {each.id: each.path for each in identity.every(reading) if each.id != known.database_id}
    place = locate(session.path).file
    left = [each for each in every if each not in fitting and each.database_id in others]
    gone = sum(others[each.database_id] == place for each in left)
    return tuple(each for each in every if each not in left), _replaced(place.name, gone)


def _of_archive(
    session: Session, every: tuple[AuditReceipt, ...], fitting: tuple[AuditReceipt, ...]
) -> tuple[AuditReceipt, ...]:
    """An archive is of one of the databases that have its log: all receipts of one of them fit, of its own seals."""
    last = chain.last_seal(session)
    reaching = [each for each in every if last is not None and each.n <= last.n]
    wrong = {each.database_id for each in reaching if each not in fitting}
    return tuple(each for each in reaching if each.database_id not in wrong) or tuple(reaching)


def _replaced(name: str, number: int) -> tuple[str, ...]:
    if not number:
        return ()
    return (
        f"Another database with the same log was at the place of {quoted(name)} before, until this file, which was"
        f" known elsewhere, came there. {plural(number, 'receipt')} of that one"
        f" {'does' if number == 1 else 'do'} not fit this file.",
    )


def _not_compared(name: str, number: int) -> tuple[str, ...]:
    if not number:
        return ()
    return (
        f"This file carries the identity of {quoted(name)}, and nobody has said yet whether it is that database at"
        f" another place or a copy. So {plural(number, 'receipt')} of that one {'was' if number == 1 else 'were'} not"
        " compared: “steward journal identify” says which it is.",
    )
