"""Scorecards: binning and a model, in points."""

from kullback.scorecard._points import PointScale
from kullback.scorecard._scorecard import Scorecard

__all__ = ["PointScale", "Scorecard"]
