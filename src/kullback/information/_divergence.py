"""f-divergences as one table: generator, conjugate, derivatives, domains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError
from kullback.information._entropy import as_distribution, in_base

__all__ = ["DIVERGENCES", "FDivergence", "divergence", "get_divergence"]

Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class FDivergence:
    """An f-divergence D(P || Q) = sum_j q_j f(p_j / q_j), with f convex and f(1) = 0.

    Attributes
    ----------
    name : str
    generator : callable
        f on t >= 0.
    derivative : callable
        f' on t > 0; at a kink the middle of the subdifferential.
    conjugate : callable
        f*(u) = sup over t >= 0 of (t u - f(t)); infinity above `conjugate_limit`.
    conjugate_derivative : callable
        The t that attains the supremum.
    at_zero : float
        f(0): the price of mass of Q where P has none.
    slope_at_infinity : float
        lim f(t)/t: the price of mass of P where Q has none.
    adjoint : str
        Name of the divergence with the arguments exchanged, generator t f(1/t).
    smooth : bool
        Whether f is differentiable at 1, so that the delta method applies.

    Notes
    -----
    `conjugate_limit` equals `slope_at_infinity`: a supremum over t of t u - f(t) is finite below it.
    Sources: Ali and Silvey (1966); Csiszar (1967); conjugates checked numerically in the tests.
    """

    name: str
    generator: Function
    derivative: Function
    conjugate: Function
    conjugate_derivative: Function
    at_zero: float
    slope_at_infinity: float
    adjoint: str
    smooth: bool = True

    def __reduce__(self) -> Any:
        # The functions of the registry's entries cannot be pickled; their names can.
        if DIVERGENCES.get(self.name) is self:
            return get_divergence, (self.name,)
        return super().__reduce__()

    @property
    def conjugate_limit(self) -> float:
        """Least upper bound of the domain of the conjugate."""
        return self.slope_at_infinity

    def terms(self, p: FloatArray, q: FloatArray) -> FloatArray:
        """Return q f(p/q) elementwise with its limits where p or q is 0."""
        return self._terms(p, q, 0.0)

    def between(self, p: FloatArray, q: FloatArray, axis: int = 0) -> FloatArray:
        """Return D(P || Q) of distributions, each of sum one along `axis`.

        Its terms are those of f(t) - f'(1) (t - 1), which have the same sum: near P = Q the terms of f itself are
        far greater than it, and rounding would be all that is left.
        """
        return self._terms(p, q, float(self.derivative(np.array(1.0)))).sum(axis=axis)

    def _terms(self, p: FloatArray, q: FloatArray, slope: float) -> FloatArray:
        """Return the terms of the generator f(t) - slope (t - 1)."""
        p, q = np.broadcast_arrays(p, q)
        both = (p > 0) & (q > 0)
        with np.errstate(over="ignore", invalid="ignore"):
            ratio = np.divide(p, q, out=np.ones(p.shape), where=both)
            tilt = slope * (ratio - 1.0) if slope else 0.0
            value = np.where(both, q * (self.generator(ratio) - tilt), 0.0)
            value = np.where((p == 0) & (q > 0), q * (self.at_zero + slope), value)
            value = np.where((q == 0) & (p > 0), p * (self.slope_at_infinity - slope), value)
        far = ratio > _FAR
        if far.any() and self.adjoint in DIVERGENCES:  # the same from its other side, where nothing overflows
            value[far] = DIVERGENCES[self.adjoint]._terms(q[far], p[far], -slope)
        return value

    def gradient(self, p: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the derivatives of D(P || Q) by p and by q, for positive p and q."""
        ratio = p / q
        slope = self.derivative(ratio)
        return slope, self.generator(ratio) - ratio * slope


def _below(limit: float, function: Function) -> Function:
    """Extend `function` by infinity above `limit`, its domain's closed upper end."""

    def extended(u: FloatArray) -> FloatArray:
        inside = np.asarray(u) <= limit
        with np.errstate(divide="ignore"):
            return np.where(inside, function(np.where(inside, u, limit - 1.0)), np.inf)

    return extended


def _jensen_shannon(t: FloatArray) -> FloatArray:
    return 0.5 * (special.xlogy(t, t) - (t + 1) * np.log1p((t - 1) / 2))


def _jeffreys_argument(u: FloatArray) -> FloatArray:
    return 1.0 / special.wrightomega(1.0 - np.asarray(u, dtype=np.float64))


def _jeffreys_conjugate(u: FloatArray) -> FloatArray:
    t = _jeffreys_argument(u)
    return t + u - 2.0 + 1.0 / t


_FAR = 1e100
"""Ratio p/q from which a term is computed with its arguments exchanged."""

_LOG2 = float(np.log(2.0))
_INF = float("inf")

DIVERGENCES: dict[str, FDivergence] = {
    d.name: d
    for d in (
        FDivergence(
            "kl",
            generator=lambda t: np.asarray(special.xlogy(t, t), dtype=np.float64),
            derivative=lambda t: np.log(t) + 1.0,
            conjugate=lambda u: np.exp(u - 1.0),
            conjugate_derivative=lambda u: np.exp(u - 1.0),
            at_zero=0.0,
            slope_at_infinity=_INF,
            adjoint="reverse_kl",
        ),
        FDivergence(
            "reverse_kl",
            generator=lambda t: -np.log(t),
            derivative=lambda t: -1.0 / t,
            conjugate=_below(0.0, lambda u: -1.0 - np.log(-u)),
            conjugate_derivative=_below(0.0, lambda u: -1.0 / u),
            at_zero=_INF,
            slope_at_infinity=0.0,
            adjoint="kl",
        ),
        FDivergence(
            "jeffreys",
            generator=lambda t: (t - 1.0) * np.log(t),
            derivative=lambda t: np.log(t) + 1.0 - 1.0 / t,
            conjugate=_jeffreys_conjugate,
            conjugate_derivative=_jeffreys_argument,
            at_zero=_INF,
            slope_at_infinity=_INF,
            adjoint="jeffreys",
        ),
        FDivergence(
            "js",
            generator=_jensen_shannon,
            derivative=lambda t: 0.5 * np.log(2.0 * t / (t + 1.0)),
            conjugate=_below(_LOG2 / 2, lambda u: -0.5 * np.log(2.0 - np.exp(2.0 * u))),
            conjugate_derivative=_below(_LOG2 / 2, lambda u: np.exp(2.0 * u) / (2.0 - np.exp(2.0 * u))),
            at_zero=_LOG2 / 2,
            slope_at_infinity=_LOG2 / 2,
            adjoint="js",
        ),
        FDivergence(
            "hellinger",
            generator=lambda t: 0.5 * (np.sqrt(t) - 1.0) ** 2,
            derivative=lambda t: 0.5 * (1.0 - 1.0 / np.sqrt(t)),
            conjugate=_below(0.5, lambda u: u / (1.0 - 2.0 * u)),
            conjugate_derivative=_below(0.5, lambda u: (1.0 - 2.0 * u) ** -2.0),
            at_zero=0.5,
            slope_at_infinity=0.5,
            adjoint="hellinger",
        ),
        FDivergence(
            "chi2",
            generator=lambda t: (t - 1.0) ** 2,
            derivative=lambda t: 2.0 * (t - 1.0),
            conjugate=lambda u: np.where(u < -2.0, -1.0, u + 0.25 * np.square(u)),
            conjugate_derivative=lambda u: np.maximum(1.0 + 0.5 * u, 0.0),
            at_zero=1.0,
            slope_at_infinity=_INF,
            adjoint="neyman",
        ),
        FDivergence(
            "neyman",
            generator=lambda t: (1.0 - t) ** 2 / t,
            derivative=lambda t: 1.0 - t**-2.0,
            conjugate=_below(1.0, lambda u: 2.0 - 2.0 * np.sqrt(1.0 - u)),
            conjugate_derivative=_below(1.0, lambda u: 1.0 / np.sqrt(1.0 - u)),
            at_zero=_INF,
            slope_at_infinity=1.0,
            adjoint="chi2",
        ),
        FDivergence(
            "tv",
            generator=lambda t: 0.5 * np.abs(t - 1.0),
            derivative=lambda t: 0.5 * np.sign(t - 1.0),
            conjugate=_below(0.5, lambda u: np.maximum(u, -0.5)),
            conjugate_derivative=_below(0.5, lambda u: np.where(u > -0.5, 1.0, 0.0)),
            at_zero=0.5,
            slope_at_infinity=0.5,
            adjoint="tv",
            smooth=False,
        ),
    )
}
"""Divergences by name: "kl", "reverse_kl", "jeffreys", "js", "hellinger", "chi2" (Pearson), "neyman", "tv"."""


def get_divergence(name: str | FDivergence) -> FDivergence:
    """Return the divergence of this name; an :class:`FDivergence` is returned as it is.

    Raises
    ------
    InputError
        If no divergence has the name.
    """
    if isinstance(name, FDivergence):
        return name
    if name not in DIVERGENCES:
        raise InputError(f"divergence must be one of {', '.join(DIVERGENCES)}; {name!r} came.")
    return DIVERGENCES[name]


def divergence(
    p: ArrayLike, q: ArrayLike, name: str | FDivergence = "kl", *, base: float | None = None, axis: int = 0
) -> FloatArray:
    """Return the f-divergence D(P || Q) of two discrete distributions.

    Parameters
    ----------
    p, q : array-like of one shape
        Probabilities or counts along `axis`; each is normalised to sum to one.
    name : str or FDivergence
        A name in :data:`DIVERGENCES`.
    base : float, optional
        Base of the logarithm as in :func:`scipy.stats.entropy` (natural: nats; 2: bits). Only the logarithmic
        divergences (KL, reverse KL, Jeffreys, Jensen-Shannon) have a unit.
    axis : int

    Returns
    -------
    array or scalar array
        Infinite where a cell is empty on one side and the divergence charges infinity for it.

    Raises
    ------
    InputError
        If shapes differ, an entry is negative or not finite, a sum is zero, or `base` is given for a
        divergence without logarithm.

    Examples
    --------
    >>> divergence([0.5, 0.5], [0.9, 0.1]).round(4)
    np.float64(0.5108)
    >>> divergence([50, 50], [90, 10], "jeffreys").round(4)      # the PSI of these two samples
    np.float64(0.8789)
    >>> divergence([1, 0], [0, 1], "js", base=2)
    np.float64(1.0)
    """
    chosen = get_divergence(name)
    first, second = as_distribution(p, "p", axis), as_distribution(q, "q", axis)
    if first.shape != second.shape:
        raise InputError(f"p and q must have one shape; they have {first.shape} and {second.shape}.")
    if base is not None and chosen.name not in {"kl", "reverse_kl", "jeffreys", "js"}:
        raise InputError(f"base is for divergences with a logarithm; {chosen.name} has none.")
    return in_base(chosen.between(first, second, axis), base)
