"""A migration's SQL, looked through before any of it runs.

A migration runs in one transaction that the runner opens, so whatever would leave that transaction, do nothing inside
it without a word, or reach outside the file is refused with its place. What SQLite alone can see (a pragma that a
comment hides, a function in an expression) its authorizer refuses again while the script runs.
https://www.sqlite.org/lang_transaction.html https://www.sqlite.org/c3ref/set_authorizer.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import apsw

from steward_app.db.migration_files import Migration
from steward_app.db.names import fold
from steward_app.db.query import ASKING, FUNCTIONS_REFUSED
from steward_app.db.script import Statement, split
from steward_app.db.session import Session
from steward_app.db.tokens import Category, Position, Token, position, significant, tokenize, unquote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted, visible

NO_TRANSACTION: Final = "steward: no-transaction"
"""The remark at the head of a file whose statements run one by one, each committed by itself."""

NOT_ALLOWED: Final = (
    "a migration may not leave its transaction, its file, or touch what this program keeps in it"
)
"""What is said of a statement that `confined` refused while it ran."""

NOTHING_APPLIED: Final = "Nothing of this file was applied; files before it were."
"""How the hint of a file begins that was rolled back; what to do next stands behind it."""

STATEMENTS_STAY: Final = (
    "The statements before it in this file were applied, since the file asks for no transaction."
)
"""The same of a file whose statements run one by one."""

_TRANSACTION = frozenset({"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"})
_BEGINNING = re.compile(r"BEGIN( DEFERRED| IMMEDIATE| EXCLUSIVE)?( TRANSACTION)?")
_ENDING = re.compile(r"(COMMIT|END)( TRANSACTION)?")
_SET_INSIDE = frozenset({"application_id", "defer_foreign_keys", "legacy_alter_table", "user_version"})
_SET_OUTSIDE = _SET_INSIDE | {"auto_vacuum", "incremental_vacuum", "page_size", "wal_checkpoint"}
_WITHOUT_EFFECT = frozenset(
    {"auto_vacuum", "encoding", "foreign_keys", "journal_mode", "page_size", "synchronous"}
)
_OUR_OWN: Final = "_steward_"
_OF_VACUUM: Final = "vacuum_"
"""How the name begins of the schema into which VACUUM writes the file anew; a script cannot attach one."""
_OF_SCRIPTS: Final = "_steward_expand_"
"""How the names begin of what our own scripts keep in a file, and later ones take away again."""
_CHANGES = frozenset(
    {
        apsw.SQLITE_INSERT,
        apsw.SQLITE_UPDATE,
        apsw.SQLITE_DELETE,
        apsw.SQLITE_DROP_TABLE,
        apsw.SQLITE_DROP_TRIGGER,
        apsw.SQLITE_DROP_INDEX,
        apsw.SQLITE_DROP_VIEW,
        apsw.SQLITE_ALTER_TABLE,
        apsw.SQLITE_CREATE_TABLE,
        apsw.SQLITE_CREATE_INDEX,
        apsw.SQLITE_CREATE_TRIGGER,
        apsw.SQLITE_CREATE_VIEW,
        apsw.SQLITE_CREATE_VTABLE,
        apsw.SQLITE_CREATE_TEMP_TABLE,
        apsw.SQLITE_CREATE_TEMP_INDEX,
        apsw.SQLITE_CREATE_TEMP_TRIGGER,
        apsw.SQLITE_CREATE_TEMP_VIEW,
        apsw.SQLITE_DROP_VTABLE,
    }
)
_NEEDS_NO_CALL = frozenset({"EXISTS", "INTO", "ON", "RECURSIVE", "REFERENCES", "TABLE", "VIEW", "WITH"})
"""Words behind which a name with a bracket is no function's."""
_FUNCTIONS = re.compile("|".join(sorted(FUNCTIONS_REFUSED)), re.IGNORECASE)
_TEXTS = re.compile(r"""'[^']*'|"[^"]*"|--[^\n]*|/\*.*?\*/""", re.DOTALL)
_LEADING_REMARKS = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)


class Refusal(NamedTuple):
    """Why a statement cannot stand in a migration.

    Attributes:
        message: what a steward is told.
        hint: what to do.
        offset: where the word is that it is about, in characters from the statement's first.
    """

    message: str
    hint: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Filled:
    """The text of a file with values in the place of its placeholders.

    Attributes:
        values: of each value, in order, where it stands in the text and where its placeholder stands in the file:
            (begin, end) both times.
    """

    text: str
    values: tuple[tuple[int, int, int, int], ...] = ()

    def in_file(self, offset: int) -> int:
        """Where something of the text stands in the file; a value stands where its placeholder begins."""
        moved = 0
        for begin, end, stood, ended in self.values:
            if offset < begin:
                break
            if offset < end:
                return stood
            moved = ended - end
        return offset + moved


@dataclass(frozen=True, slots=True)
class Script:
    """A migration's statements, none of which leaves the transaction it will run in.

    Attributes:
        text: the SQL that the statements were cut from: the file's, with values for its placeholders.
        in_transaction: False where the file says that its statements are to be committed one by one.
        taken_over: a BEGIN ... COMMIT around the whole of it was left out, since the runner does that itself.
        filled: the text with what was put into it, where it had placeholders.
    """

    migration: Migration
    text: str
    statements: tuple[Statement, ...]
    in_transaction: bool = True
    taken_over: bool = False
    filled: Filled | None = None

    def position(self, offset: int) -> Position:
        """Where something of the text stands in the file, for a person with an editor."""
        if self.filled is None:
            return position(self.text, offset)
        return position(self.migration.text, self.filled.in_file(offset))

    def place(self, statement: Statement, offset: int = 0) -> str:
        """Where a statement stands, or what is `offset` characters into it: "“V0001__x.sql”, line 4, column 1"."""
        at = self.position(statement.offset + offset)
        return f"{quoted(self.migration.path.name)}, line {at.line}, column {at.column}"


def read_script(migration: Migration, filled: Filled | None = None) -> Script:
    """The statements of a file of SQL, looked through.

    Args:
        filled: the file's text with values for its placeholders, where it has any.

    Raises `UsageError` (BAD_SQL) with the place of the first statement that cannot stand in a migration.
    """
    text = migration.text if filled is None else filled.text
    whole = Script(migration, text, (), filled=filled)
    statements = split(text, migration.path.name, whole.position)
    in_transaction = not _says_no_transaction(text)
    taken_over = in_transaction and len(statements) > 1 and _wrapped(statements)
    if taken_over:
        statements = statements[1:-1]
    script = replace(whole, statements=statements, in_transaction=in_transaction, taken_over=taken_over)
    for statement in statements:
        refused = refusal(statement, in_transaction)
        if refused:
            raise UsageError(
                ErrorCode.BAD_SQL,
                f"{script.place(statement, refused.offset)}: {refused.message}",
                hint=f"Nothing was applied. {refused.hint}",
            )
    return script


def remarks_ahead(text: str) -> tuple[str, ...]:
    """What the remarks before the first statement of a script say, in order."""
    head = _LEADING_REMARKS.match(text)
    remarks = tokenize(head.group()) if head else ()
    return tuple(token.text.strip("-/* \t\r\n") for token in remarks if token.category is Category.COMMENT)


@contextmanager
def confined(session: Session, *, in_transaction: bool = True, sparing_ours: bool = False) -> Iterator[None]:
    """In the block, SQLite refuses what a migration may not hold, should the look at the text have missed it.

    Args:
        in_transaction: False where statements commit one by one, and VACUUM may run.
        sparing_ours: tables in which this program keeps its records are refused, too, through triggers and views of
            others as well; the triggers of the audit go on. They go with their table where a script drops that.
    """
    connection = session._connection
    before = connection.authorizer
    dropped: set[str] = set()

    def judge(action: int, one: str | None, two: str | None, schema: str | None, through: str | None) -> int:
        if action == apsw.SQLITE_DROP_TABLE:
            dropped.add(fold(one or ""))
        goes_with_it = action == apsw.SQLITE_DROP_TRIGGER and fold(two or "") in dropped
        refused = _leaves(action, one, in_transaction) or (
            sparing_ours
            and action in _CHANGES
            and not _is_ours(through, None)
            and not goes_with_it
            and not (schema or "").startswith(_OF_VACUUM)
            and _is_ours(one, two)
        )
        if action == apsw.SQLITE_PRAGMA and two is not None:
            refused = bool(_pragma_refusal(one or "", sets=True, in_transaction=in_transaction))
        if action == apsw.SQLITE_FUNCTION:
            refused = (two or "").lower() in FUNCTIONS_REFUSED
        if refused:
            return apsw.SQLITE_DENY
        return before(action, one, two, schema, through) if before else apsw.SQLITE_OK

    connection.authorizer = judge
    try:
        yield
    finally:
        connection.authorizer = before


@contextmanager
def unconfined(session: Session) -> Iterator[None]:
    """In the block, inside one of `confined`, nothing is refused: what this program does between two statements."""
    connection = session._connection
    confining = connection.authorizer
    connection.authorizer = None
    try:
        yield
    finally:
        connection.authorizer = confining


def _wrapped(statements: Sequence[Statement]) -> bool:
    """Whether the first statement begins a transaction and the last commits it."""
    first, last = (" ".join(_words(statement)) for statement in (statements[0], statements[-1]))
    return bool(_BEGINNING.fullmatch(first) and _ENDING.fullmatch(last))


def _leaves(action: int, one: str | None, in_transaction: bool) -> bool:
    """Whether something ends or begins a transaction or opens another file. VACUUM does both, by itself."""
    if action in (apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT):
        return in_transaction
    return action in (apsw.SQLITE_ATTACH, apsw.SQLITE_DETACH) and (
        in_transaction or one not in ("", "vacuum_db")
    )


def _is_ours(one: str | None, two: str | None) -> bool:
    names = (fold(name or "") for name in (one, two))
    return any(name.startswith(_OUR_OWN) and not name.startswith(_OF_SCRIPTS) for name in names)


def refusal(statement: Statement, in_transaction: bool = True) -> Refusal | None:
    """Why a statement cannot stand in a migration; None where it can."""
    verb = statement.verb
    if verb in _TRANSACTION:
        return Refusal(
            f"{verb} cannot stand in a migration.",
            "Each file runs in one transaction of its own; leave the statement out.",
        )
    if verb in ("ATTACH", "DETACH"):
        return Refusal(f"{verb} opens another file, which a migration may not.", "Leave the statement out.")
    if verb == "EXPLAIN":
        return Refusal("EXPLAIN tells how a statement would run, and runs nothing.", "Leave the word out.")
    if verb == "VACUUM":
        return _vacuum_refusal(statement, in_transaction)
    if verb == "PRAGMA":
        return _setting_refusal(statement, in_transaction)
    if parameter := _parameter(statement):
        return Refusal(
            f"{quoted(parameter)} is a parameter, to which nobody gives a value.",
            "Write the value itself, or a placeholder such as ${name}.",
        )
    return reaches_ours(statement) or _function_refusal(statement)


def reaches_ours(statement: Statement) -> Refusal | None:
    """Why a statement cannot stand for what it would do to our records later, unseen by SQLite's authorizer.

    Of a new name of a table SQLite tells its authorizer only the old one, and of what a trigger does nothing before it
    fires, which may be after the migration. None where it can stand.
    """
    if statement.verb == "ALTER":
        tokens = [token for token in significant(tokenize(statement.sql)) if token.text != ";"]
        renames = len(tokens) >= 6 and [token.word for token in tokens[-3:-1]] == ["RENAME", "TO"]
        taken = tokens[-1] if renames and _is_ours(unquote(tokens[-1].text), None) else None
        return taken and _of_ours(taken, "is a name of", "Take another name.")
    if statement.verb == "CREATE" and _OUR_OWN in statement.sql.lower():
        words = significant(tokenize(statement.sql))
        if "TRIGGER" in [token.word for token in words[:3]]:
            taken = next((each for each in _written(words) if _is_ours(unquote(each.text), None)), None)
            return taken and _of_ours(taken, "is one of", "Leave out of the trigger what changes it.")
    return None


def _written(tokens: Sequence[Token]) -> Iterator[Token]:
    """The names of the tables that the statements of a trigger write to."""
    words = [token.word for token in tokens]
    for at, name in enumerate(tokens):
        match words[max(at - 3, 0) : at]:
            case [*_, "INTO"] | [*_, "DELETE", "FROM"] | [*_, "UPDATE"] | [*_, "UPDATE", "OR", _]:
                yield name


def _of_ours(name: Token, is_what: str, to_do: str) -> Refusal:
    return Refusal(f"{quoted(unquote(name.text))} {is_what} this program's own records.", to_do, name.offset)


def _function_refusal(statement: Statement) -> Refusal | None:
    """Why a function cannot be called. The text is judged: its tables may come with a file that has not run yet."""
    if not _FUNCTIONS.search(statement.sql):
        return None
    tokens = significant(tokenize(statement.sql))
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        called = after.text == "(" and before.text != "." and before.word not in _NEEDS_NO_CALL
        if (
            called
            and token.category is not Category.STRING
            and unquote(token.text).lower() in FUNCTIONS_REFUSED
        ):
            return Refusal(
                f"{unquote(token.text)}() reaches outside the file, which a migration may not.",
                "Leave the function out.",
                token.offset,
            )
    return None


def _parameter(statement: Statement) -> str:
    """The first parameter (?, :name, @name, $name) of a statement; "" without one."""
    if not re.search(r"[?:@$]", _TEXTS.sub("", statement.sql)):  # most have none, and are not taken apart
        return ""
    found = (t.text for t in significant(tokenize(statement.sql)) if t.category is Category.PARAMETER)
    return next(found, "")


def _vacuum_refusal(statement: Statement, in_transaction: bool) -> Refusal | None:
    if "INTO" in _words(statement):
        return Refusal(
            "VACUUM INTO writes another file, which a migration may not.", "Leave the statement out."
        )
    if in_transaction:
        return Refusal(
            "VACUUM does not work inside a transaction.",
            f"Leave it out, or write “-- {NO_TRANSACTION}” at the head of a file of its own.",
        )
    return None


def _setting_refusal(statement: Statement, in_transaction: bool) -> Refusal | None:
    tokens = significant(tokenize(statement.sql))[1:]
    name, rest = _pragma(tokens)
    return _pragma_refusal(name, sets=bool(rest), in_transaction=in_transaction)


def _pragma(tokens: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """The name of a pragma and what stands behind it, from the tokens after PRAGMA."""
    tokens = [token for token in tokens if token.text != ";"]
    if len(tokens) > 2 and tokens[1].text == ".":
        tokens = tokens[2:]
    return (unquote(tokens[0].text).lower() if tokens else "", tokens[1:])


def _pragma_refusal(name: str, *, sets: bool, in_transaction: bool) -> Refusal | None:
    name = name.lower()
    if not sets and name not in ("incremental_vacuum", "wal_checkpoint"):
        return None
    if name in ASKING or name in (_SET_INSIDE if in_transaction else _SET_OUTSIDE):
        return None
    if name == "foreign_keys":
        return Refusal(
            "PRAGMA foreign_keys does not work inside a transaction.",
            "Leave it out: foreign keys are not enforced while a migration runs, and are checked before it is kept.",
        )
    if in_transaction and name in _WITHOUT_EFFECT | _SET_OUTSIDE:
        return Refusal(
            f"PRAGMA {visible(name, 40)} does not work inside a transaction.", "Leave the statement out."
        )
    return Refusal(f"PRAGMA {visible(name, 40)} is not for a migration.", "Leave the statement out.")


def _says_no_transaction(text: str) -> bool:
    """Whether a remark before the first statement asks for no transaction."""
    return NO_TRANSACTION in remarks_ahead(text)


def _words(statement: Statement) -> tuple[str, ...]:
    return tuple(token.text.upper() for token in significant(tokenize(statement.sql)) if token.text != ";")
