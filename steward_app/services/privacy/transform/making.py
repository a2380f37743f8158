"""From a rule to the step of a column: one function a technique."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.dates import DAYS_MOVED, Clock, has_month_first, read_day, usual_months
from steward_app.services.privacy.discover.addressed import Addressed
from steward_app.services.privacy.discover.addresses import addresses
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.hierarchies import Dates, Ranges, from_options, level_of
from steward_app.services.privacy.json_steps import path_steps
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform import columns_read, dealt, plain
from steward_app.services.privacy.transform.amounts import Distribution, Noise, NoiseOptions, rounded
from steward_app.services.privacy.transform.beside import rules_beside, types_beside
from steward_app.services.privacy.transform.by_word import ByWord, NumbersWritten
from steward_app.services.privacy.transform.cells import CellStep, as_text_in_bytes, every_class
from steward_app.services.privacy.transform.coarser import generalized
from steward_app.services.privacy.transform.completed import Completed
from steward_app.services.privacy.transform.days_read import days_read
from steward_app.services.privacy.transform.domains import domains, key_label, label_of, person_label
from steward_app.services.privacy.transform.form_kept import FormKept
from steward_app.services.privacy.transform.grouped import (
    MOST_NUMBERS,
    Groups,
    Microaggregate,
    TooMany,
    alone,
)
from steward_app.services.privacy.transform.json_text import JsonStep
from steward_app.services.privacy.transform.keyed import Prf
from steward_app.services.privacy.transform.model import Step
from steward_app.services.privacy.transform.options import BadOption, check_names
from steward_app.services.privacy.transform.people import whose
from steward_app.services.privacy.transform.permutation import Permutation
from steward_app.services.privacy.transform.persons import known_persons
from steward_app.services.privacy.transform.pseudonyms import KINDS, Domain, pseudonym, whole_reals
from steward_app.services.privacy.transform.redact import Redaction
from steward_app.services.privacy.transform.target import Target
from steward_app.services.schema.model import Schema

_OF_MOMENTS = (Technique.SHIFT, Technique.GENERALIZE)


@dataclass(slots=True)
class Work:
    """What the steps of a whole database are made with.

    Attributes:
        trial: for looking whether rules hold: nothing that reads whole tables is made, and it stands for nothing.
        made: names of what was put into `temp`.
    """

    session: Session
    schema: Schema
    done: Completed
    key: bytes
    context: Context
    trial: bool = False
    made: list[str] = field(default_factory=list)
    groups: dict[tuple[str, tuple[str, ...], int], tuple[Groups, list[Groups]]] = field(default_factory=dict)
    redaction: dict[tuple[str, bool], Redaction] = field(default_factory=dict)
    _domains: Mapping[str, Domain] | None = None

    @property
    def folder(self) -> Path:
        """Where files that rules name are looked for."""
        return Path(self.schema.path).parent

    def domain(self, rule: Rule) -> Domain:
        """The domain of a consistent rule."""
        if self._domains is None:
            self._domains = domains(self.schema, self.done.rules, self.done.bound)
        return self._domains[label_of(rule, self.done.bound)]

    def prf(self, technique: Technique, target: Target) -> Prf:
        """What noise and circles of a column are drawn from."""
        place = Place(target.table.name, target.column.name)
        return Prf(self.key, f"{technique}:{key_label(place, {})}{target.rule.place.path}")


def make(work: Work, target: Target) -> Step | None:
    """The step of a rule; None where values are kept. Raises `BadOption` where its options make no sense."""
    check_names(target.rule.technique, target.rule.options)
    return _MAKERS[target.rule.technique](work, target)


def _keep(work: Work, target: Target) -> None:
    return None


def _remove(work: Work, target: Target) -> Step:
    return plain.Constant(None if target.nullable else target.empty, nulls=not target.nullable)


def _fixed(work: Work, target: Target) -> Step:
    value = target.rule.options.get("value")
    if isinstance(value, list | dict):
        raise BadOption("value is a text, a number or nothing")
    fixed: SqlValue = int(value) if isinstance(value, bool) else value
    return plain.Constant(fixed, nulls=target.options.yes("nulls", True))


def _mask(work: Work, target: Target) -> Step:
    options = target.options
    sign = options.text("sign", "*")
    if len(sign) != 1:
        raise BadOption("sign is one character")
    return plain.mask(options.whole("keep_first", 0, 0, 100), options.whole("keep_last", 0, 0, 100), sign)


def _pseudonym(work: Work, target: Target) -> Step:
    kind = target.options.text("kind", "")
    if kind not in KINDS:
        raise BadOption(f"kind is one of: {', '.join(KINDS)}")
    locale = target.options.text("locale", work.done.rules.locale)
    return pseudonym(kind, work.key, work.domain(target.rule), locale)


def _permute(work: Work, target: Target) -> Step:
    domain = work.domain(target.rule)
    kept = FormKept(
        Permutation(work.key, domain.label), numeric=domain.numeric, range_=target.options.range("range")
    )
    return CellStep(
        every_class(
            kept.texts,
            integers=kept.integers,
            reals=whole_reals(kept.integers),
            blobs=as_text_in_bytes(kept.texts, kept.blobs),
        )
    )


def _token(work: Work, target: Target) -> Step:
    domain = work.domain(target.rule)
    prefix = target.options.text("prefix", "t")
    if not prefix[:1].isalpha():
        raise BadOption("prefix begins with a letter, so that no token is taken for a number")
    length = target.options.whole("length", 20, 4, 25)
    return plain.token(Prf(work.key, f"token:{domain.label}"), prefix, length, domain.canonical)


def _shift(work: Work, target: Target) -> Step:
    from steward_app.services.privacy.transform.shift import Moves, Offsets, Shift

    options = target.options
    told = whose(work.schema, target.table, options.hops("person"))
    label = "+".join(person_label(place, work.done.rules, work.done.bound) for place in told.person)
    sample = columns_read.of_rule(work.session, target.rule)
    first = options.yes("month_first", has_month_first(sample))
    read = partial(read_day, month_first=first, months=usual_months(sample))
    clock = options.word("clock", Clock, columns_read.clock(sample))
    days, canonical = options.whole("days", DAYS_MOVED, 1, 36_500), columns_read.canonical_key
    own = f"rows of {fold(target.table.name)}"
    moves = Moves(
        Offsets(work.key, label, days, canonical),
        [target.also_read(sql) for sql in told.reads],
        Offsets(work.key, own, days, canonical),
        () if told.always else target.row_places(),
    )
    return Shift(moves, read, clock=clock, otherwise=target.otherwise)


def _generalize(work: Work, target: Target) -> Step:
    try:
        hierarchy = from_options(target.rule.options, work.folder)
        level = level_of(hierarchy, target.rule.options)
    except ValueError as error:
        raise BadOption(str(error)) from None
    days = None
    if isinstance(hierarchy, Dates):
        days = days_read(work.session, target.rule)
        hierarchy = days.read_by(hierarchy)
    begins = target.numeric and isinstance(hierarchy, Dates | Ranges)  # of the others nothing is a number
    form = target.options.text("as", "value" if begins else "label")
    if form not in ("label", "value"):
        raise BadOption("as is label or value")
    written = days.form if days else None
    return generalized(hierarchy, level, labels=form == "label", form=written, otherwise=target.otherwise)


def _round(work: Work, target: Target) -> Step:
    step = target.options.number("to")
    if not 0 < step < 1e15:
        raise BadOption("to is the step to round to, above 0")
    return rounded(step, target.otherwise)


def _noise(work: Work, target: Target) -> Step:
    options = target.options
    distribution = options.word("distribution", Distribution, Distribution.LAPLACE) or Distribution.LAPLACE
    scale = options.number("scale")
    if not 0 < scale < 1e300:
        raise BadOption("scale is above 0")
    said = NoiseOptions(
        distribution,
        scale,
        options.yes("relative"),
        options.maybe_number("low"),
        options.maybe_number("high"),
    )
    return Noise(work.prf(Technique.NOISE, target), said, target.row_places(), target.otherwise)


def _shuffle(work: Work, target: Target) -> Step | None:
    group = tuple(map(target.named, target.options.names("group")))
    if target.inside:
        raise BadOption("a path inside JSON cannot be shuffled")
    if not dealt.row_keys(target.table):
        raise BadOption("the table has nothing that names its rows")
    if work.trial:
        return None
    prf = work.prf(Technique.SHUFFLE, target)
    found = dealt.deal(
        work.session, target.table, target.column.name, group, prf, len(work.made), work.context
    )
    work.made.append(found.name)
    return dealt.Deal(target.also_read(found.read))


def _microaggregate(work: Work, target: Target) -> Step:
    k = target.options.whole("k", 5, 2, 1_000_000)
    if target.inside:
        raise BadOption("a path inside JSON cannot be microaggregated")
    names = set(map(target.named, target.options.names("with")))
    together = tuple(sorted({*names, target.column.name}))
    for name in together:
        rule = work.done.rules.at(Place(target.table.name, name))
        if rule is None or rule.technique is not Technique.MICROAGGREGATE:
            raise BadOption(f"{name} must be microaggregated too")
    places = [target.column_at(name) for name in together]
    column = together.index(target.column.name)
    known = (target.table.name, together, k)
    if known not in work.groups:
        limit = columns_read.SAMPLE if work.trial else None
        try:
            rows, counts = columns_read.numbers(
                work.session, target.table.name, together, work.context, limit
            )
        except TooMany:
            most = MOST_NUMBERS // (len(together) + 1)
            raise BadOption(f"over {most:,} rows differ in it; round or generalize it instead") from None
        others = [alone(rows, counts, each, k) for each in range(len(together))]
        work.groups[known] = (Groups(rows, counts, k), others)
    groups, others = work.groups[known]
    return Microaggregate(groups, places, column, others[column], target.otherwise)


def _redact(work: Work, target: Target) -> Step:
    instead = target.options.text("replace", "sign")
    if instead not in ("sign", "pseudonym"):
        raise BadOption("replace is sign or pseudonym")
    types_beside(work.schema, target.rule)
    parts = rules_beside(work.schema, target.rule)
    wanted = (instead, target.options.yes("dates"))
    if wanted not in work.redaction:
        persons = known_persons(
            work.session if not work.trial else None, work.schema, work.done.rules, work.context
        )
        steps = {
            kind: step
            for kind, rule in persons.pseudonyms.items()
            if instead == "pseudonym" and isinstance(step := _pseudonym_of(work, rule), CellStep)
        }
        rules = packs(Path(work.schema.path))
        addressed = Addressed(lexicon(rules))
        work.redaction[wanted] = Redaction(persons.known, steps, addresses(rules), addressed, dates=wanted[1])
    texts = work.redaction[wanted].step()
    return _by_word(work, target, parts, texts) if parts else texts


def _by_word(work: Work, target: Target, parts: Sequence[Rule], otherwise: Step) -> Step:
    steps: dict[str, Step | None] = {}
    for part in parts:
        step = make(work, replace(target, rule=part))
        written = part.technique in _OF_MOMENTS and columns_read.clock(
            columns_read.of_rule(work.session, part)
        )
        if part.among is not None:
            steps[part.among.word] = NumbersWritten(step) if step is not None and written else step
    return ByWord(target.column_at(target.options.text("beside", "")), steps, otherwise)


def _pseudonym_of(work: Work, rule: Rule) -> CellStep:
    kind = str(rule.options.get("kind"))
    locale = str(rule.options.get("locale", work.done.rules.locale))
    return pseudonym(kind, work.key, work.domain(rule), locale)


def _json(work: Work, target: Target) -> Step:
    steps: dict[str, Step] = {}
    kept: list[str] = []
    for rule in work.done.rules.rules:
        place = rule.place
        if (place.table, place.column) != (target.table.name, target.column.name) or not place.path:
            continue
        try:
            path_steps(place.path)
        except ValueError as error:
            raise BadOption(f"{place.path}: {error}") from None
        inner = Target(target.table, target.column, rule, target.place, target.names, target.reads)
        step = make(work, inner)
        if step is not None:
            steps[place.path] = step
        elif rule.technique is Technique.KEEP:
            kept.append(place.path)
    return JsonStep(steps, target.otherwise, kept)


def _blob(work: Work, target: Target) -> Step:
    return plain.blob()


_MAKERS: Mapping[Technique, Callable[[Work, Target], Step | None]] = {
    Technique.KEEP: _keep,
    Technique.REMOVE: _remove,
    Technique.FIXED: _fixed,
    Technique.MASK: _mask,
    Technique.PSEUDONYM: _pseudonym,
    Technique.PERMUTE: _permute,
    Technique.TOKEN: _token,
    Technique.SHIFT: _shift,
    Technique.GENERALIZE: _generalize,
    Technique.ROUND: _round,
    Technique.NOISE: _noise,
    Technique.SHUFFLE: _shuffle,
    Technique.MICROAGGREGATE: _microaggregate,
    Technique.REDACT: _redact,
    Technique.JSON: _json,
    Technique.BLOB: _blob,
}
