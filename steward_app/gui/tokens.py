"""The design tokens: every colour and measure by one name, read from `resources/themes`. No Qt here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from steward_app.storage.shipped import resource


class Tone(StrEnum):
    """What a colour of text or an icon says. The value is the token's name; a state never stands without a word."""

    TEXT = "text"
    MUTED = "muted"
    DIM = "control"  # what cannot be used now
    ACCENT = "accent"
    DANGER = "danger"
    WARNING = "warning"
    SUCCESS = "success"
    PERSONAL = "personal"
    ON_FILL = "on_fill"


@dataclass(frozen=True, slots=True)
class Colours:
    """One palette, colours as "#rrggbb" ("#aarrggbb" for the shadow).

    Surfaces: `base` is content, `window` chrome. `hairline` divides and is never the only mark of a control;
    `control` borders controls and writes disabled text. `on_fill` is text on `selection` and `danger_fill`.
    `personal` means personal data and nothing else.
    """

    base: str
    window: str
    hover: str
    pressed: str
    hairline: str
    control: str
    text: str
    muted: str
    on_fill: str
    accent: str
    selection: str
    selection_hover: str
    danger: str
    danger_fill: str
    warning: str
    success: str
    personal: str
    accent_tint: str
    danger_tint: str
    warning_tint: str
    success_tint: str
    personal_tint: str
    shadow: str


@dataclass(frozen=True, slots=True)
class Measures:
    """Lengths in pixels at 100 % zoom. Sizes of type come with their line height."""

    caption: int
    caption_line: int
    small: int
    small_line: int
    body: int
    body_line: int
    heading: int
    heading_line: int
    title: int
    title_line: int
    figure: int
    figure_line: int
    code: int
    code_line: int
    radius_mark: int
    radius_control: int
    radius_surface: int
    row_grid: int
    row_table: int
    row_list: int
    control_height: int
    control_small: int
    header: int
    strip: int
    sidebar: int
    sidebar_narrow: int
    ring_width: int
    ring_gap: int


@cache
def colours(name: str) -> Colours:
    """The palette of that name: "light" or "dark"."""
    return Colours(**json.loads(resource("themes", f"{name}.json").read_text("utf-8")))


@cache
def measures() -> Measures:
    """The measures, shared by both palettes."""
    return Measures(**json.loads(resource("themes", "measures.json").read_text("utf-8")))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two opaque colours by WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
