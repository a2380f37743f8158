"""The sample database "Riverside Clinic": a made-up clinic with everything a steward meets in real files."""

from steward_app.services.sample.build import TODAY, build
from steward_app.services.sample.model import Planted, SampleSummary, SampleTable

__all__ = ["TODAY", "Planted", "SampleSummary", "SampleTable", "build"]
