"""Measures of evidence, discrimination, calibration and disparity, with inference."""

from kullback.metrics._calibration import CalibrationResult, calibration_table, calibration_test
from kullback.metrics._calibration_display import CalibrationDisplay
from kullback.metrics._compare import InformationComparison, compare_information, total_information
from kullback.metrics._conditional import conditional_information, conditional_weight_of_evidence
from kullback.metrics._discrimination import KSResult, gini, ks_statistic, roc_auc
from kullback.metrics._disparity import adverse_impact_ratio, group_rates
from kullback.metrics._display import KSDisplay, ROCDisplay, ScoreDistributionDisplay
from kullback.metrics._exact import exact_weight_limits
from kullback.metrics._independence import null_eigenvalues
from kullback.metrics._information import (
    information_value,
    population_stability_index,
    table_information,
    table_weights,
    weight_of_evidence,
)

__all__ = [
    "CalibrationDisplay",
    "CalibrationResult",
    "InformationComparison",
    "KSDisplay",
    "KSResult",
    "ROCDisplay",
    "ScoreDistributionDisplay",
    "adverse_impact_ratio",
    "calibration_table",
    "calibration_test",
    "compare_information",
    "conditional_information",
    "conditional_weight_of_evidence",
    "exact_weight_limits",
    "gini",
    "group_rates",
    "information_value",
    "ks_statistic",
    "null_eigenvalues",
    "population_stability_index",
    "roc_auc",
    "table_information",
    "table_weights",
    "total_information",
    "weight_of_evidence",
]
