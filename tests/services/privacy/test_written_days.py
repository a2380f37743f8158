"""Days inside texts, in the forms in which people write them."""

from __future__ import annotations

from datetime import date

import pytest

from builders.transforms import redaction
from steward_app.services.privacy.transform.known import Known
from steward_app.services.privacy.written_days import days_in, days_in_names


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Geb. 19. März 2004 lt. Ausweis", "2004-03-19"),
        ("née le 14 juin 2008", "2008-06-14"),
        ("Geb. 3. Sept. 1980", "1980-09-03"),
        ("nascido a 14 de junho de 1998.", "1998-06-14"),
        ("born June 14th, 2008", "2008-06-14"),
        ("le 1er mars 1990", "1990-03-01"),
        ("geb. 19. 3. 2004", "2004-03-19"),
        ("*19.3.04", "2004-03-19"),
        ("MEIER*KLAUS*19700312", "1970-03-12"),
        ("born 3/14/1990", "1990-03-14"),
        ("* 1.2.28", "1928-02-01"),
        ("nar. 07. 08. 2014., Praha", "2014-08-07"),
        ("nar. 7.\u00a08.\u00a02014", "2014-08-07"),
        ("roj. 7 / 8 / 2014", "2014-08-07"),
        ("szül. 2014. 08. 07.", "2014-08-07"),
        ("szül. 2014. augusztus 7-én", "2014-08-07"),
        ("szül. 2014. aug. 7.", "2014-08-07"),
        ("nar. 7. srpna 2014 v Brně", "2014-08-07"),
        ("ur. 7 sierpnia 2014 r.", "2014-08-07"),
        ("s. 7. elokuuta 2014", "2014-08-07"),
        ("γεν. 7 Αυγούστου 2014", "2014-08-07"),
        ("род. 7 августа 2014 г.", "2014-08-07"),
        ("doğum 7 Ağustos 2014", "2014-08-07"),
        ("rođ. 7. listopada 2014.", "2014-10-07"),
        ("ur. 7 listopada 2014", "2014-11-07"),
    ],
)
def test_days_are_found_and_taken(text: str, day: str) -> None:
    (found,) = days_in(text)
    assert date.fromisoformat(day).toordinal() in found.ordinals
    assert text[found.start : found.end] not in redaction(Known(), dates=True).text(text)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("/arsiv/2024/Quast_070843.pdf", "/arsiv/2024/Quast_[date].pdf"),
        ("430807_x.tif, X_08071943_2.tif", "[date]_x.tif, X_[date]_2.tif"),
        ("a_991399.pdf, a_0708431.pdf, a_070843b.pdf", "a_991399.pdf, a_0708431.pdf, a_070843b.pdf"),
    ],
)
def test_days_in_names_of_files_have_no_signs(name: str, left: str) -> None:
    assert redaction(Known(), dates=True).text(name) == left
    assert redaction(Known(), dates=False).text(name) == name
    days = [found.ordinals for found in days_in_names(name)]
    assert all(date(1943, 8, 7).toordinal() in each for each in days) and bool(days) == (left != name)


@pytest.mark.parametrize("day", ["07. 08. 2014", "07 / 08 / 2014", "07-08-2014", "2014. 08. 07."])
def test_where_days_stay_they_are_not_taken_for_telephone_numbers(day: str) -> None:
    text = f"am {day} kam sie"
    assert redaction(Known(), dates=False).text(text) == text


@pytest.mark.parametrize("number", ["01-02-03-04-05", "01 / 02 / 03 / 04", "01. 02. 03. 04. 05"])
def test_of_a_telephone_number_nothing_stays_for_a_day(number: str) -> None:
    assert redaction(Known(), dates=False).text(f"Tel. {number}.") == "Tel. [phone]."


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3.4",
        "10/12 pages, 3 von 2004",
        "2 boxes 2004",
        "no. 12345678",
        "roku 2014 pro 3 děti",
        "kam 2014 sie 3 Mal",
        "dne 7.8. 14:30 přišel",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert not list(days_in(text))
