"""The auditor's report: who changed what, what was missed, and whether the log can be believed."""

from steward_app.services.audit.report.collect import report_on
from steward_app.services.audit.report.document import write_audit_report
from steward_app.services.audit.report.model import AuditReport, ReportRequest

__all__ = ["AuditReport", "ReportRequest", "report_on", "write_audit_report"]
