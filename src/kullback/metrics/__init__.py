"""Measures of evidence, discrimination, calibration and disparity, with inference."""

from kullback.metrics._information import (
    information_value,
    population_stability_index,
    table_information,
    table_weights,
    weight_of_evidence,
)

__all__ = [
    "information_value",
    "population_stability_index",
    "table_information",
    "table_weights",
    "weight_of_evidence",
]
