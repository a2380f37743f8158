"""Two texts of a schema beside one another: nothing is lost, whatever they are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.gui.pages.migrations.schema_view import compared, one_below_the_other

texts = st.lists(st.sampled_from(["a", "b", "c,", "  d", ")", "-- e"]), max_size=12).map("\n".join)


@settings(max_examples=50, deadline=None)
@given(before=texts, after=texts)
def test_both_texts_can_be_read_from_either_view(before: str, after: str) -> None:
    pairs = compared(before, after)
    assert "\n".join(old.text for old, _ in pairs if old.mark) == before
    assert "\n".join(new.text for _, new in pairs if new.mark) == after
    column = one_below_the_other(pairs)
    assert "\n".join(line.text for line in column if line.mark in "- ") == before
    assert "\n".join(line.text for line in column if line.mark in "+ ") == after


def test_what_is_the_same_has_no_mark() -> None:
    pairs = compared("a\nb\nc", "a\nx\nc")
    assert [(old.mark, new.mark) for old, new in pairs] == [(" ", " "), ("-", "+"), (" ", " ")]
