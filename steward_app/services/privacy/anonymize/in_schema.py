"""Values of changed columns that stand in the text of the schema: in a literal, a number or a comment.

The text goes along as it is. What leads to a person stops the plan. A date, an amount or a word that many others may
have leads to nobody by itself: it stays, and the plan says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import ReadSession
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.privacy.anonymize.objects import Objects
from steward_app.services.privacy.anonymize.searching import coincides
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, InSchema, Place, Technique, place_id
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.schema_texts import named_in, numbers_in, texts_of
from steward_app.services.privacy.transform.model import Transforms
from steward_app.services.schema.model import Schema

_TEXTS_STAY = frozenset({Technique.REDACT, Technique.BLOB})  # where there is nothing to take away
_FOR_ANOTHER = frozenset({Technique.PERMUTE, Technique.TOKEN, Technique.PSEUDONYM})


def told(session: ReadSession, schema: Schema, objects: Objects, transforms: Transforms) -> Iterator[Finding]:
    """What of the schema holds such values, by column."""
    texts = texts_of(_stored(objects))
    changed = [
        rule
        for rule in transforms.rules.rules
        if rule.technique not in {Technique.KEEP, *_TEXTS_STAY} and _is_there(schema, rule.place)
    ]
    shared = {rule.place for rule in changed if coincides(rule)}
    whole = {rule.place for rule in changed if not transforms.permitted(rule.place)}
    leading = {rule.place for rule in changed if _leads_to_a_person(rule)}
    numbered = {rule.place for rule in changed if rule.technique in _FOR_ANOTHER}
    standing = {
        *named_in(session, texts.literals, sorted(whole | leading | shared)),
        *named_in(session, texts.phrases, sorted(leading)),
        *numbers_in(session, texts, sorted(whole | numbered)),
    }
    yield from (_original(each) for each in sorted(standing) if each.place not in shared)
    yield from (_of_many(each) for each in sorted(standing) if each.place in shared)


def _original(each: InSchema) -> Finding:
    return Finding(
        "original_in_schema",
        Severity.ERROR,
        f"The text of the {each.type} {quoted(each.name)} holds a value of {quoted(place_id(each.place))}",
        _subject(each),
        detail="The text of the schema goes along as it is, and with it the original value.",
        remedies=("Change the schema, so that it names no value of a person, in its comments neither.",),
        blocks=True,
    )


def _of_many(each: InSchema) -> Finding:
    held = quoted(place_id(each.place))
    return Finding(
        "value_of_many_in_schema",
        Severity.NOTE,
        f"The text of the {each.type} {quoted(each.name)} holds a value of {held}, and keeps it",
        _subject(each),
        detail="It is a date, a number or a word that many others may have, and leads to nobody by itself.",
        remedies=("Change the schema where it tells of one person all the same.",),
        alike=("Texts of the schema hold and keep dates, numbers or words that stand in", "changed columns"),
    )


def _subject(each: InSchema) -> Subject:
    return Subject(each.type, each.place.table, each.name, (each.place.column,))


def _stored(objects: Objects) -> Iterator[tuple[str, str, str]]:
    """The texts of the schema that go along, by type and name."""
    yield from (("table", each.name, each.sql) for each in objects.tables)
    yield from (("table", each.table.name, each.table.sql) for each in objects.virtual)
    for row in (*objects.indexes, *objects.views, *objects.triggers):
        yield row.type, row.name, row.sql


def _is_there(schema: Schema, place: Place) -> bool:
    table = schema.table(place.table)
    return not place.path and table is not None and table.column(place.column) is not None


def _leads_to_a_person(rule: Rule) -> bool:
    kind = kinds().get(str(rule.options.get("kind", "")))
    return kind is not None and kind.identifies is Identifies.DIRECT
