"""Free text without the persons that the database knows, and without what has the form of an address or number."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from steward_app.db.any_text import legible
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy import written_mails
from steward_app.services.privacy.changes import Change, apart, changed
from steward_app.services.privacy.discover.addressed import Addressed
from steward_app.services.privacy.discover.addresses import Addresses
from steward_app.services.privacy.encoded_texts import encoded_inside
from steward_app.services.privacy.escaped_texts import DEEPEST, unescaped
from steward_app.services.privacy.php_values import php_values
from steward_app.services.privacy.transform.cells import CellStep, as_text_in_bytes, every_class
from steward_app.services.privacy.transform.known import Hit, Known
from steward_app.services.privacy.transform.plain import each
from steward_app.services.privacy.written_days import IN_NUMBERS, days_in, days_in_names

# Bounded before the “@”: a picture written as text is one word of many thousand letters.
_FORMS = re.compile(
    r"(?P<email>[\w.+%-]{1,256}@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<web_address>(?:https?://|www\.)[^\s<>\"']+)"
    r"|(?P<iban>\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b)"
    r"|(?P<ip>\b(?:\d{1,3}\.){3}\d{1,3}\b(?!\.\d)|\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}\b)"
    r"|(?P<phone_in_groups>(?<![\w.,/])(?:(?:\d\d[./]){4}\d\d|(?:\d{3}[./]){2}\d{3,4}(?:-\d\d)?"
    r"|\d{3}/\d{6,7}|\d{3}\.\d{7}|\d\d\.\d{4,5}\.\d{4}|(?:\(\d\d\) ?|\d\d )9 ?\d{4}\.\d{4})(?![.,/]?\d|\w))"
    rf"|(?P<date>\b(?:{IN_NUMBERS})\b(?!(?<=\D\d\d) ?[./-] ?\d))"  # more such pairs of digits are a telephone
    r"|(?P<phone>(?<![\w.])(?:\+|\(?0)[\d(][\d ()/.-]{5,18}\d\b)"
    r"|(?P<number>(?<![\w.,])\d(?:[ -]?\d){5,}(?![\w,.]\d|\w))"
)

SIGNS: Mapping[str, str] = {
    "person_name": "[name]",
    "given_name": "[name]",
    "family_name": "[name]",
    "account": "[account]",
    "email": "[e-mail]",
    "phone": "[phone]",
    "web_address": "[link]",
    "iban": "[account]",
    "ip": "[address]",
    "street": "[address]",
    "address": "[address]",
    "number": "[number]",
    "postcode": "[place]",
    "city": "[place]",
    "region": "[place]",
    "country": "[place]",
    "job": "[occupation]",
    "employer": "[employer]",
}
_OTHER = "[removed]"


class Redaction:
    """What becomes of texts.

    Args:
        known: everybody whom the database knows.
        steps: by type of value, what becomes of such a value elsewhere in the copy; ones without give a sign.
        addresses: what finds addresses by their form.
        addressed: what finds names behind forms of address, of people whom nobody knows, too.
        dates: days go too, replaced by "[date]".
    """

    def __init__(
        self,
        known: Known,
        steps: Mapping[str, CellStep],
        addresses: Addresses,
        addressed: Addressed,
        *,
        dates: bool,
    ) -> None:
        self._known, self._steps, self._dates = known, steps, dates
        self._addresses, self._addressed = addresses, addressed

    def step(self) -> CellStep:
        """The step of a column: other classes than text can hold a number of somebody, and become empty."""
        texts = each(self.text)
        return CellStep(
            every_class(
                texts,
                integers=each(lambda value: 0),
                reals=each(lambda value: 0.0),
                blobs=as_text_in_bytes(texts, each(lambda value: b"")),
            )
        )

    def text(self, text: str) -> str:
        """A text without them, what is encoded in it likewise."""
        changes = self._changes(text, 0)
        return changed(legible(text), changes) if changes else text

    def _changes(self, text: str, depth: int) -> list[Change]:
        """What changes in a text, by what it says.

        Args:
            depth: in how many others it stands.
        """
        if depth == DEEPEST:
            return self._in_plain(text)
        if values := php_values(text):
            starts = [each.start for each in values]
            beside = [
                each
                for each in self._in_plain(text)
                if (at := bisect_left(starts, each.end)) == 0 or values[at - 1].end <= each.start
            ]
            inner = partial(self._changes, depth=depth + 1)
            return apart([*(change for each in values for change in each.changes(inner)), *beside])
        whole = unescaped(text)
        if whole is None:
            return apart([*self._encoded(text, depth), *self._in_plain(text)])
        inside = whole.written(self._changes(whole.plain, depth + 1))
        cut = self._in_plain(text) if whole.is_doubtful else ()
        return apart([*inside, *(each for each in cut if whole.is_cut(each.start, each.end))])

    def _in_plain(self, text: str) -> list[Change]:
        """What changes in a text, by how it is written."""
        hits = self._hits(legible(text))
        return [Change(hit.start, hit.end, self._instead(hit, text)) for hit in hits]

    def _encoded(self, text: str, depth: int) -> Iterator[Change]:
        for each_inside in encoded_inside(text):
            if changes := self._changes(each_inside.plain, depth + 1):
                new = changed(legible(each_inside.plain), changes)
                yield Change(each_inside.start, each_inside.end, each_inside.write(new))

    def _hits(self, text: str) -> list[Hit]:
        forms = [
            Hit(found.start(), found.end(), (found.lastgroup or "").removesuffix("_in_groups"))
            for found in _FORMS.finditer(text)
            if self._dates or found.lastgroup != "date"
        ]
        addresses = (Hit(start, end, "address") for start, end in self._addresses.spans(text))
        named = (Hit(start, end, "family_name") for start, end in self._addressed.spans(text))
        mails = (
            Hit(start, end, "email", written_mails.plain(text[start:end]))
            for start, end in written_mails.spans(text)
        )
        found = (*days_in(text), *days_in_names(text)) if self._dates else ()
        days = (Hit(start, end, "date") for start, end, _ in found)
        by_form = [*mails, *days, *forms, *addresses, *named]
        hits = sorted([*self._known.hits(text), *by_form], key=lambda hit: (hit.start, -hit.end))
        return _merged(hits)

    def _instead(self, hit: Hit, text: str) -> str:
        if hit.kind == "date":
            return "[date]"
        step = self._steps.get(hit.kind)
        if step is None:
            return SIGNS.get(hit.kind, _OTHER)
        made: SqlValue = step.changed([hit.meant.capitalize() or text[hit.start : hit.end]])[0]
        return made if isinstance(made, str) else _OTHER


def _merged(hits: Sequence[Hit]) -> list[Hit]:
    """Hits in order, of which none overlaps the one before: where two do, they are one."""
    found: list[Hit] = []
    for hit in hits:
        if found and hit.start < found[-1].end:
            last = found[-1]
            found[-1] = Hit(last.start, max(last.end, hit.end), last.kind, last.meant)
        else:
            found.append(hit)
    return found
