"""What making a copy and anonymizing in place share: the new file is built, checked and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.db import OpenMode, ReadSession, WriteSession, fold, open_read, qualified
from steward_app.db.building import building, file_settings
from steward_app.db.image import image_hash
from steward_app.db.integrity import ForeignKeyCheck, foreign_key_check, structure_check
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.plan import Check, Plan, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.operation import fingerprint
from steward_app.services.privacy.anonymize.along import with_keys
from steward_app.services.privacy.anonymize.build import Orders, build
from steward_app.services.privacy.anonymize.left_as_it_was import mostly_left, sentences
from steward_app.services.privacy.anonymize.left_out import without_small_groups
from steward_app.services.privacy.anonymize.limits import limit_checks
from steward_app.services.privacy.anonymize.measuring import measure_copy
from steward_app.services.privacy.anonymize.model import Built, CopyRisk
from steward_app.services.privacy.anonymize.objects import objects
from steward_app.services.privacy.anonymize.remedies import remedies, where_held
from steward_app.services.privacy.anonymize.row_order import referred_to
from steward_app.services.privacy.anonymize.searching import searched
from steward_app.services.privacy.anonymize.subset import choose, part_taken
from steward_app.services.privacy.classify.quasi import Known
from steward_app.services.privacy.model import place_id
from steward_app.services.privacy.residue.model import Residue, ResidueReport, Searched, sentence
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.effects import Effect
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_COLUMNS_TOLD = 5
_ORIGINS_TOLD = 3
_AS_BEFORE = "The database is unchanged, and no copy was made."
_ASKS_FOR_LESS = (
    "The database is unchanged, and no copy was made. Generalize or remove columns that are known to others, or ask for"
    " less: “steward privacy limits”."
)


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was built, checked and searched.

    Attributes:
        checks: all passed.
        file_hash: BLAKE3 over every byte.
        risks: how easily somebody is found in each table about persons, as far as it is known which are.
    """

    built: Built
    checks: tuple[Check, ...]
    file_hash: str
    size_bytes: int
    residue: ResidueReport
    risks: tuple[CopyRisk, ...] = ()

    @property
    def rows(self) -> int:
        return sum(each.copied for each in self.built.tables)

    def changes(self) -> tuple[TableChange, ...]:
        """Table by table, what the original has and what the copy has."""
        return tuple(
            TableChange(
                each.table, each.rows, each.copied, updated=each.copied if each.changed else 0, why=each.why
            )
            for each in self.built.tables
        )


def nothing_more(session: WriteSession) -> None:
    """What is done to a copy at the end: nothing."""


def make(
    path: Path,
    new: Path,
    rules: ReleaseRules,
    key: bytes,
    context: Context,
    *,
    plan: Plan | None = None,
    draw: bytes | None = None,
    analyze: bool = False,
    what: Known | None = None,
    at_last: Callable[[WriteSession], None] = nothing_more,
) -> Made:
    """Build a file under these rules from one moment of a database, check it and search it for originals.

    Args:
        path: the database; it is only read.
        new: an empty file.
        plan: refused where it does not fit the database any more.
        draw: draws the rows of a subset; None for the key.
        what: what was found and decided in the database, to measure how easily somebody is found in the file; None to
            measure what the rules ask for alone.
        at_last: called with the finished file, before it is checked.

    Raises `Refused` for a damaged database or a stale plan, `Failure` where the copy is not as it must be: the new file
    cannot be used then.
    """
    with _told_of_it(new, path), open_read(path, context) as source:
        refuse_damaged(source)
        with source.watched() as unchanged, source.snapshot():
            built, checks, places, done = _built(
                *(source, new, rules, key, context),
                plan=plan,
                draw=draw or key,
                analyze=analyze,
                at_last=at_last,
                unchanged=unchanged,
            )
            residue = _search(new, path, places, context)
    searched_for = Check("No value of a changed column was found", residue.is_clean, _told(residue, done))
    measured = measure_copy(new, rules, what, context, mostly_left(done))
    limits = limit_checks(measured)
    checks = (*checks, searched_for, *limits)
    require(checks, limits, remedies(residue, places), part_taken(rules.subset))
    risks = tuple(each.told for each in measured)
    return Made(built, checks, image_hash(new, context), new.stat().st_size, residue, risks)


@contextmanager
def _told_of_it(new: Path, path: Path) -> Iterator[None]:
    """What fails of the file in the making is told of it, and not of the name that it has until it is whole."""
    try:
        yield
    except Failure as error:
        if f"“{new.name}”" not in error.message:
            raise
        told = error.message.replace(f"“{new.name}”", "the new file")
        full = error.code is ErrorCode.DISK_FULL
        raise Failure(
            error.code,
            told[0].upper() + told[1:],
            hint=f"It was not finished, nothing is left of it, and {quoted(path.name)} is untouched."
            f" {'Make room, allow larger files, or use another disk' if full else 'Check the disk'}, then try again.",
        ) from error


def _built(
    source: ReadSession,
    new: Path,
    rules: ReleaseRules,
    key: bytes,
    context: Context,
    *,
    plan: Plan | None,
    draw: bytes,
    analyze: bool,
    at_last: Callable[[WriteSession], None],
    unchanged: Callable[[], bool],
) -> tuple[Built, tuple[Check, ...], Sequence[Searched], tuple[Effect, ...]]:
    """Build and check the file; where originals are to be looked for, and what rules did that make values coarser."""
    from steward_app.services.privacy.transform.prepare import prepare

    if plan is not None:
        fingerprint.check(plan, source)
    schema = read_schema(source, context)
    orders = orders_of(source, schema, rules, draw, context, analyze=analyze)
    with (
        prepare(source, schema, rules, key, context) as transforms,
        context.step() as step,
        building(new, file_settings(source)) as target,
    ):
        built = build(source, target, orders, transforms, step, unchanged)
        at_last(target)
        checks = _checked(source, target, built, step)
        places = with_keys(target, searched(source, schema, transforms))
        return built, checks, places, tuple(transforms.effects.values())


def orders_of(
    source: ReadSession,
    schema: Schema,
    rules: ReleaseRules,
    draw: bytes,
    context: Context,
    *,
    analyze: bool = False,
) -> Orders:
    """What is to be built; the rows of a subset are chosen now, by what draws them. Inside `snapshot()`."""
    found = objects(source, schema, rules)
    chosen = choose(source, schema, rules.subset, draw, context) if rules.subset else None
    chosen = without_small_groups(source, schema, rules, chosen, context)
    with source.under(context):
        rows = {
            table.name: source.count(f"SELECT count(*) FROM {qualified(table.name)}")
            for table in found.tables
        }
    return Orders(
        *(schema, found),
        empty=frozenset(map(fold, rules.empty)),
        renumber=frozenset(map(fold, rules.renumber)),
        numbers_stay=referred_to(schema, found),
        chosen=chosen,
        analyze=analyze,
        file_bytes=source.count("PRAGMA main.page_count") * source.count("PRAGMA main.page_size"),
        rows=rows,
    )


def refuse_damaged(source: ReadSession) -> None:
    """Raise `Refused` for a database of which only a part can be read."""
    if source.state.mode is OpenMode.SAFE:
        raise Refused(
            ErrorCode.BLOCKED,
            f"{quoted(source.path.name)} is damaged or was tampered with; no copy for release is made of it.",
            hint="It is unchanged. Repair or restore it first.",
        )


class NotAsItMustBe(Failure):
    """A copy that was built and does not pass its checks. `checks` are all of them, in their order."""

    def __init__(
        self, checks: Sequence[Check], limits: Sequence[Check] = (), remedy: str = "", cause: str = ""
    ) -> None:
        failed = [each for each in checks if not each.passed]
        told = "; ".join(f"“{each.title}” does not hold: {each.detail.rstrip('.')}" for each in failed)
        of_limits = all(each in limits for each in failed)
        hint = _ASKS_FOR_LESS if of_limits else f"{_AS_BEFORE} {remedy}".strip()
        why = f" {cause}" if cause and of_limits else ""
        super().__init__(ErrorCode.VERIFY_FAILED, f"The copy is not as it must be. {told}.{why}", hint=hint)
        self.checks = tuple(checks)


def require(checks: Sequence[Check], limits: Sequence[Check] = (), remedy: str = "", cause: str = "") -> None:
    """Raise `NotAsItMustBe` where one of them did not pass.

    Args:
        limits: those of them that rules ask for.
        remedy: what to do where another one did not.
        cause: why limits may not be reached, in a sentence, or "".
    """
    if not all(each.passed for each in checks):
        raise NotAsItMustBe(checks, limits, remedy, cause)


def _search(new: Path, path: Path, places: Sequence[Searched], context: Context) -> ResidueReport:
    from steward_app.services.privacy.residue.search import search

    context.report(0, note="Looking for original values")
    with context.step() as step:
        found = search(new, path, places, step)
    return replace(found, target=path.name)


def _told(residue: ResidueReport, done: Sequence[Effect]) -> str:
    """What was found, and where in rows: names of columns, never a value; and what rules left as it was."""
    places = dict.fromkeys(_place_told(each) for each in where_held(residue) if each.name)
    where = f" Look at {', '.join(sorted(places)[:_COLUMNS_TOLD])}." if places else ""
    left = "".join(f" {each}." for each in sentences(done))
    return f"{sentence(residue)}{where}{left}"


def _place_told(each: Residue) -> str:
    """A place where values were found, and the columns that they come from, as far as that is known."""
    name = quoted(f"{each.name}.{each.part}" if each.column else each.name)
    of = ", ".join(quoted(place_id(place)) for place in each.of[:_ORIGINS_TOLD])
    more = " and others" if len(each.of) > _ORIGINS_TOLD else ""
    return f"{name} (values of {of}{more})" if of else name


def _checked(source: ReadSession, target: WriteSession, built: Built, context: Context) -> tuple[Check, ...]:
    context.report(0, note="Checking the copy")
    counted = [
        each.table
        for each in built.tables
        if target.count(f"SELECT count(*) FROM {qualified(each.table)}") != each.copied
    ]
    problems = structure_check(target, context).problems
    return (
        Check("Every row that was read is there", not counted, ", ".join(map(quoted, counted))),
        Check("The file holds together", not problems, "; ".join(problems[:3])),
        _keys_lead_somewhere(source, target, context),
    )


def _keys_lead_somewhere(source: ReadSession, target: WriteSession, context: Context) -> Check:
    """Whether every foreign key of the copy leads to a row; what led to none in the original may still."""
    found = [each for each in foreign_key_check(target, context) if each.violations or each.problem]
    if not found:
        return Check("Every foreign key leads somewhere", passed=True)
    before = {each.table: each for each in foreign_key_check(source, context)}
    new: list[str] = []
    old: list[str] = []
    for each in found:
        was = before.get(each.table, ForeignKeyCheck(each.table))
        more = each.violations - was.violations
        if each.problem:
            (old if was.problem else new).append(f"{quoted(each.table)} cannot be checked: {each.problem}")
        if more > 0:
            new.append(f"{plural(more, 'row')} more of {quoted(each.table)} than in the original")
        elif each.violations:
            old.append(f"{plural(each.violations, 'row')} of {quoted(each.table)}")
    said = "; ".join(new) or f"in the copy as in the original: {', '.join(old)}"
    return Check("No foreign key leads nowhere that did not before", not new, said)
