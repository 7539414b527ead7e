"""Simulated data with a known truth, and real tables that need no download."""

from kullback.datasets._confounded import ConfoundedLaw, SimulatedConfounded, make_confounded
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
    "ConfoundedLaw",
    "Dataset",
    "SimulatedConfounded",
    "SimulatedCredit",
    "load",
    "load_credit_data",
    "load_german_credit",
    "load_hmda",
    "load_loanapp",
    "make_confounded",
    "make_credit",
]
