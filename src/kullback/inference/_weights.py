"""The estimate of all weights of evidence of a table."""

from __future__ import annotations

import numpy as np

from kullback._typing import ArrayLike
from kullback.inference._estimate import Estimate
from kullback.inference._wald import TestResult, joint_test

__all__ = ["WeightEstimate"]


class WeightEstimate(Estimate):
    """Weights of evidence of all bins of a table; some of them, or functions of them, are a plain :class:`Estimate`.

    The parameters are those of :class:`Estimate`.
    """

    def wald_test(self, null: ArrayLike = 0.0) -> TestResult:
        """Test all weights jointly; that all J are zero has J - 1 degrees of freedom.

        Where all weights are zero the two distributions p are one, and the sum of p_j w_j has no influence: the
        true covariance has rank J - 1 there. The estimated one has rank J, and its least direction is noise over
        noise. It is left out.
        """
        if np.any(null) or len(self) < 2:
            return super().wald_test(null)
        return joint_test(self.value, np.zeros(len(self)), self.covariance, most=len(self) - 1)
