"""Entropy and mutual information of discrete distributions."""

from __future__ import annotations

import numpy as np
from scipy import special

from kullback._checks import unmasked
from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError

__all__ = ["as_distribution", "entropy", "in_base", "mutual_information"]


def as_distribution(values: ArrayLike, name: str, axis: int | None = 0) -> FloatArray:
    """Return float64 probabilities that sum to one along `axis`, from probabilities or counts."""
    visible = unmasked(values, name)
    try:
        array = np.asarray(visible, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers, one a category; {type(values).__name__} came.") from None
    if array.ndim == 0:
        raise InputError(f"{name} must hold one entry a category; a single number came.")
    if not np.isfinite(array).all() or (array < 0).any():
        raise InputError(f"{name} must be finite and not negative.")
    with np.errstate(over="ignore"):
        total = array.sum(axis=axis, keepdims=True)
    if (total <= 0).any():
        raise InputError(f"{name} must have a positive sum: an empty sample has no distribution.")
    if not np.isfinite(total).all():  # entries up to 1.8e308, whose sum is none
        array = array * np.where(np.isfinite(total), 1.0, 2.0**-64)
        total = array.sum(axis=axis, keepdims=True)
    return array / total


def in_base(nats: FloatArray, base: float | None) -> FloatArray:
    """Convert from natural logarithms to `base`."""
    if base is None:
        return nats
    if not base > 0 or base == 1:
        raise InputError(f"base must be positive and not 1; {base!r} came.")
    return nats / np.log(base)


def entropy(p: ArrayLike, *, base: float | None = None, axis: int = 0) -> FloatArray:
    """Return the Shannon entropy of a discrete distribution.

    Parameters
    ----------
    p : array-like
        Probabilities or counts along `axis`; normalised to sum to one.
    base : float, optional
        Base of the logarithm; natural (nats) where None.
    axis : int

    Raises
    ------
    InputError
        If an entry is negative or not finite, or the sum is zero.

    Examples
    --------
    >>> entropy([1, 1, 2], base=2)
    np.float64(1.5)
    """
    return in_base(special.entr(as_distribution(p, "p", axis)).sum(axis=axis), base)


def mutual_information(table: ArrayLike, *, base: float | None = None) -> FloatArray:
    """Return the mutual information of the rows and columns of a contingency table.

    Parameters
    ----------
    table : (rows, columns) array-like
        Joint probabilities or counts.
    base : float, optional
        Base of the logarithm; natural (nats) where None.

    Examples
    --------
    >>> mutual_information([[1, 0], [0, 1]], base=2).round(12)
    np.float64(1.0)
    """
    joint = as_distribution(table, "table", None)
    if joint.ndim != 2:
        raise InputError(f"table must have rows and columns; its shape is {joint.shape}.")
    rows, columns = joint.sum(axis=1, keepdims=True), joint.sum(axis=0, keepdims=True)
    product = rows * columns
    conditional = np.divide(joint, rows, out=np.zeros(joint.shape), where=rows > 0)
    with np.errstate(over="ignore"):
        ratio = np.minimum(np.divide(conditional, columns, out=np.ones(joint.shape), where=columns > 0), 2.0)
    # t ln t - (t - 1) has the sum of t ln t over the product and is never greater: nothing cancels near independence.
    near = product * (special.xlogy(ratio, ratio) - (ratio - 1.0))
    far = special.xlogy(joint, conditional) - special.xlogy(joint, columns) - joint + product
    terms = np.where(ratio < 2.0, near, far)
    return in_base(terms.sum(), base)
