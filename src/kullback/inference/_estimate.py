"""Estimates that carry their influence values."""

from __future__ import annotations

import functools
import operator
import warnings
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from scipy import special

from kullback._checks import check_confidence_level, check_labels
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference._samples import AddedRows, Anonymous, Clustered, Union, join, name_sample, parts, places
from kullback.inference._wald import Alternative, TestResult, joint_test, normal_pvalue

__all__ = ["Alternative", "Estimate", "TestResult", "covariance_root"]


FEW_CLUSTERS = 20
"""With so few clusters a test at 5% rejects 9% of true hypotheses, with 10 of them 12%, with 3 a third."""


class Estimate:
    """A vector of estimates with the influence of every unit on each.

    The estimate is asymptotically linear: ``value - truth`` is, to first order, the sum over units of the
    influence values. Nothing else is stored: the covariance is the sum over units of ``psi psi'``, standard
    errors are its diagonal's roots, and sums, differences and smooth functions transform the influence.

    Parameters
    ----------
    value : (k,) array-like
    influence : (units, k) array-like
        Scaled so that the covariance is the sum over units of ``psi psi'``.
    names : sequence of k str, optional
    sample_id : hashable, optional
        Names the sample. Estimates with equal `sample_id` are paired unit by unit (same rows, same order);
        different ids mean independent samples, whose variances add. A sample without a name cannot be combined
        with another, since nobody can say whether they share rows; nor can rows with their own clusters, or the
        cells of two tables of one sample.
    target : str, optional
        What an interval is for, in words.
    multiplicity : (units,) array-like, optional
        How many identical units each row of `influence` stands for: a table needs its cells, not its rows.
    null : float or None
        Value that stands for no effect, which the p-values of tables test: 1 for a ratio, say; None where there is
        none, so that tables show no p-values. Sums, products and functions of estimates have a null of 0.

    Raises
    ------
    InputError
        If shapes disagree or a number is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 2.0, 4.0, 5.0])
    >>> mean = Estimate([x.mean()], (x - x.mean())[:, None] / len(x), names=["mean"])
    >>> mean.standard_error.round(4)
    array([0.7906])
    >>> (2 * mean - 1).conf_int().round(3)
    array([[1.901, 8.099]])
    """

    def __init__(
        self,
        value: ArrayLike,
        influence: ArrayLike,
        *,
        names: Sequence[str] | None = None,
        sample_id: Hashable = None,
        target: str = "",
        multiplicity: ArrayLike | None = None,
        null: float | None = 0.0,
    ) -> None:
        self._value = _frozen(value, ndim=1, name="value")
        k = self._value.size
        self._influence = _frozen(influence, ndim=2, name="influence")
        if self._influence.shape[1] != k:
            raise InputError(
                f"influence must have one column a value: value has {k}, influence {self._influence.shape[1]}."
            )
        self._names = tuple(f"theta{i}" for i in range(k)) if names is None else tuple(map(str, names))
        if len(self._names) != k:
            raise InputError(f"names must have one entry a value ({k}); {len(self._names)} came.")
        self._sample_id = name_sample(sample_id, of_cells=multiplicity is not None)
        self._target = target
        self._null = None if null is None else float(null)
        self._multiplicity = None if multiplicity is None else _frozen(multiplicity, ndim=1, name="multiplicity")
        if self._multiplicity is not None and self._multiplicity.size != self._influence.shape[0]:
            raise InputError(
                f"multiplicity must have one entry a unit ({self._influence.shape[0]}); {self._multiplicity.size} came."
            )
        if self._multiplicity is not None and (self._multiplicity < 0).any():
            raise InputError("multiplicity must not be negative: it counts identical units.")

    @property
    def value(self) -> FloatArray:
        """(k,) estimates."""
        return self._value

    @property
    def influence(self) -> FloatArray:
        """(units, k) influence values."""
        return self._influence

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k estimates."""
        return self._names

    @property
    def sample_id(self) -> Hashable:
        """Name of the sample that the units belong to."""
        return self._sample_id

    @property
    def target(self) -> str:
        """What an interval is for, in words."""
        return self._target

    @property
    def null(self) -> float | None:
        """Value that stands for no effect, if any."""
        return self._null

    @property
    def multiplicity(self) -> FloatArray | None:
        """(units,) number of identical units, or None where each is one."""
        return self._multiplicity

    @property
    def covariance(self) -> FloatArray:
        """(k, k) covariance: the sum over units of psi psi'."""
        if self._multiplicity is None:
            return self._influence.T @ self._influence
        return (self._influence * self._multiplicity[:, None]).T @ self._influence

    @property
    def standard_error(self) -> FloatArray:
        """(k,) standard errors, derived from the influence values."""
        return np.sqrt(np.diag(self.covariance))

    def __len__(self) -> int:
        return self._value.size

    def __float__(self) -> float:
        if len(self) != 1:
            raise TypeError(f"Only a single estimate is a number; this one holds {len(self)}. Choose one: estimate[0].")
        return float(self._value[0])

    def __getitem__(self, key: int | str | slice | Sequence[int] | Sequence[str]) -> Estimate:
        index = self._positions(key)
        names = [self._names[i] for i in index]
        return self._linear(self._value[index], np.eye(len(self))[index], names=names, null=self._null)

    def _positions(self, key: Any) -> list[int]:
        if isinstance(key, slice):
            return list(range(len(self))[key])
        if isinstance(key, str | int | np.integer):
            key = [key]
        if np.asarray(key).dtype == bool:
            raise InputError(
                "Entries are chosen by name or position, not by a mask; np.flatnonzero makes positions of one."
            )
        positions = []
        for entry in key:
            if isinstance(entry, str):
                if entry not in self._names:
                    raise KeyError(f"No estimate is called {entry!r}; there are: {', '.join(self._names)}.")
                positions.append(self._names.index(entry))
            else:
                positions.append(range(len(self))[entry])
        return positions

    def _linear(
        self,
        value: FloatArray,
        jacobian: FloatArray,
        *,
        names: Sequence[str] | None = None,
        target: str | None = None,
        null: float | None = 0.0,
    ) -> Estimate:
        """Return the estimate `value` whose derivative with respect to this one is `jacobian` (m, k)."""
        return Estimate(
            value,
            self._influence @ jacobian.T,
            names=names,
            sample_id=self._sample_id,
            target=self._target if target is None else target,
            multiplicity=self._multiplicity,
            null=null,
        )

    def __neg__(self) -> Estimate:
        return self * -1.0

    def __mul__(self, factor: ArrayLike) -> Estimate:
        scale = self._scalars(factor)
        if scale is NotImplemented:
            return NotImplemented
        return self._linear(self._value * scale, np.diag(scale), names=self._names)

    __rmul__ = __mul__

    def __truediv__(self, divisor: ArrayLike) -> Estimate:
        scale = self._scalars(divisor)
        if scale is NotImplemented:
            return NotImplemented
        if (scale == 0).any():
            raise ZeroDivisionError("An estimate cannot be divided by zero.")
        return self * (1.0 / scale)

    def __add__(self, other: Estimate | ArrayLike) -> Estimate:
        if isinstance(other, Estimate):
            return _combine(self, other, 1.0)
        shift = self._scalars(other)
        if shift is NotImplemented:
            return NotImplemented
        return self._linear(self._value + shift, np.eye(len(self)), names=self._names)

    __radd__ = __add__

    def __sub__(self, other: Estimate | ArrayLike) -> Estimate:
        if isinstance(other, Estimate):
            return _combine(self, other, -1.0)
        shift = self._scalars(other)
        return NotImplemented if shift is NotImplemented else self + -shift

    def __rsub__(self, other: ArrayLike) -> Estimate:
        return -self + other

    __array_ufunc__ = None  # so that numpy hands `array * estimate` to __rmul__

    def _scalars(self, other: Any) -> Any:
        if isinstance(other, Estimate):
            return NotImplemented
        try:
            return np.broadcast_to(np.asarray(other, dtype=np.float64), self._value.shape)
        except (TypeError, ValueError):
            return NotImplemented

    def delta(
        self,
        function: Callable[[FloatArray], ArrayLike],
        jacobian: Callable[[FloatArray], ArrayLike] | None = None,
        *,
        names: Sequence[str] | None = None,
        target: str | None = None,
    ) -> Estimate:
        """Return the estimate of a smooth function of this one (delta method).

        Parameters
        ----------
        function : callable, (k,) -> (m,) or scalar
        jacobian : callable, (k,) -> (m, k), optional
            Central differences where it is not given.
        names : sequence of m str, optional
        target : str, optional

        Returns
        -------
        Estimate

        Raises
        ------
        InputError
            If the jacobian has another shape.

        Examples
        --------
        >>> import numpy as np
        >>> odds = Estimate([0.2], np.full((100, 1), 0.004)).delta(lambda p: p / (1 - p))
        >>> odds.value, odds.standard_error
        (array([0.25]), array([0.0625]))
        """
        at = np.array(self._value)
        value = np.atleast_1d(np.asarray(function(at), dtype=np.float64))
        slope = (
            _differences(function, at, self.standard_error, value.size)
            if jacobian is None
            else np.asarray(jacobian(at), dtype=np.float64)
        )
        shape = (value.size, len(self))
        if slope.size != shape[0] * shape[1] or (min(shape) > 1 and slope.shape != shape):
            raise InputError(f"jacobian must return shape {shape}, a row a value; it returned {slope.shape}.")
        return self._linear(value, slope.reshape(shape), names=names, target=target)

    def conf_int(self, confidence_level: float = 0.95) -> FloatArray:
        """Return (k, 2) Wald limits at `confidence_level`, a number in (0, 1)."""
        level = check_confidence_level(confidence_level)
        half = special.ndtri(0.5 + level / 2) * self.standard_error
        return np.column_stack([self._value - half, self._value + half])

    def test(self, null: ArrayLike = 0.0, alternative: Alternative = "two-sided") -> TestResult:
        """Test each value against `null` by the normal law (Wald).

        Parameters
        ----------
        null : float or (k,) array-like
        alternative : {"two-sided", "less", "greater"}

        Returns
        -------
        TestResult
            With ``statistic = (value - null) / standard_error``. A standard error of zero gives an infinite
            statistic, or 0 where the value equals `null`.
        """
        expected = np.broadcast_to(np.asarray(null, dtype=np.float64), self._value.shape)
        gap, error = self._value - expected, self.standard_error
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(gap == 0, 0.0, gap / error)
        return TestResult(z, normal_pvalue(z, alternative), None, np.array(expected), alternative, "normal (Wald)")

    def wald_test(self, null: ArrayLike = 0.0) -> TestResult:
        """Test all values jointly by the chi-square law, with the rank of the covariance as its degrees of freedom.

        The statistic is infinite where a combination of the values is known without error and differs from its null.
        The test does not hold where the influence values vanish, as an information value's do at zero.
        """
        expected = np.broadcast_to(np.asarray(null, dtype=np.float64), self._value.shape)
        return joint_test(self._value, expected, self.covariance)

    def cluster(self, labels: ArrayLike) -> Estimate:
        """Sum the influence inside clusters, so that units in one cluster may depend on each other.

        Parameters
        ----------
        labels : (units,) array-like
            Cluster of each row. Estimates clustered by the same labels stay paired. Parts of rows that were added
            to a table's empty cells have no label: each stays a unit.

        Raises
        ------
        InputError
            If the labels do not match the units, or the estimate holds cells with a multiplicity.
        """
        if self._multiplicity is not None:
            raise InputError(
                "Cells that stand for many rows cannot be clustered; make the estimate from rows (codes and y)."
            )
        own = parts(self._sample_id, self._influence.shape[0])
        rows = tuple(part for part in own if not isinstance(part[0], AddedRows))
        added = tuple(part for part in own if isinstance(part[0], AddedRows))
        units = self._influence[places(rows, own)]
        groups = check_labels(labels, "labels")
        if groups.shape != (units.shape[0],):
            raise InputError(f"labels must have shape ({units.shape[0]},), one a row; they have {groups.shape}.")
        _check_clusters(groups)
        _, first, place = np.unique(groups, return_index=True, return_inverse=True)
        position = np.argsort(np.argsort(first))[place]  # in the order of the rows: labels' names do not matter
        totals = np.zeros((int(position.max(initial=-1)) + 1, len(self)))
        np.add.at(totals, position, units)
        sample_id: Hashable = Clustered(rows[0][0] if len(rows) == 1 else Union(rows), position.tobytes())
        if not added:
            return self._rebuild(totals, sample_id)
        kept = self._influence[places(added, own)]
        return self._rebuild(np.vstack([totals, kept]), Union(((sample_id, len(totals)), *added)))

    def condense(self, sample_id: Hashable = None) -> Estimate:
        """Keep the covariance only: k units with the same covariance, in place of one a row.

        A condensed estimate no longer pairs with others from its rows. Give a `sample_id` of its own where it
        is to be combined with estimates from independent samples.
        """
        return self._rebuild(covariance_root(self.covariance), Anonymous() if sample_id is None else sample_id)

    def _rebuild(self, influence: FloatArray, sample_id: Hashable) -> Estimate:
        """Return this estimate over other units."""
        return Estimate(
            self._value, influence, names=self._names, sample_id=sample_id, target=self._target, null=self._null
        )

    @staticmethod
    def concatenate(estimates: Iterable[Estimate]) -> Estimate:
        """Put estimates side by side, paired where they share a sample."""
        whole = list(estimates)
        if not whole:
            raise InputError("There must be at least one estimate to concatenate; none came.")
        width, offset, placed = sum(map(len, whole)), 0, []
        for part in whole:
            jacobian = np.eye(width)[:, offset : offset + len(part)]
            placed.append(part._linear(jacobian @ part._value, jacobian))
            offset += len(part)
        total = functools.reduce(operator.add, placed)
        targets = {part._target for part in whole}
        names = [name for part in whole for name in part._names]
        return total._linear(
            total._value, np.eye(width), names=names, target=targets.pop() if len(targets) == 1 else ""
        )

    def to_frame(self, confidence_level: float = 0.95) -> Any:
        """Return a pandas dataframe: a row a value with its standard error, limits and p-value against :attr:`null`."""
        import pandas as pd

        limits = self.conf_int(confidence_level)
        columns = {
            "estimate": self._value,
            "standard_error": self.standard_error,
            "lower": limits[:, 0],
            "upper": limits[:, 1],
        }
        if self._null is not None:
            columns["pvalue"] = self.test(self._null).pvalue
        return pd.DataFrame(columns, index=pd.Index(self._names, name="name"))

    def summary(self, confidence_level: float = 0.95) -> SummaryTable:
        """Return the table of values, standard errors, limits and p-values."""
        notes = [f"Limits at {confidence_level:.0%}."]
        if self.null:
            notes.append(f"p-values test a value of {self._null:g}.")
        if self._target:
            notes.append(f"Target: {self._target}.")
        return SummaryTable(self.to_frame(confidence_level), title=type(self).__name__, notes=tuple(notes))

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def _check_clusters(groups: Any) -> None:
    n_clusters = np.unique(groups).size
    if n_clusters < 2:
        raise InputError(
            f"There must be two clusters or more; there is {n_clusters}: nothing shows how clusters differ."
        )
    if n_clusters < FEW_CLUSTERS:
        warnings.warn(
            f"{n_clusters} clusters: below some {FEW_CLUSTERS} standard errors are too small (with 10 clusters a test "
            "at 5% rejects about 12%).",
            SmallCountWarning,
            stacklevel=4,
        )


def covariance_root(covariance: FloatArray) -> FloatArray:
    """Return the (k, k) influence of k units whose covariance is the given one."""
    eigenvalues, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(eigenvalues, 0.0))).T


def _frozen(values: ArrayLike, *, ndim: int, name: str) -> FloatArray:
    array = np.array(values, dtype=np.float64, order="C")
    if ndim == 1:
        array = np.atleast_1d(array)
    if array.ndim != ndim:
        raise InputError(f"{name} must have {ndim} dimension(s); it has shape {array.shape}.")
    if not np.isfinite(array).all():
        raise InputError(f"{name} must be finite; {int((~np.isfinite(array)).sum())} entries are not.")
    array.flags.writeable = False
    return array


def _differences(function: Callable[[FloatArray], ArrayLike], at: FloatArray, error: FloatArray, m: int) -> FloatArray:
    """Central differences with the step that balances rounding and curvature (cube root of the precision).

    It is relative to the value, or to the standard error where that is larger: the delta method holds only where the
    function is nearly a line over a standard error.
    """
    jacobian = np.empty((m, at.size))
    size = np.maximum(np.abs(at), error)
    for i in range(at.size):
        step = np.cbrt(np.finfo(np.float64).eps) * (size[i] or 1.0)
        above, below = at.copy(), at.copy()
        above[i] += step
        below[i] -= step
        rise = np.asarray(function(above), dtype=np.float64) - np.asarray(function(below), dtype=np.float64)
        jacobian[:, i] = rise / (above[i] - below[i])
    return jacobian


def _combine(left: Estimate, right: Estimate, sign: float) -> Estimate:
    """Return ``left + sign * right``, its units those of both, each sample once."""
    if len(left) != len(right):
        raise InputError(f"Estimates must be of one length to be added; these hold {len(left)} and {len(right)}.")
    own = [parts(estimate.sample_id, estimate.influence.shape[0]) for estimate in (left, right)]
    samples = join(*own)
    n_units = sum(units for _, units in samples)
    influence, multiplicity = np.zeros((n_units, len(left))), np.ones(n_units)
    for estimate, factor, samples_of in zip((left, right), (1.0, sign), own, strict=True):
        place = places(samples_of, samples)
        influence[place] += factor * estimate.influence
        if estimate.multiplicity is not None:
            multiplicity[place] = estimate.multiplicity
    mark = " + " if sign > 0 else " - "
    return Estimate(
        left.value + sign * right.value,
        influence,
        names=[a if a == b else a + mark + b for a, b in zip(left.names, right.names, strict=True)],
        sample_id=Union(samples) if len(samples) > 1 else samples[0][0],
        target=left.target if left.target == right.target else "",
        multiplicity=None if left.multiplicity is None and right.multiplicity is None else multiplicity,
    )
