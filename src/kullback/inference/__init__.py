"""Estimates that carry their influence values, and what follows from them."""

from kullback.inference._crossfit import cross_fit, make_folds
from kullback.inference._estimate import Alternative, Estimate, TestResult, covariance_root
from kullback.inference._information import FEWEST, InformationEstimate, Method
from kullback.inference._interval import noncentral_cdf, noncentrality_interval
from kullback.inference._joint import JointGaps, TableRows
from kullback.inference._linked import LinkedEstimate
from kullback.inference._multinomial import HALF, TwoSamples, misleading_half, smoothed
from kullback.inference._partial import IntervalEstimate, Target
from kullback.inference._quadratic import weighted_chi_square_sf
from kullback.inference._samples import AddedRows
from kullback.inference._wald import Adjustment, adjust_pvalues, normal_pvalue
from kullback.inference._weights import WeightEstimate

__all__ = [
    "FEWEST",
    "HALF",
    "AddedRows",
    "Adjustment",
    "Alternative",
    "Estimate",
    "InformationEstimate",
    "IntervalEstimate",
    "JointGaps",
    "LinkedEstimate",
    "Method",
    "TableRows",
    "Target",
    "TestResult",
    "TwoSamples",
    "WeightEstimate",
    "adjust_pvalues",
    "covariance_root",
    "cross_fit",
    "make_folds",
    "misleading_half",
    "noncentral_cdf",
    "noncentrality_interval",
    "normal_pvalue",
    "smoothed",
    "weighted_chi_square_sf",
]
