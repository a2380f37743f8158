"""What the sections of the policy document are built from. Imported when a policy is read: pydantic is slow."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict


def _text(value: object) -> object:
    return "" if value is None else value


def _list(value: object) -> object:
    return [] if value is None else value


def _names(value: object) -> object:
    """A name with nothing behind it has nothing said of it yet."""
    if value is None:
        return {}
    return (
        {key: {} if each is None else each for key, each in value.items()}
        if isinstance(value, dict)
        else value
    )


def _day(value: object) -> object:
    """YAML takes a day without quotes for more than text."""
    return value.isoformat() if type(value) is date else _text(value)


def _is_day(text: str) -> str:
    try:
        fits = not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("there is no such day; write it as 2027-12-31")
    return text


T = TypeVar("T")
Day = Annotated[str, BeforeValidator(_day), AfterValidator(_is_day)]
Text = Annotated[str, BeforeValidator(_text)]
Listed = Annotated[list[T], BeforeValidator(_list)]
Names = Annotated[dict[str, T], BeforeValidator(_names)]


class Section(BaseModel):
    """A part of the document in which every word is known: a misspelt one is an error, with its line."""

    model_config = ConfigDict(extra="forbid", frozen=True)
