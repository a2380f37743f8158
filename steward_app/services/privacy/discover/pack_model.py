"""What a pack of rules may say. Imported when one is read: pydantic is slow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from steward_app.catalog.policy_section import Listed, Names, Section
from steward_app.services.privacy.discover.checks import check
from steward_app.services.privacy.discover.signs import is_sign
from steward_app.services.privacy.kinds import kinds

_HEAVIEST = 12.0  # log-odds: 160,000 to 1


def _fits_re2(pattern: str) -> str:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error:
        raise ValueError("this is no expression of RE2") from None
    return pattern


def _is_check(name: str) -> str:
    check(name)
    return name


def _is_kind(name: str) -> str:
    if name not in kinds():
        raise ValueError("there is no such type of personal data")
    return name


def _is_known_sign(name: str) -> str:
    if not is_sign(name):
        raise ValueError("there is no such sign")
    return name


Phrases = str | Names[str]
Weight = Annotated[float, Field(ge=-_HEAVIEST, le=_HEAVIEST)]


class KindRules(Section):
    """What tells a type. The remarks in names.yaml say what each word means."""

    shown: bool = False
    named_after_terms: bool = False
    classed: bool = False
    numbered: bool = False
    headers: Phrases = Field(default_factory=dict)
    of_people: Phrases = Field(default_factory=dict)
    patterns: Listed[Annotated[str, AfterValidator(_fits_re2)]] = Field(default_factory=list)
    checks: Listed[Annotated[str, AfterValidator(_is_check)]] = Field(default_factory=list)
    terms: Phrases = Field(default_factory=dict)
    signs: Names[Weight] = Field(default_factory=dict)
    needs: Listed[Annotated[str, AfterValidator(_is_known_sign)]] = Field(default_factory=list)
    people_only: bool | Literal["soft"] = False

    @field_validator("signs")
    @classmethod
    def _known_signs(cls, said: dict[str, float]) -> dict[str, float]:
        for name in said:
            _is_known_sign(name)
        return said


class Pack(Section):
    """A file of rules."""

    kinds: Names[KindRules] = Field(default_factory=dict)
    lists: Names[Phrases] = Field(default_factory=dict)
    people: Phrases = Field(default_factory=dict)
    things: Phrases = Field(default_factory=dict)
    ending_off: Phrases = Field(default_factory=dict)
    classing: Phrases = Field(default_factory=dict)
    numbering: Phrases = Field(default_factory=dict)
    which: Phrases = Field(default_factory=dict)
    generic: Phrases = Field(default_factory=dict)
    sorting: Phrases = Field(default_factory=dict)
    starting_off: Phrases = Field(default_factory=dict)
    never: Phrases = Field(default_factory=dict)
    plain: Phrases = Field(default_factory=dict)
    understood: Phrases = Field(default_factory=dict)
    staff: Phrases = Field(default_factory=dict)
    software: Phrases = Field(default_factory=dict)
    actors: Phrases = Field(default_factory=dict)
    system: Phrases = Field(default_factory=dict)
    counting: Phrases = Field(default_factory=dict)
    abbreviations: Names[str] = Field(default_factory=dict)

    @field_validator("kinds")
    @classmethod
    def _known(cls, said: dict[str, KindRules]) -> dict[str, KindRules]:
        for name in said:
            _is_kind(name)
        return said
