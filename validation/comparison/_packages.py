"""One face for the packages that are asked: what a fitted one says, its weights signed so that higher is safer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["PACKAGES", "Fitted"]

NAME = "x"


def _frame(values: Any) -> pd.DataFrame:
    """Return a table of one column, text as pandas reads it from a file."""
    array = np.asarray(values)
    return pd.DataFrame({NAME: pd.Series(array, dtype="str" if array.dtype == object else None)})


def _one(value: Any) -> np.ndarray:
    return np.array([value], dtype=object if isinstance(value, str | None) else np.float64)


class Fitted:
    """A binner or encoder fitted to one column: `weight` of a value, `iv` and `cuts` where the package has them."""

    def __init__(self, x: np.ndarray, y: np.ndarray, **options: Any) -> None:
        raise NotImplementedError

    def weight(self, value: Any) -> float:
        """Return the weight of evidence that a value is given in transform."""
        raise NotImplementedError


class Kullback(Fitted):
    def __init__(self, x, y, *, sample_weight=None, cuts=None, pos_label=None) -> None:
        from kullback.binning import OptimalBinner

        prebinning = "quantile" if cuts is None else {NAME: cuts}
        self.binner = OptimalBinner(prebinning=prebinning, pos_label=pos_label)
        self.binner.fit(_frame(x), y, sample_weight=sample_weight)
        self.table = self.binner.tables_[NAME]

    def weight(self, value):
        return float(self.binner.transform(_frame(_one(value)))[0, 0])

    @property
    def iv(self) -> float:
        return float(self.table.information_value())

    @property
    def cuts(self) -> list[float]:
        return self.table.rule.cuts.tolist()


class Optbinning(Fitted):
    metric_missing: Any = "empirical"

    def __init__(self, x, y, *, sample_weight=None, cuts=None, pos_label=None) -> None:
        from optbinning import OptimalBinning

        del pos_label  # it has none
        kind = "numerical" if np.asarray(x).dtype.kind == "f" else "categorical"
        fixed = None if cuts is None else [True] * len(cuts)
        self.binner = OptimalBinning(
            dtype=kind, monotonic_trend="auto_asc_desc", max_n_bins=8, min_bin_size=0.05, user_splits=cuts,
            user_splits_fixed=fixed,
        )  # fmt: skip
        self.binner.fit(np.asarray(x), y, sample_weight=sample_weight)
        self.binner.binning_table.build()

    def weight(self, value):
        return float(self.binner.transform(_one(value), metric="woe", metric_missing=self.metric_missing)[0])

    @property
    def iv(self) -> float:
        return float(self.binner.binning_table.iv)

    @property
    def cuts(self) -> list[float]:
        return list(self.binner.splits)


class OptbinningDefault(Optbinning):
    """With its own default for missing values in transform."""

    metric_missing = 0


class Fastwoe(Fitted):
    def __init__(self, x, y) -> None:
        from fastwoe import FastWoe

        self.encoder = FastWoe()
        self.encoder.fit(_frame(x), pd.Series(y))

    def weight(self, value):
        return -float(self.encoder.transform(_frame(_one(value))).iloc[0, 0])

    @property
    def iv(self) -> float:
        return float(self.encoder.get_iv_analysis()["iv"].iloc[0])


class CategoryEncoders(Fitted):
    def __init__(self, x, y, *, sample_weight=None) -> None:
        from category_encoders import WOEEncoder

        options = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.encoder = WOEEncoder(cols=[NAME]).fit(_frame(x), pd.Series(y), **options)

    def weight(self, value):
        return -float(self.encoder.transform(_frame(_one(value))).iloc[0, 0])


class FeatureEngine(Fitted):
    def __init__(self, x, y) -> None:
        from feature_engine.encoding import WoEEncoder

        self.encoder = WoEEncoder(variables=[NAME]).fit(_frame(x), pd.Series(y))

    def weight(self, value):
        return -float(self.encoder.transform(_frame(_one(value))).iloc[0, 0])


PACKAGES = {
    "kullback": Kullback,
    "optbinning": Optbinning,
    "optbinning, default transform": OptbinningDefault,
    "fastwoe": Fastwoe,
    "category_encoders": CategoryEncoders,
    "feature_engine": FeatureEngine,
}
