"""What rows have against an ALTER TABLE that SQLite refuses without naming any of them: "constraint failed"."""

from __future__ import annotations

from typing import NamedTuple

from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import qualified
from steward_app.db.script import Statement
from steward_app.db.session import Session
from steward_app.db.tokens import Token, significant, tokenize, unquote
from steward_app.kernel.text import plural, quoted


class _Check(NamedTuple):
    """ALTER TABLE ... ADD CHECK; `name` is "" where it gets none."""

    table: str
    name: str
    expression: str


def refused_rows(session: Session, statement: Statement) -> str:
    """A sentence on the rows that an ALTER TABLE failed on; "" of any other statement."""
    tokens = [token for token in significant(tokenize(statement.sql)) if token.text != ";"]
    if statement.verb != "ALTER":
        return ""
    if [token.word for token in tokens[-3:]] == ["SET", "NOT", "NULL"] and len(tokens) > 4:
        return f"There are rows without a value in {quoted(unquote(tokens[-4].text))}."
    check = _added_check(statement.sql, tokens)
    if check is None:
        return ""
    rule = quoted(" ".join(check.expression.split()), 120)
    called = f" {quoted(check.name)}:" if check.name else ""
    try:
        with in_sqlites_words():
            count = session.count(
                f"SELECT count(*) FROM {qualified(check.table)} WHERE ({check.expression}\n) IS FALSE"
            )
    except SqliteSays:
        count = 0
    rows = f"{plural(count, 'row')} of" if count else "Rows of"
    return f"{rows} {quoted(check.table)} {'does' if count == 1 else 'do'} not meet the rule{called} {rule}."


def _added_check(sql: str, tokens: list[Token]) -> _Check | None:
    texts = [token.word or token.text for token in tokens]
    table = 4 if texts[3:4] == ["."] else 2
    at, name = table + 2, ""
    if texts[at : at + 1] == ["CONSTRAINT"]:
        name, at = unquote(tokens[at + 1].text), at + 2
    if texts[table + 1 : table + 2] != ["ADD"] or texts[at : at + 2] != ["CHECK", "("]:
        return None
    depth = 0
    for token in tokens[at + 1 :]:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            return _Check(unquote(tokens[table].text), name, sql[tokens[at + 1].end : token.offset])
    return None
