"""Optimal binning and weight-of-evidence encoding."""

from kullback.binning._binner import OptimalBinner
from kullback.binning._class_table import ClassTable
from kullback.binning._constraints import BinConstraints
from kullback.binning._display import IVDisplay, TargetDisplay, WOEDisplay
from kullback.binning._number_table import NumberTable
from kullback.binning._table import BinningTable

__all__ = [
    "BinConstraints",
    "BinningTable",
    "ClassTable",
    "IVDisplay",
    "NumberTable",
    "OptimalBinner",
    "TargetDisplay",
    "WOEDisplay",
]
