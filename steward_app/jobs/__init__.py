"""Runs a service call: one writer and many readers per file, progress, cancel. No Qt."""

from steward_app.jobs.job import Job
from steward_app.jobs.model import JobInfo, JobState
from steward_app.jobs.runner import JobRunner

__all__ = ["Job", "JobInfo", "JobRunner", "JobState"]
