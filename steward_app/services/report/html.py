"""HTML from templates in resources/templates, with the window's own colours in it, light and dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from steward_app import __version__
from steward_app.kernel import clock
from steward_app.kernel.text import visible, visible_code
from steward_app.storage.shipped import resource

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: object) -> str:
    """A whole HTML document that needs no other file but those the template names.

    Args:
        template: name of a file in resources/templates.
        values: what the template shows. Text is escaped and its hidden characters shown; a value the template asks
            for and does not get is an error, never an empty place.
    """
    return (
        _environment()
        .get_template(template)
        .render(values, made_at=clock.to_text(clock.now()), version=__version__, tokens=_tokens())
    )


def pieces(template: str, **values: object) -> Iterator[str]:
    """The same in pieces, for a document that is long; `values` may be iterators."""
    found = _environment().get_template(template)
    stream = found.stream(values, made_at=clock.to_text(clock.now()), version=__version__, tokens=_tokens())
    stream.enable_buffering(500)
    yield from stream


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    environment.filters["code"] = visible_code
    environment.filters["number"] = lambda number: f"{number:,}"
    environment.filters["size"] = size
    environment.filters["moment"] = lambda text: str(text).replace("T", " ").split(".")[0] + " UTC"
    return environment


def size(count: int) -> str:
    """A number of bytes for the eye: "1.2 GB" (powers of 1,000, as file managers show)."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError("unreachable")


@cache
def _tokens() -> dict[str, dict[str, str]]:
    return {
        theme: json.loads(resource("themes", f"{theme}.json").read_text(encoding="utf-8"))
        for theme in ("light", "dark")
    }
