"""The schema that a file has and the one that it is to have: the edits that lead from one to the other.

Renames first, as told; then what is in the way goes (triggers, views, indexes and tables that are not wanted or say
something else); then each table, by ALTER TABLE where that leads there; then what is missing is made. The way is walked
on an empty copy, and its end is compared with what is wanted before anybody is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.db.tokens import same_meaning
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired import virtual
from steward_app.services.migrate.desired.asking import check_places, questions
from steward_app.services.migrate.desired.counting import Held
from steward_app.services.migrate.desired.course import (
    Course,
    Objects,
    course_of,
    is_ours,
    is_spared,
    objects,
)
from steward_app.services.migrate.desired.form import same_object, same_table, with_names
from steward_app.services.migrate.desired.losses import losses
from steward_app.services.migrate.desired.model import Answers, Desired, Place, Rename
from steward_app.services.migrate.desired.renaming import Names, naming_new, rename, renamed_by
from steward_app.services.migrate.desired.tables import change_table
from steward_app.services.migrate.edit.mentions import require_no_texts
from steward_app.services.migrate.edit.merge import unmerge
from steward_app.services.migrate.edit.model import (
    CreateObject,
    DropColumn,
    DropObject,
    Edit,
    MergeTable,
    RewriteTable,
    SetNotNull,
    Settle,
    SetType,
    SplitTable,
)
from steward_app.services.migrate.edit.split import unsplit
from steward_app.services.migrate.edit.together import stages
from steward_app.services.migrate.edit.working import require_working
from steward_app.services.migrate.edit.write import writing
from steward_app.services.schema.diff import Change, compare
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Index, Schema, Table, Trigger


def diff(
    session: Session,
    desired: Session,
    answers: Answers | None = None,
    *,
    exact: bool = False,
    asks: bool = True,
    held: Held | None = None,
    context: Context | None = None,
) -> Desired:
    """What leads from the schema of one file to that of another.

    Args:
        session: the file that is to change; only read.
        held: what rows are counted of, where it is an empty copy that the steps before have run on.
        desired: a database with the schema that is wanted, see `read.desired_schema`.
        answers: what the steward decided of renames and of rows without a value; where something is open, the result
            holds questions and no edits.
        exact: bring over the texts to the letter, with their remarks, also where they say the same.
        asks: False for what differs alone, as if whatever is not called the same had nothing to do with each other.

    Raises:
        UsageError: an answer names what is not there, or SQLite does not accept a step.
        Refused: no way was found that ends at the desired schema, or a view, trigger or foreign key would not work any
            more there.
    """
    answers, context = answers or Answers(), context or Context()
    before, after = read_schema(session, context), read_schema(desired, context)
    wanted = objects(after)
    return _Diff(session, before, wanted, answers, context, held=held, exact=exact, asks=asks).find()


def way_back(
    session: Session, edits: Sequence[Edit], context: Context | None = None
) -> tuple[str, ...] | None:
    """The statements that take edits back once they were made, or None where they lose something of the rows.

    What was written into a column or table that the edits made goes with it.

    Args:
        session: the file before the edits.
    """
    parts: list[tuple[str, ...]] = []
    with course_of(session) as course:
        for stage in stages(edits):
            part = _stage_back(course.empty, stage, context or Context())
            if part is None:
                return None
            parts.append(part)
            course.go(stage)
    return tuple(statement for part in reversed(parts) for statement in part)


def _stage_back(session: Session, edits: Sequence[Edit], context: Context) -> tuple[str, ...] | None:
    """The way back from a split or merge alone, or from edits without one."""
    if isinstance(edits[0], SplitTable | MergeTable):
        return _undivided(session, edits[0])
    if any(map(_loses, edits)):
        return None
    parts = list(_settled(edits))
    with course_of(session) as course:
        before = course.schema()
        for part in parts:
            if len(parts) > 1 and _stage_back(course.empty, part, context) is None:
                return None  # what comes back later has lost its values on the way
            course.go(part)
        answers = Answers(renames=renamed_by(before, edits))
        reached = objects(course.schema())
        return _Diff(session, before, reached, answers, context, asks=False).find().undo


def _settled(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """What is carried out at once, in order."""
    part: list[Edit] = []
    for edit in edits:
        if not isinstance(edit, Settle):
            part.append(edit)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _undivided(session: Session, edit: SplitTable | MergeTable) -> tuple[str, ...] | None:
    """The way back from a split or merge: the values are in the other table then."""
    with course_of(session) as course:
        before = course.schema()
        course.go([edit])
        back = (
            unsplit(before, edit) if isinstance(edit, SplitTable) else unmerge(before, course.schema(), edit)
        )
        if back is None:
            return None
        with writing(course.empty, spared=is_spared) as writer:
            writer.take(back)
            return writer.written.statements


def _loses(edit: Edit) -> bool:
    match edit:
        case DropColumn() | SplitTable() | MergeTable() | DropObject("table"):
            return True
        case SetType():
            return bool(edit.using)
        case SetNotNull():
            return bool(edit.fill)
        case RewriteTable():
            return bool(edit.values)
    return False


@dataclass(slots=True)
class _Diff:
    """One comparison.

    `asks` is False where whatever goes may go, and `returns` where nobody wants the way back: on it, what costs nothing
    is brought back to the letter, and triggers to the order `fired`. `cased` are the names of tables and columns, by
    their folded form: texts that name them in another case say the same.
    """

    session: Session
    before: Schema
    wanted: Objects
    answers: Answers
    context: Context
    held: Held | None = None
    exact: bool = False
    asks: bool = True
    returns: bool = True
    fired: tuple[str, ...] = ()
    cased: Mapping[str, str] = field(default_factory=dict)

    def find(self) -> Desired:
        check_places(objects(self.before), self.wanted, self.answers)
        with course_of(self.session) as course:
            course.writer.fired = self.fired or course.writer.fired
            left, begun = self._left_out(course), course.schema()
            self.wanted = self.wanted.without(left)
            self.cased = _names(self.wanted)
            names, renames = rename(course, self.wanted, self.answers)
            renamed = course.schema()
            now = objects(renamed)
            anew = virtual.anew(renamed, self._changed(now))
            counted = self.held or Held(self.session)
            asked = questions(counted, now, self.wanted, names, self.answers, anew) if self.asks else ()
            if asked:
                return Desired(renames=renames, questions=asked)
            lost = tuple(losses(counted, now, self.wanted, names, self.answers, anew))
            course.go(self._drops(now))
            self._tables(course, names)
            course.go(list(virtual.edits(anew)))
            course.go(list(self._creates(objects(course.schema()))))
            lost += tuple(virtual.fill(course, now, self.wanted, anew))
            reached = course.schema()
            otherwise = self._compared(objects(reached))
            if self.asks:
                there = {name for _, name in objects(begun).texts()}
                require_working(  # what comes may wait
                    begun, reached, lambda name: fold(name) not in there, new_keys=False
                )
                require_no_texts(course.writer.texts_for_names(reached))
            return Desired(
                edits=tuple(course.edits),
                statements=course.writer.written.statements,
                rebuilt=course.writer.written.rebuilt,
                renames=renames,
                changes=_changes(renamed, reached),
                losses=lost,
                written_otherwise=otherwise,
                undo=self._back(course, reached, renames, left) if self.returns and not lost else None,
            )

    def _left_out(self, course: Course) -> set[tuple[str, str]]:
        """What SQLite here cannot make (a module is missing) stays as it is, if that is what is wanted."""
        here, wanted = objects(self.before).texts(), self.wanted.texts()
        left = here.keys() - objects(course.schema()).texts().keys()
        for kind, folded in sorted(left):
            if wanted.get((kind, folded)) != here[kind, folded]:
                raise Refused(
                    ErrorCode.BLOCKED,
                    f"SQLite cannot make the {kind} {quoted(folded)} here, so no change of it can be tried.",
                    hint="Nothing was written. It may need a module or function of the program that made it.",
                )
        return left

    def _drops(self, now: Objects) -> list[Edit]:
        """What is not wanted, or says something else; what hangs on a table or view goes with it."""
        wanted = self.wanted
        views = set(self._unlike(now.views, wanted.views))
        tables = now.tables.keys() - wanted.tables.keys()
        with_their = views | tables
        triggers = [now.triggers[folded] for folded in self._unlike(now.triggers, wanted.triggers)]
        indexes = [now.indexes[folded] for folded in self._unlike(now.indexes, wanted.indexes)]
        gone = now.virtual.keys() - wanted.virtual.keys()
        return [
            *(DropObject("trigger", each.name) for each in triggers if fold(each.table) not in with_their),
            *(DropObject("index", each.name) for each in indexes if fold(each.table) not in with_their),
            *(DropObject("view", view.name) for folded, view in now.views.items() if folded in views),
            *(DropObject("table", each.name) for folded, each in now.virtual.items() if folded in gone),
            *(DropObject("table", table.name) for folded, table in now.tables.items() if folded in tables),
        ]

    def _changed(self, now: Objects) -> list[tuple[Table, Table]]:
        """Virtual tables that are to say something else, and what."""
        there, wanted = now.virtual, self.wanted.virtual
        return [(there[each], wanted[each]) for each in self._unlike(there, wanted) if each in wanted]

    def _unlike(
        self, now: Mapping[str, Table | Index | Trigger], wanted: Mapping[str, Table | Index | Trigger]
    ) -> list[str]:
        """Folded names of what is not wanted as it is."""
        return [
            folded
            for folded, each in now.items()
            if folded not in wanted or not self._same_object(each, wanted[folded])
        ]

    def _same_object(self, one: Table | Index | Trigger, other: Table | Index | Trigger) -> bool:
        """What does not compile is not what it would be with quotes around a name, which SQLite takes for a text."""
        if self.exact or not (self.returns or isinstance(one, Index)):
            return one.sql == other.sql
        broken = any(not isinstance(each, Index) and each.problem for each in (one, other))
        return same_meaning(one.sql, other.sql) if broken else self._same(same_object, one.sql, other.sql)

    def _same_table(self, one: str, other: str) -> bool:
        return one == other if self.exact else self._same(same_table, one, other)

    def _same(self, same: Callable[[str, str], bool], one: str, other: str) -> bool:
        return same(one, other) or same(with_names(one, self.cased), with_names(other, self.cased))

    def _tables(self, course: Course, names: Names) -> None:
        now = objects(course.schema())
        for number, (folded, new) in enumerate(self.wanted.tables.items()):
            self.context.report(number, len(self.wanted.tables), unit="tables")
            self.context.checkpoint()
            old = now.tables.get(folded)
            if old is None:
                continue
            fills, values = (
                {
                    fold(column.name): said
                    for column in new.columns
                    for place, said in given
                    if names.meant(place, Place(new.name, column.name))
                }
                for given in (self.answers.fills, self.answers.values)
            )
            if values or not self._same_table(old.sql, new.sql):
                with naming_new(new, names):
                    change_table(course, old, new, fills, values, self._same_table)

    def _creates(self, now: Objects) -> Iterator[Edit]:
        """What is missing, tables first and triggers last."""
        there = now.by_kind()
        for kind, wanted in self.wanted.by_kind().items():
            for folded, each in wanted.items():
                if folded not in there[kind]:
                    yield CreateObject(each.sql)

    def _compared(self, reached: Objects) -> tuple[str, ...]:
        """Names of what is written otherwise and says the same. Raises `Refused` where it does not say the same."""
        otherwise = []
        there, wanted = reached.by_kind(), self.wanted.by_kind()
        for kind, each in wanted.items():
            wrong = sorted(there[kind].keys() ^ each.keys())
            for folded in each.keys() & there[kind].keys():
                one, other = there[kind][folded], each[folded]
                same = (
                    self._same_table(one.sql, other.sql) if kind == "table" else self._same_object(one, other)
                )
                if not same:
                    wrong.append(folded)
                elif one.sql != other.sql:
                    otherwise.append(other.name)
            if wrong:
                raise Refused(
                    ErrorCode.BLOCKED,
                    f"No way was found that ends at the desired {kind} {quoted(wrong[0])}.",
                    hint="Nothing was written. Write this change as a migration by hand.",
                )
        return tuple(sorted(otherwise))

    def _back(
        self, course: Course, reached: Schema, renames: tuple[Rename, ...], left: set[tuple[str, str]]
    ) -> tuple[str, ...]:
        """Statements that lead back; what came goes, with what was written into it meanwhile."""
        answers = Answers(renames=tuple(Rename(each.table, each.after, each.before) for each in renames))
        before = objects(self.before).without(left)
        back = _Diff(
            course.empty,
            reached,
            before,
            answers,
            self.context,
            exact=self.exact,
            asks=False,
            returns=False,
            fired=course.writer.fired,
        )
        return back.find().statements


def _names(wanted: Objects) -> dict[str, str]:
    """How tables and columns are called, by their folded names."""
    tables = wanted.tables.values()
    return {fold(each): each for t in tables for each in (t.name, *(column.name for column in t.columns))}


def _changes(before: Schema, after: Schema) -> tuple[Change, ...]:
    """What differs, but for settings of the file and what this program made."""
    return tuple(
        change
        for change in compare(before, after).changes
        if change.subject.table and not is_ours(change.subject.table) and not is_ours(change.subject.name)
    )
