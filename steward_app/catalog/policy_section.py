"""What the sections of the policy document are built from. Imported when a policy is read: pydantic is slow."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict


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


T = TypeVar("T")
Text = Annotated[str, BeforeValidator(_text)]
Listed = Annotated[list[T], BeforeValidator(_list)]
Names = Annotated[dict[str, T], BeforeValidator(_names)]


class Section(BaseModel):
    """A part of the document in which every word is known: a misspelt one is an error, with its line."""

    model_config = ConfigDict(extra="forbid", frozen=True)
