"""Simulated data with a known truth, and real tables that need no download."""

from kullback.datasets._carrier import Dataset
from kullback.datasets._causal import (
    CausalDataset,
    load_401ksubs,
    load_acic2016,
    load_actg175,
    load_ihdp,
    load_nsw,
    load_nsw_cps,
)
from kullback.datasets._confounded import ConfoundedLaw, SimulatedConfounded, make_confounded
from kullback.datasets._real import (
    DATASETS,
    load,
    load_credit_data,
    load_german_credit,
    load_hmda,
    load_loanapp,
)
from kullback.datasets._simulate import SimulatedCredit, make_credit

__all__ = [
    "DATASETS",
    "CausalDataset",
    "ConfoundedLaw",
    "Dataset",
    "SimulatedConfounded",
    "SimulatedCredit",
    "load",
    "load_401ksubs",
    "load_acic2016",
    "load_actg175",
    "load_credit_data",
    "load_german_credit",
    "load_hmda",
    "load_ihdp",
    "load_loanapp",
    "load_nsw",
    "load_nsw_cps",
    "make_confounded",
    "make_credit",
]
