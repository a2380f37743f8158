"""What the release report says of a copy, as frozen values. Nothing here holds a value of a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.services.privacy.anonymize.model import Release
from steward_app.services.privacy.attack.model import AttackReport
from steward_app.services.privacy.classify.model import Controller
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.residue.model import ResidueReport
from steward_app.services.privacy.risk.model import Risk
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.utility.model import UtilityReport


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
    """The risk of a table in the original and in the copy, for the same columns."""

    before: Risk
    after: Risk


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
        kept: columns without a rule, by table.
        policy_version: hash of the policy, or "".
        key: what became of the key of the pseudonyms, in a sentence.
        residue: None where the rules are not known.
        left_out: what was not searched, tried or measured, in sentences.
        controller: who is responsible, as the policy says.
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

    @property
    def holds(self) -> bool:
        """Whether nothing was found that speaks against giving the copy away as what it is called."""
        clean = self.residue is None or self.residue.is_clean
        return clean and not self.attacks.beaten and self.same_file is not False
