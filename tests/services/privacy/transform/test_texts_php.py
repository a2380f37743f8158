"""Free texts that are values as PHP writes them, or hold some."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import redaction, released, rule, rules
from steward_app.services.privacy.changes import Change, changed
from steward_app.services.privacy.php_values import php_values
from steward_app.services.privacy.transform.known import Known

USER = 'O:8:"stdClass":2:{s:4:"name";s:8:"Ada Berg";s:7:"\0*\0mail";s:7:"a@x.org";}'
SAID = 'O:8:"stdClass":2:{s:4:"name";s:6:"[name]";s:7:"\0*\0mail";s:8:"[e-mail]";}'


def redacted(text: str) -> str:
    known = Known()
    known.add(["Ada Berg", "Heide Rübsamen"], "person_name")
    known.add(["4711", "1"], "person_number")
    return redaction(known).text(text)


def written(value: object) -> str:
    """A value as PHP writes it."""
    if value is None or isinstance(value, bool):
        return "N;" if value is None else f"b:{value:d};"
    if isinstance(value, int | float):
        return f"i:{value};" if isinstance(value, int) else f"d:{value!r};"
    if isinstance(value, str):
        return f's:{len(value.encode())}:"{value}";'
    assert isinstance(value, dict)
    return f"a:{len(value)}:{{{''.join(written(each) for pair in value.items() for each in pair)}}}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('s:8:"Ada Berg";', 's:6:"[name]";'),
        ('a:1:{i:0;s:8:"Ada Berg";}', 'a:1:{i:0;s:6:"[name]";}'),
        ('a:1:{s:3:"der";s:18:"Frau Rübsamen kömm";}', 'a:1:{s:3:"der";s:18:"Frau [name] kömm";}'),
        (
            'a:4:{s:1:"a";b:1;s:1:"b";d:0.5;s:1:"c";N;s:4:"user";a:1:{i:7;s:8:"Ada Berg";}}',
            'a:4:{s:1:"a";b:1;s:1:"b";d:0.5;s:1:"c";N;s:4:"user";a:1:{i:7;s:6:"[name]";}}',
        ),
        (USER, SAID),
        (f'a:2:{{i:0;{USER}i:1;r:2;}}', f'a:2:{{i:0;{SAID}i:1;r:2;}}'),
        (f'user|{USER}n|i:4711;Ada Berg|a:0:{{}}', f'user|{SAID}n|i:0;[name]|a:0:{{}}'),
        (written({"c": written({"n": "Ada Berg"})}), written({"c": written({"n": "[name]"})})),
        ('a:2:{s:2:"id";i:4711;s:4:"till";i:1700000123;}', 'a:2:{s:2:"id";i:0;s:4:"till";i:0;}'),
        (written({"Ada Berg": 1, "Heide Rübsamen": 2}), written({"[name]": 1, "[name] 2": 2})),
        ('a:2:{s:3:"qty";i:1;i:1;d:1;}', 'a:2:{s:3:"qty";i:1;i:1;d:1;}'),
        ("a:1:{i:4711;i:3;}", 'a:1:{s:9:"[removed]";i:3;}'),
        (written({"h": "<b>R&uuml;bsamen</b>"}), written({"h": "<b>[name]</b>"})),
        (json.dumps({"ü": USER}), json.dumps({"ü": SAID})),
        ('s:9:"Ada Berg";', 's:9:"[name]";'),
        ('a:2:{i:0;s:8:"Ada Berg";}', 'a:2:{i:0;s:6:"[name]";}'),
        ('E:11:"Suit:Hearts";', 'E:11:"Suit:Hearts";'),
    ],
)  # fmt: skip
def test_texts_change_with_the_number_of_their_bytes(text: str, left: str) -> None:
    assert redacted(text) == left
    assert redacted(base64.b64encode(text.encode()).decode()) == base64.b64encode(left.encode()).decode()


def test_a_long_list_keeps_its_places() -> None:
    text = written(dict.fromkeys(range(5_000), "Ada Berg"))
    assert redacted(text) == written(dict.fromkeys(range(5_000), "[name]"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.dictionaries(st.integers() | st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.integers() | st.text(), VALUES, max_size=4))
def test_every_value_is_read_and_written_again(value: dict[object, object]) -> None:
    text = f"é {written(value)} é"
    (found,) = php_values(text)
    assert (found.start, found.end) == (2, len(text) - 2)
    made = changed(text, found.changes(lambda part: [Change(0, len(part), f"ß{part}")] if part else []))
    (again,) = php_values(made)
    assert (again.start, again.end) == (2, len(made) - 2)


@given(st.text(alphabet='asOiN:0123456789;{}"|é', max_size=200))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "a:1:{i:0;" * 20_000,
        "a:999999999:{" + "i:0;" * 50_000,
        's:9:"' * 50_000,
        "a:2:{i:0;" * 30 + "i:0;i:0;" * 20_000,
        "".join(f's:{9 * n}:"' for n in range(3_000)),
        "&amp;" + "amp;" * 20_000,
        "%25" + "25" * 20_000,
        "\\" * 50_000,
    ],
)
def test_a_text_made_to_take_long_does_not(text: str) -> None:
    redacted(text)


def test_cells_and_blobs_are_read_by_php_again(tmp_path: Path) -> None:
    rows = [("Ada Berg", written({"n": "Ada Berg"}), written({"n": "Ada Berg", "c": 1}).encode())]
    path = a_database(tmp_path).with_table("meta", "who TEXT, value TEXT, session BLOB", rows=rows).build()
    made = rules(
        rule("meta", "who", "pseudonym", kind="person_name"),
        rule("meta", "value", "redact"),
        rule("meta", "session", "redact"),
    )
    ((_, value, session),) = released(path, made)[0]["meta"]
    assert (value, session) == (written({"n": "[name]"}), written({"n": "[name]", "c": 1}).encode())
