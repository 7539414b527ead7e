"""Points of a scorecard: an affine scale of the log-odds, shared out over bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback._typing import FloatArray
from kullback.exceptions import InputError

__all__ = ["PointScale"]


@dataclass(frozen=True)
class PointScale:
    """Points such that odds of `base_odds` good to bad are worth `base_points`, and double every `pdo` points.

    Attributes
    ----------
    pdo : float
        Points to double the odds.
    base_points : float
    base_odds : float
        Good to bad.

    Raises
    ------
    InputError
        If `pdo` or `base_odds` is not positive, or a number is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.scorecard import PointScale
    >>> scale = PointScale(pdo=20, base_points=600, base_odds=50)
    >>> scale.of_log_odds(-np.log([50, 100, 25])).round(6)
    array([600., 620., 580.])
    """

    pdo: float
    base_points: float
    base_odds: float

    def __post_init__(self) -> None:
        numbers = (self.pdo, self.base_points, self.base_odds)
        if not np.isfinite(numbers).all() or self.pdo <= 0 or self.base_odds <= 0:
            raise InputError(
                f"pdo and base_odds must be positive and base_points finite; pdo={self.pdo!r}, "
                f"base_points={self.base_points!r} and base_odds={self.base_odds!r} came."
            )

    @property
    def factor(self) -> float:
        """Points a unit of log-odds: pdo / ln 2."""
        return float(self.pdo / np.log(2.0))

    @property
    def offset(self) -> float:
        """Points at even odds: base_points - factor ln(base_odds)."""
        return float(self.base_points - self.factor * np.log(self.base_odds))

    def of_log_odds(self, log_odds: FloatArray) -> FloatArray:
        """Return the points of log-odds of the event (bad to good)."""
        return self.offset - self.factor * log_odds

    def of_bin(self, weights: FloatArray, coefficient: float, intercept: float, n_features: int) -> FloatArray:
        """Return (bins,) points of one feature: its part of the log-odds, and an equal share of the rest.

        points_j = -factor (coefficient WoE_j + intercept / m) + offset / m, for m features and an event that is
        the bad outcome.
        """
        return -self.factor * (coefficient * weights + intercept / n_features) + self.offset / n_features
