"""Rules that the program proposes for a copy of a database of which no policy says any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import meeting, own_births, own_kinds
from steward_app.services.privacy.anonymize.objects import change_logs
from steward_app.services.privacy.anonymize.own_words import with_words_beside
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover.kept import last_scan
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.coarse_enough import coarse_enough
from steward_app.services.privacy.transform.fitting import fitting
from steward_app.services.privacy.transform.locale_told import told_locale
from steward_app.services.privacy.transform.propose import propose
from steward_app.services.schema.introspect import read_schema


def propose_rules(catalog: Catalog, path: Path, name: str, context: Context) -> ReleaseRules:
    """What is proposed from a scan, which is made now, and from what was decided.

    Where the last scan read every row, this one does, too: what it saw is not to be missed by a sample.

    Args:
        name: of the rules.
    """
    last = last_scan(path, catalog)
    with context.step() as step:
        found = scan(path, step, catalog=catalog, full=last is not None and last.full)
    with open_read(path, context) as session:
        schema = read_schema(session, context)
        decided = classification(path)
        rules = replace(
            propose(schema, found, decided, name),
            empty=change_logs(schema),
            locale=told_locale(session, found),
        )
        rules = fitting(session, schema, coarse_enough(session, schema, rules, context), context)
    settled = meeting.with_names_settled(path, schema, found, decided, rules, context)
    with open_read(path, context) as session, session.under(context), session.snapshot():
        known = packs(path, context)
        settled = with_words_beside(session, schema, settled, found, decided, known, context)
        settled = own_kinds.with_types_beside(session, schema, settled, known.headers)
        return own_births.with_days_taken(session, schema, settled)
