"""The tour: what a steward does with the program, done once on the sample, and a report of it to read."""

from steward_app.services.tour.model import FindingCount, Picture, Station, TourSummary
from steward_app.services.tour.tour import take_tour

__all__ = ["FindingCount", "Picture", "Station", "TourSummary", "take_tour"]
