"""The residue scan: original values that are left anywhere in a database or beside it.

Every original value is looked for in every byte of the file, its journal and its write-ahead log, whatever page it is
on; and where bytes do not tell, in full-text indexes and in whole cells. `docs/privacy-residue.md` says what is found,
what is chance, and what is not searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from steward_app.db import open_read
from steward_app.db.anatomy import PageKind
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.cells import search_cells
from steward_app.services.privacy.residue.forms import Form, forms, is_weak, text_of
from steward_app.services.privacy.residue.fulltext import FullTextSearch
from steward_app.services.privacy.residue.judge import Judge
from steward_app.services.privacy.residue.matcher import Matcher
from steward_app.services.privacy.residue.model import Looked, NotSearched, ResidueReport, Searched
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.sweep import Body, open_body
from steward_app.services.privacy.residue.tally import Tally
from steward_app.services.privacy.residue.values import Round, Values

GIVEN = Place("", "")
"""Stands for values that the caller has."""


def search(target: Path, source: Path, places: Sequence[Searched], context: Context) -> ResidueReport:
    """Look in `target` and its side files for every value that the places have in `source`.

    Neither file is changed. Memory: some 300 MB, and 20 bytes for each page of the target.

    Raises `Failure` for a file that cannot be read: encrypted, locked, gone; `Cancelled`.
    """
    with open_read(source, context) as originals, originals.snapshot():
        values = Values(places)
        return _search(target, values, values.rounds(originals, context), context)


def search_values(target: Path, values: Iterable[SqlValue], context: Context) -> ResidueReport:
    """Look for values that the caller has: those of a person who was erased. As `search`."""
    wanted = Values((Searched(GIVEN),))
    return _search(target, wanted, wanted.given(values), context)


def _search(target: Path, values: Values, rounds: Iterator[Round], context: Context) -> ResidueReport:
    tally = Tally(target.name)
    with open_read(target, context) as session, session.temporary(), open_body(session) as body:
        objects = Objects(session)
        indexes = [FullTextSearch(session, index, tally) for index in objects.full_text]
        weak = 0
        read = False
        for round_ in rounds:
            read = True
            weak += _look_for(
                round_, body, Judge(body, objects, values.places, tally, context), indexes, context
            )
            tally.end_round()
        if not read:
            body.find(
                Matcher([b"\0" * 65]), context
            )  # nothing to look for: what the pages are for is told all the same
        missed = [
            search_cells(session, values.places[place], short, tally, context)
            for place, short in values.short.items()
        ]
        return ResidueReport(
            target=target.name,
            values=values.different,
            originals=tuple(
                counts.told(each.place) for each, counts in zip(values.places, values.counts, strict=True)
            ),
            found=tally.residues(),
            allowed=tally.permitted(),
            chance=tally.chance,
            searched=_searched(body),
            not_searched=_not_searched(values, weak, [*missed, *(each.problem for each in indexes)], body),
        )


def _look_for(
    round_: Round, body: Body, judge: Judge, indexes: Sequence[FullTextSearch], context: Context
) -> int:
    """Look for the values of one round; how many of them are weak."""
    strings: list[bytes] = []
    of: list[tuple[int, Form]] = []
    more: dict[int, list[tuple[int, Form]]] = {}
    numbers: dict[bytes, int] = {}
    weak = 0
    for number, value in enumerate(round_.values):
        if number % 1_000 == 0:
            context.checkpoint()
        weak += is_weak(text_of(value))
        for string, form in forms(value).items():
            known = numbers.setdefault(string, len(strings))
            if known == len(strings):
                strings.append(string)
                of.append((number, form))
            else:
                more.setdefault(known, []).append((number, form))
    del numbers
    hits = body.find(Matcher(strings), context)
    for known, others in more.items():  # values that differ in case alone are the same string
        extra = [hit for hit in hits if hit.string == known]
        for other in others:
            hits += [hit._replace(string=len(of)) for hit in extra]
            of.append(other)
    seen = judge.judge(hits, round_, of)
    explained = seen.permitted | seen.by_chance
    for index in indexes:
        index.search(round_.values, explained, context)
    return weak


def _searched(body: Body) -> tuple[Looked, ...]:
    counts, size = body.anatomy.counts(), body.page_size
    pages = (
        ("pages of tables and indexes: cells, deleted cells, gaps", counts[PageKind.TREE]),
        ("overflow pages, and values across their edges", counts[PageKind.OVERFLOW]),
        ("free pages", counts[PageKind.FREE] + counts[PageKind.TRUNK]),
        ("pages that nothing leads to", counts[PageKind.UNREACHED]),
        ("pages of pointers", counts[PageKind.POINTERS]),
    )
    files = [Looked(f"{file.path.name}, whole", file.size) for file in body.files.values()]
    return (*files, *(Looked(what, many * size) for what, many in pages if many))


def _not_searched(
    values: Values, weak: int, found: Sequence[NotSearched | None], body: Body
) -> tuple[NotSearched, ...]:
    short = sum(each.as_cells for each in values.counts)
    common = sum(each.not_searched for each in values.counts)
    listed = [
        NotSearched(
            "values under 5 bytes and numbers under 10 digits, but for whole cells of their own column",
            "their bytes stand everywhere by chance", short,
        ),
        NotSearched("common words, and BLOBs that say too little", "they stand everywhere by chance", common),
        NotSearched(
            "dates and numbers of less than 8 digits in rows of other columns than their own",
            "other columns hold the same ones without anybody's doing", weak,
        ),
    ]  # fmt: skip
    always = (
        NotSearched("BLOBs that are compressed or encrypted", "what they hold cannot be read"),
        NotSearched(
            "values in another spelling, translated, or cut in pieces", "only whole values are looked for"
        ),
    )
    wal = (
        (
            NotSearched(
                "values across the edges of pages in the write-ahead log", "they are joined in the file alone"
            ),
        )
        if body.frames.pages
        else ()
    )
    return (*(each for each in listed if each.count), *(each for each in found if each), *wal, *always)
