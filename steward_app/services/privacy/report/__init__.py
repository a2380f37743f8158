"""The release report."""

from steward_app.services.privacy.report.collect import attack_copy, release_report, utility_of_copy
from steward_app.services.privacy.report.model import ReleaseReport
from steward_app.services.privacy.report.release import (
    rendered,
    report_document,
    require_ending,
    signed_beside,
    write_release_report,
)
from steward_app.services.privacy.report.verify import VerifiedReport, verify_report

__all__ = [
    "ReleaseReport",
    "VerifiedReport",
    "attack_copy",
    "release_report",
    "rendered",
    "report_document",
    "require_ending",
    "signed_beside",
    "utility_of_copy",
    "verify_report",
    "write_release_report",
]
