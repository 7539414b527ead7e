"""Simulated data with a known truth, and real tables that need no download."""

from kullback.datasets._real import (
    DATASETS,
    Dataset,
    load,
    load_credit_data,
    load_german_credit,
    load_hmda,
    load_loanapp,
)
from kullback.datasets._simulate import SimulatedCredit, make_credit

__all__ = [
    "DATASETS",
    "Dataset",
    "SimulatedCredit",
    "load",
    "load_credit_data",
    "load_german_credit",
    "load_hmda",
    "load_loanapp",
    "make_credit",
]
