"""The options of a technique, asked for in plain words: a choice where there are few, else what is typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import vbox
from steward_app.gui.pages.anonymize.words import tr
from steward_app.gui.widgets.controls import Combo, LabelledField
from steward_app.gui.widgets.text import Label
from steward_app.kernel.plan import Json
from steward_app.services.privacy.dates import Clock
from steward_app.services.privacy.transform.amounts import Distribution

_WORDS: Mapping[str, str] = {
    "beside": "Column that tells what each text is",
    "clock": "What the number of a moment means",
    "dates": "Take days away, too",
    "days": "Shifted by at most so many days",
    "distribution": "How the random amounts are spread",
    "domain": "Columns with this word are replaced alike",
    "group": "Only among rows that are alike in",
    "high": "Not above",
    "k": "Rows in one average, at least",
    "keep_first": "Characters that stay at the beginning",
    "keep_last": "Characters that stay at the end",
    "length": "Number of characters",
    "locale": "Language of what is made up",
    "low": "Not below",
    "month_first": "The month stands before the day",
    "names": "Names in it are words there, and stay",
    "nulls": "Fill empty cells, too",
    "person": "Column that leads to the person",
    "prefix": "What it begins with",
    "range": "Smallest and largest number",
    "relative": "The amount is a part of the value",
    "replace": "What stands in the place of a person",
    "rules": "What is done beside which word there",
    "scale": "How large the amount is",
    "sign": "Sign in the place of a character",
    "to": "Step",
    "types": "What the words in that column mean",
    "value": "Value of every row",
    "with": "Columns by which rows are alike",
}
_YES_NO: Mapping[Json, str] = {True: "Yes", False: "No"}
_CHOICES: Mapping[str, Mapping[Json, str]] = {
    **dict.fromkeys(("dates", "month_first", "names", "nulls", "relative"), _YES_NO),
    "replace": {"sign": "A sign", "pseudonym": "A made up name"},
    "distribution": {
        Distribution.LAPLACE.value: "Mostly small, some large (Laplace)",
        Distribution.NORMAL.value: "As a bell (normal)",
        Distribution.UNIFORM.value: "All alike (uniform)",
    },
    "clock": {
        Clock.SECONDS.value: "Seconds since 1970",
        Clock.MILLISECONDS.value: "Milliseconds since 1970",
        Clock.MICROSECONDS.value: "Microseconds since 1970",
        Clock.JULIAN.value: "Julian day",
        Clock.COMPACT.value: "Year, month and day: 20261231",
        Clock.YEAR.value: "Year",
    },
}
_EXAMPLES: Mapping[str, str] = {
    "beside": "kind",
    "group": '["ward"]',
    "locale": "de",
    "person": "patient_id",
    "range": "[100, 999]",
    "rules": '{"birthday": {"technique": "remove"}}',
    "types": '{"passport": "passport"}',
    "with": '["age", "sex"]',
}


class OptionField(QWidget):
    """One option of a rule.

    Args:
        option: its name in the policy.
        value: what is said now; None for nothing, which is as usual.
        said: told another value.
    """

    def __init__(self, option: str, value: Json, said: Callable[[Json], None]) -> None:
        super().__init__()
        words = tr(_WORDS[option])
        choices = _CHOICES.get(option)
        if choices is None:
            self.setLayout(vbox(_typed(words, tr(_EXAMPLES.get(option, "as usual")), value, said)))
        else:
            self.setLayout(vbox(*_chosen(words, choices, value, said), gap=6))


def _chosen(
    words: str, choices: Mapping[Json, str], value: Json, said: Callable[[Json], None]
) -> tuple[Label, Combo]:
    values: list[Json] = [None, *choices]
    combo = Combo(words, [tr("As usual"), *map(tr, choices.values())])
    if value is not None and value not in values:  # the policy says what is wrong with it
        values.append(value)
        combo.addItem(str(value))
    combo.setCurrentIndex(values.index(value))
    combo.currentIndexChanged.connect(lambda at: said(values[at]))
    label = Label(words, wrap=True)
    label.setBuddy(combo)
    return label, combo


def _typed(words: str, usual: str, value: Json, said: Callable[[Json], None]) -> LabelledField:
    field = LabelledField(words, usual)
    field.edit.setText("" if value is None else value if isinstance(value, str) else json.dumps(value))

    def ended() -> None:
        if (typed := _value(field.edit.text().strip())) != value:
            said(typed)

    field.edit.editingFinished.connect(ended)
    return field


def _value(text: str) -> Json:
    """What was typed: a number, a list, or the text itself; None for nothing."""
    if not text:
        return None
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value
