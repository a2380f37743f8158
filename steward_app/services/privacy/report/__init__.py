"""The release report."""

from steward_app.services.privacy.report.collect import attack_copy, release_report, utility_of_copy
from steward_app.services.privacy.report.model import ReleaseReport
from steward_app.services.privacy.report.release import (
    rendered,
    report_document,
    require_ending,
    write_release_report,
)

__all__ = [
    "ReleaseReport",
    "attack_copy",
    "release_report",
    "rendered",
    "report_document",
    "require_ending",
    "utility_of_copy",
    "write_release_report",
]
