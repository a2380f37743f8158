"""The documents of `steward privacy`; see `contracts`."""

from __future__ import annotations

from steward_app.cli.contract import Contract

PRIVACY: tuple[Contract, ...] = (
    Contract(
        "personal-kinds",
        "`steward privacy kinds`: the types of personal data.",
        "steward_app.cli.privacy.kinds:PersonalKind",
        many=True,
    ),
    Contract(
        "privacy-scan",
        "`steward privacy scan`: which columns are personal, and why. It holds no value of a row.",
        "steward_app.services.privacy.discover.model:Scan",
    ),
    Contract(
        "privacy-samples",
        "`steward privacy samples`: some values of a column, masked unless asked otherwise.",
        "steward_app.cli.privacy.scan:ColumnSamples",
    ),
    Contract(
        "privacy-check",
        "`steward privacy check`: whether the classification fits the schema, and what a release waits for.",
        "steward_app.cli.privacy.check:PrivacyCheck",
    ),
    Contract(
        "privacy-classification",
        "`steward privacy list`: what was decided about columns.",
        "steward_app.cli.privacy.check:ClassifiedColumn",
        many=True,
    ),
    Contract(
        "privacy-controller",
        '`steward privacy controller`: who is responsible, as the policy says; "" where it does not.',
        "steward_app.cli.privacy.controller:ControllerStated",
    ),
    Contract(
        "privacy-register-written",
        "`steward privacy register`: the record of processing that was written.",
        "steward_app.cli.privacy.check:RegisterWritten",
    ),
    Contract(
        "privacy-register",
        "The record of processing (Art. 30 GDPR) as `steward privacy register --to FILE.json` writes it.",
        "steward_app.services.privacy.classify.register:Register",
    ),
    Contract(
        "privacy-attack",
        "`steward privacy attack`: what attacks on a copy re-identified, beside guessing.",
        "steward_app.cli.privacy.attack_documents:AttackDocument",
    ),
    Contract(
        "privacy-utility",
        "`steward privacy utility`: what a copy is still good for.",
        "steward_app.cli.privacy.attack_documents:UtilityDocument",
    ),
    Contract(
        "privacy-release-report",
        "`steward privacy report`: the release report that was written.",
        "steward_app.cli.privacy.attack_documents:ReleaseReportDocument",
    ),
    Contract(
        "privacy-verified-report",
        "`steward privacy verify-report`: whose signature a release report carries, and whether a file is its copy.",
        "steward_app.services.privacy.report:VerifiedReport",
    ),
    Contract(
        "privacy-residue",
        "`steward privacy residue`: original values that are left, by place.",
        "steward_app.cli.privacy.residue:ResidueDocument",
    ),
    Contract(
        "privacy-risk",
        "`steward privacy risk`: how easily somebody is found in each table.",
        "steward_app.cli.privacy.risk_documents:RiskItem",
        many=True,
    ),
    Contract(
        "privacy-frontier",
        "`steward privacy frontier`: ways to coarsen the columns of a table that no other beats.",
        "steward_app.cli.privacy.risk_documents:FrontierDocument",
    ),
    Contract(
        "privacy-rules",
        "`steward privacy rules`: what becomes of each column in a copy for release.",
        "steward_app.cli.privacy.rules:ReleaseRulesFound",
    ),
    Contract(
        "privacy-limits",
        "`steward privacy limits`: what the rules of a copy ask of every table, and of single ones otherwise.",
        "steward_app.cli.privacy.limits:LimitsFound",
    ),
    Contract(
        "privacy-releases",
        "`steward privacy releases`: the register of copies for release.",
        "steward_app.services.privacy.anonymize.model:Release",
        many=True,
    ),
    Contract(
        "privacy-assessments",
        "`steward privacy assess`: what people recorded of a copy for release.",
        "steward_app.services.privacy.anonymize.model:Assessment",
        many=True,
    ),
    Contract(
        "privacy-keys",
        "`steward privacy keys`: the keys of pseudonyms, never their secrets.",
        "steward_app.services.privacy.anonymize.model:PseudonymKey",
        many=True,
    ),
)
