"""Validation reports."""

from kullback.report._bounds import BoundsReport, bounds_report
from kullback.report._read import Table, check_weight_column, read_table
from kullback.report._report import ScorecardReport, scorecard_report
from kullback.report._saved import report_paths
from kullback.report._screen import Finding

__all__ = [
    "BoundsReport",
    "Finding",
    "ScorecardReport",
    "Table",
    "bounds_report",
    "check_weight_column",
    "read_table",
    "report_paths",
    "scorecard_report",
]
