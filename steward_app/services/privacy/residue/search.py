"""The residue scan: original values that are left anywhere in a database or beside it.

Every original value is looked for in every byte of the file, its journal and its write-ahead log, whatever page it is
on; and where bytes do not tell, in full-text indexes and in whole cells. `docs/privacy-residue.md` says what is found,
what is chance, and what is not searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from steward_app.db import open_read
from steward_app.db.anatomy import PageKind
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place, place_id
from steward_app.services.privacy.residue.births import births_in_texts
from steward_app.services.privacy.residue.blobs import FIRST_ROWS, PackedBlobs
from steward_app.services.privacy.residue.cells import ShortValues
from steward_app.services.privacy.residue.forms import Form, forms
from steward_app.services.privacy.residue.fulltext import FullTextSearch
from steward_app.services.privacy.residue.hashed import HashedValues
from steward_app.services.privacy.residue.in_json import KeyNumbers
from steward_app.services.privacy.residue.in_links import in_links
from steward_app.services.privacy.residue.in_words import by_host, strings_of
from steward_app.services.privacy.residue.judge import Judge
from steward_app.services.privacy.residue.matcher import Matcher
from steward_app.services.privacy.residue.model import Alike, Looked, NotSearched, ResidueReport, Searched
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.packed_left import PackedLeftovers
from steward_app.services.privacy.residue.permissions import Permissions
from steward_app.services.privacy.residue.pieces import MOST, pieces
from steward_app.services.privacy.residue.sweep import Body, open_body
from steward_app.services.privacy.residue.tally import Tally
from steward_app.services.privacy.residue.values import Round, Values
from steward_app.services.privacy.residue.wanted import WantedStrings

NOTHING = bytes(range(1, 65))
_LOOK_S = 0.02

GIVEN = Place("", "")
"""Stands for values that the caller has."""


def search(target: Path, source: Path, places: Sequence[Searched], context: Context) -> ResidueReport:
    """Look in `target` and its side files for every value that the places have in `source`.

    Neither file is changed. Memory: some 800 MB for very many values, and 30 bytes for each page of the target.

    Raises `Failure` for a file that cannot be read: encrypted, locked, gone; `Cancelled`.
    """
    with open_read(source, context) as originals, originals.snapshot():
        report = _search(target, places, lambda values: values.rounds(originals, context), context)
        births = [each for each in places if each.births]
        if not births:
            return report
        with open_read(target, context) as session, session.snapshot():
            told = tuple(births_in_texts(session, originals, births, context))
    return replace(report, not_searched=(*told, *report.not_searched))


def search_values(target: Path, values: Iterable[SqlValue], context: Context) -> ResidueReport:
    """Look for values that the caller has: those of a person who was erased. As `search`."""
    return _search(target, (Searched(GIVEN),), lambda wanted: wanted.given(values), context)


def _search(
    target: Path, places: Sequence[Searched], rounds: Callable[[Values], Iterator[Round]], context: Context
) -> ResidueReport:
    tally = Tally(target.name)
    with open_read(target, context) as session, session.temporary(), open_body(session) as body:
        objects = Objects(session)
        short = ShortValues(session)
        keys = KeyNumbers(session, places)
        values = Values(places, short, keys)
        permissions = Permissions(session, places)
        indexes = [FullTextSearch(session, index, tally) for index in objects.full_text]
        blobs, packed_left = PackedBlobs(session, objects, tally), PackedLeftovers(body, objects, tally)
        hashed = HashedValues(session, objects, places, tally)
        read = False
        for round_ in rounds(values):
            read = True
            _look_for(round_, permissions, body, objects, indexes, blobs, packed_left, hashed, tally, context)
            tally.end_round()
        if not read:
            body.find(Matcher([NOTHING]), context)  # what the pages are for is told all the same
        missed = [short.search(number, place, tally, context) for number, place in enumerate(places)]
        missed += keys.search(objects, permissions, tally, context)
        return ResidueReport(
            target=target.name,
            values=values.different,
            originals=tuple(
                counts.told(each.place)
                for each, counts in zip(places, values.counts, strict=True)
                if not (each.ends or each.family)
            ),
            found=tally.residues(),
            allowed=tally.permitted(),
            chance=tally.chance,
            searched=(*_searched(body), *blobs.searched(), *packed_left.searched()),
            not_searched=_not_searched(
                values,
                [
                    *missed,
                    *(each.problem for each in indexes),
                    *blobs.not_searched(),
                    *hashed.not_searched(),
                    *packed_left.not_searched(),
                    *map(_alike, tally.alike()),
                ],
                body,
            ),
            alike=tally.alike(),
        )


def _look_for(
    round_: Round,
    permissions: Permissions,
    body: Body,
    objects: Objects,
    indexes: Sequence[FullTextSearch],
    blobs: PackedBlobs,
    packed_left: PackedLeftovers,
    hashed: HashedValues,
    tally: Tally,
    context: Context,
) -> None:
    """Look for the values of one round."""
    strings, wanted = _strings(round_, permissions, context, wide=body.is_wide)
    matcher = _matcher(strings, context)
    hits = body.find(matcher, context)
    judge = Judge(body, objects, permissions, round_, wanted, tally, context)
    judge.judge(hits, context)
    for index in indexes:
        index.search(round_.values, judge, context)
    blobs.search(matcher, wanted, judge, context)
    packed_left.search(matcher, wanted, judge, blobs.permitted, context)
    hashed.search(round_, judge, context)


def _matcher(strings: list[bytes], context: Context) -> Matcher:
    """A matcher, made on a thread of its own: of a million strings it takes seconds, and a cancel need not wait."""
    pool = ThreadPoolExecutor(1)
    try:
        made = pool.submit(Matcher, strings)
        while not made.done():
            context.checkpoint()
            wait([made], _LOOK_S)
        return made.result()
    finally:
        pool.shutdown(wait=False)


def _strings(
    round_: Round, permissions: Permissions, context: Context, *, wide: bool
) -> tuple[list[bytes], WantedStrings]:
    """What is looked for in the bytes, and what each string stands for.

    Values that differ in case alone have the same string. It is looked for once; what it stands for besides comes
    behind all others, by number.
    """
    numbers: dict[bytes, int] = {}
    wanted = WantedStrings()
    besides: list[tuple[int, int, Form]] = []
    for number, value in enumerate(round_.values):
        if number % 1_000 == 0:
            context.checkpoint()
        places = round_.of[number]
        plain = {} if permissions.are_whole_names(places) else forms(value)
        links = in_links(value, wide=wide) if permissions.are_names(places) else {}
        for string, form in (plain | links).items():
            first = numbers.setdefault(string, len(wanted))
            if first == len(wanted):
                wanted.add(number, form, len(string))
            else:
                besides.append((first, number, form))
    for number, string in pieces(round_.values):
        if string not in numbers:
            numbers[string] = len(wanted)
            wanted.add(number, Form.PIECE, len(string))
    hosts = by_host(round_.values)
    behind = {host: list(dict.fromkeys(strings_of(host))) for host in hosts}
    for host, found in behind.items():
        for string in found:
            if string not in numbers:
                numbers[string] = len(wanted)
                wanted.add_host(hosts[host][0], len(string))
    for each in besides:
        wanted.add_besides(*each)
    for host, of in hosts.items():
        wanted.add_names([numbers[string] for string in behind[host]], of, round_.values)
    strings = list(numbers)
    wanted.part(strings, round_.values)
    return strings, wanted


def _alike(each: Alike) -> NotSearched:
    return NotSearched(
        f"numbers in {place_id(each.place)} that are also numbers of {place_id(each.key)}",
        "they are too few, or count as it does: nothing tells them from chance",
        each.values,
    )


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


def _not_searched(values: Values, found: Sequence[NotSearched | None], body: Body) -> tuple[NotSearched, ...]:
    short = sum(each.as_cells for each in values.counts)
    common = sum(each.not_searched for each in values.counts)
    listed = [
        NotSearched(
            "values under 5 bytes and numbers under 10 digits, but for whole cells of their own column, and numbers of"
            " keys at paths of JSON that hold mostly these",
            "their bytes stand everywhere by chance", short,
        ),
        NotSearched("common words, and BLOBs that say too little", "they stand everywhere by chance", common),
        NotSearched(
            "dates and numbers of less than 8 digits in rows of other columns than their own",
            "other columns hold the same ones without anybody's doing", values.weak,
        ),
    ]  # fmt: skip
    pieces_of = max(0, values.different - short)
    if pieces_of > MOST:
        listed.append(
            NotSearched(
                "beginnings and ends of values in older states", f"that is done for {MOST:,} values at a time",
                pieces_of,
            )
        )  # fmt: skip
    listed.append(
        NotSearched(
            "more of the strings that were found",
            "where one mebibyte has 200,000 of them, or the file 4,000,000, the others were not looked at",
            body.uncounted,
        )
    )
    always = (
        NotSearched(
            f"compressed BLOBs in columns for text or numbers whose first {FIRST_ROWS:,} rows hold no BLOB, and of"
            " earlier states those in other formats than zlib, gzip, zip, bzip2, xz, zstd and PDF, or that begin"
            " behind the end of a long row",
            "they are not opened",
        ),
        NotSearched(
            "what is encrypted, and what pictures and sound show",
            "what they hold cannot be read",
        ),
        NotSearched(
            "values hashed with a key or a salt, together with others, or outside of rows, in another spelling,"
            " translated, in other encodings than Unicode (Latin-1), in base64 and the like"
            f" where no text of the first {FIRST_ROWS:,} rows of its column is so or in what older states keep, split"
            " over columns, or of which less than three quarters are left",
            "only values as they stood in the original are looked for",
        ),
    )
    return (*(each for each in listed if each.count), *(each for each in found if each), *always)
