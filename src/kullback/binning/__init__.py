"""Optimal binning and weight-of-evidence encoding."""

from kullback.binning._binner import OptimalBinner
from kullback.binning._class_table import ClassTable
from kullback.binning._constraints import BinConstraints
from kullback.binning._display import IVDisplay, TargetDisplay, WOEDisplay
from kullback.binning._grid import TwoWayBinner
from kullback.binning._grid_display import TwoWayDisplay
from kullback.binning._grid_rule import TwoWayTable
from kullback.binning._number_table import NumberTable
from kullback.binning._redundancy import without_twins
from kullback.binning._selector import InformationSelector
from kullback.binning._table import BinningTable

__all__ = [
    "BinConstraints",
    "BinningTable",
    "ClassTable",
    "IVDisplay",
    "InformationSelector",
    "NumberTable",
    "OptimalBinner",
    "TargetDisplay",
    "TwoWayBinner",
    "TwoWayDisplay",
    "TwoWayTable",
    "WOEDisplay",
    "without_twins",
]
