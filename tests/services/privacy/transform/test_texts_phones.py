"""Telephone numbers that the database knows, with any signs between their digits, taken out of texts."""

from __future__ import annotations

import pytest

from builders.transforms import redaction
from steward_app.services.privacy.transform.known import Known

PHONES = ["21949414482", "+49 30 1234567", "0043 664 5550011", "34 600 123 456"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("zap: 21 9 4941.4482 chama lá", "zap: [phone] chama lá"),
        ("(21) 9 4941-4482, 21 - 94941 - 4482", "[phone], [phone]"),
        ("ligar +55 21.9.4941.4482!", "ligar [phone]!"),
        ("30.123.45.67 or 30/12.34.567", "[phone] or [phone]"),
        ("664\u00a0555\u20110011 at 9", "[phone] at 9"),
        ("bed 4, 600.12.34.56 and 34.600.12.34.56", "bed 4, [phone] and [phone]"),
        ("of 21.9.4941.4483 only", "of 21.9.4941.4483 only"),
        ("3.14 of 30.12.2024, 12.5 kg", "3.14 of 30.12.2024, 12.5 kg"),
    ],
)
def test_a_known_number_goes_however_it_is_written(text: str, left: str) -> None:
    known = Known()
    known.add(PHONES, "phone")
    assert redaction(known).text(text) == left
