"""What the release report says of a copy, as frozen values. Nothing here holds a value of a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.along import in_words
from steward_app.services.privacy.anonymize import kept_columns, kept_personal
from steward_app.services.privacy.anonymize.model import Release
from steward_app.services.privacy.attack.model import Attack, AttackKind, AttackReport, Truth
from steward_app.services.privacy.classify.model import Controller
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.residue.model import ResidueReport
from steward_app.services.privacy.risk.model import Risk
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.privacy.utility.model import UtilityReport

_TRACES: Final = frozenset({AttackKind.AVERAGING, AttackKind.INTERVALS, AttackKind.ORDER, AttackKind.LENGTH})


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What was done with a column, or with a path in its JSON.

    Attributes:
        words: in a sentence.
        lost: usefulness lost by the column, from 0 to 1; None for a path, or where it could not be compared.
    """

    place: Place
    technique: Technique
    words: str
    lost: float | None


@dataclass(frozen=True, slots=True)
class RiskBeforeAfter:
    """The risk of a table in the original and in the copy, for the same columns.

    Attributes:
        person: what tells whose row it is, where groups count persons; else ().
        limits: what the copy must reach there.
        direct: columns beside them that lead to a person by themselves, and that the rules keep.
    """

    before: Risk
    after: Risk
    person: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    direct: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """All that is said of a copy before it is given away.

    Attributes:
        made_at: RFC 3339, UTC; `made_by` who made the report.
        source, copy: the files.
        file_hash: BLAKE3 over every byte of the copy, as it is now.
        release: what the register says of it, or None where it is not there.
        same_file: whether the copy is byte for byte what the register says; None where it is not there.
        rules: by which it was made; None where nobody knows.
        kept: columns that go along as they were, by table.
        policy_version: hash of the policy, or "".
        key: what became of the key of the pseudonyms, in a sentence.
        residue: None where the rules are not known.
        left_out: what was not searched, tried or measured, in sentences.
        controller: who is responsible, as the policy says.
        identifying: what leads to a person by itself and goes along, since a rule says so.
        personal: how many of the kept columns are personal; None where nobody ever looked.
    """

    made_at: str
    made_by: str
    source: Path
    copy: Path
    size_bytes: int
    file_hash: str
    release: Release | None
    same_file: bool | None
    rules: ReleaseRules | None
    columns: tuple[ColumnRule, ...]
    kept: tuple[tuple[str, tuple[str, ...]], ...]
    policy_version: str
    key: str
    risks: tuple[RiskBeforeAfter, ...]
    residue: ResidueReport | None
    attacks: AttackReport
    utility: UtilityReport
    left_out: tuple[str, ...]
    controller: Controller
    identifying: tuple[Place, ...] = ()
    personal: int | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What speaks against giving the copy away as what it is called, in parts of a sentence."""
        found = []
        if "" < self._until < self.made_at[:10]:
            found.append(f"it was to be used until {self._until} only")
        if self.same_file is False:
            found.append("it is not byte for byte the file that the register knows")
        if self.residue is not None and not self.residue.is_clean:
            found.append(f"original values were found {plural(self.residue.hits, 'time')}")
        if self.attacks.beaten:
            found.append(f"{plural(len(self.attacks.beaten), 'attack')} re-identified more than allowed")
        for each in self.risks:
            found += _missed(each.after, each.limits)
        return tuple(found)

    @property
    def to_settle(self) -> tuple[str, ...]:
        """What no measurement can settle and a person has to, in sentences."""
        release, rules = self.release, self.rules
        found = []
        if release is not None and not release.policy_hash:
            found.append("The rules were proposed from a scan, and nobody put them into the policy.")
        said = {
            "for whom it is": release.recipient if release else rules.recipient if rules else "",
            "what for": release.purpose if release else rules.purpose if rules else "",
            "until when": self._until,
        }
        if missing := [words for words, value in said.items() if not value]:
            found.append(f"It is not said {', '.join(missing)}.")
        told = [each for each in self.attacks.attacks if not each.judged and each.beyond_guessing]
        shown = [each for each in told if each.kind not in _TRACES]
        if most := max(shown, key=lambda each: each.rate, default=None):
            found.append(
                f"Whoever knows all that the copy shows of a person is right for {100 * most.rate:.1f} % of them in"
                f" {quoted(most.table)}. Whether anybody may know that much is not measured."
            )
        found += _traces(told)
        unknown = [
            each.table for each in self.attacks.truth if each.truth is Truth.UNKNOWN and each.copy_rows
        ]
        if unknown:
            found.append(
                f"It is not known which row is whose in {in_words(unknown)}: linkage, frequencies and inference were"
                " not tried there, which does not make it safer."
            )
        if self.identifying:
            found.append(kept_personal.sentence(self.identifying))
        if self.kept and self.rules is not None:
            count = sum(len(names) for _, names in self.kept)
            kept, them = kept_columns.in_words(count, self.personal), "it" if count == 1 else "them"
            found.append(f"{kept}, and no original value of {them} was looked for.")
        return tuple(found)

    @property
    def _until(self) -> str:
        if self.release is not None:
            return self.release.until
        return self.rules.until if self.rules is not None else ""

    @property
    def holds(self) -> bool:
        """Whether nothing was found that speaks against giving the copy away as what it is called."""
        return not self.problems


def _traces(told: Sequence[Attack]) -> Iterator[str]:
    """The most telling attack of each kind on traces, and how many others there are."""
    for kind in sorted(_TRACES):
        mine = sorted((each for each in told if each.kind is kind), key=lambda each: -each.rate)
        if mine:
            more = len(mine) - 1
            others = " So is one other, for fewer." if more == 1 else f" So are {more:,} others, for fewer."
            yield (
                f"{mine[0].title}: right for {100 * mine[0].rate:.1f} %.{others if more else ''}"
                " Whether anybody may know that is not measured."
            )


def _missed(risk: Risk, limits: Limits) -> tuple[str, ...]:
    """Which limits of the rules a table does not reach."""
    table = quoted(risk.table)
    found = []
    if not risk.records:
        return ()
    if limits.k is not None and risk.k < limits.k:
        found.append(
            f"the smallest group of {table} has {plural(risk.k, 'record')}, and the rules ask for {limits.k:,}"
        )
    if limits.risk is not None and risk.prosecutor.highest > limits.risk + 1e-9:
        found.append(
            f"the highest risk in {table} is {100 * risk.prosecutor.highest:.1f} %,"
            f" and the rules allow {100 * limits.risk:.1f} %"
        )
    for each in risk.sensitive:
        where = in_words((f"{risk.table}.{each.column}",))
        if limits.l_diversity is not None and each.l_distinct < limits.l_diversity and limits.l_diversity > 1:
            found.append(
                f"a group has {plural(each.l_distinct, 'value')} of {where} (l = {limits.l_diversity:,})"
            )
        if limits.t_closeness is not None and each.t > limits.t_closeness + 1e-9:
            found.append(f"a group is {each.t:.3f} from the whole in {where} (t = {limits.t_closeness:g})")
    return tuple(found)
