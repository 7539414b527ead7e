"""Entropies, divergences and contingency tables of discrete distributions."""

from kullback.information._contingency import ContingencyTable
from kullback.information._divergence import DIVERGENCES, FDivergence, divergence, get_divergence
from kullback.information._entropy import entropy, mutual_information

__all__ = [
    "DIVERGENCES",
    "ContingencyTable",
    "FDivergence",
    "divergence",
    "entropy",
    "get_divergence",
    "mutual_information",
]
