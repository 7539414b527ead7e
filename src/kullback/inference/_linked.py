"""Estimates with a bounded range: limits and tests on a scale without bounds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special

from kullback._checks import check_confidence_level
from kullback._typing import ArrayLike, BoolArray, FloatArray
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference._estimate import Estimate
from kullback.inference._wald import Alternative, TestResult, joint_test, normal_pvalue

__all__ = ["LinkName", "LinkedEstimate"]

LinkName = Literal["log", "logit", "atanh"]


@dataclass(frozen=True)
class _Link:
    """A scale without bounds for a range with `ends`, its inverse and its derivative."""

    ends: tuple[float, float]
    scale: Callable[[FloatArray], FloatArray]
    inverse: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]


_LINKS: dict[str, _Link] = {
    "log": _Link((0.0, np.inf), np.log, np.exp, lambda v: 1 / v),
    "logit": _Link((0.0, 1.0), special.logit, special.expit, lambda v: 1 / (v * (1 - v))),
    # twice the usual one: the logit of (1 + v) / 2
    "atanh": _Link((-1.0, 1.0), lambda v: 2 * np.arctanh(v), lambda x: np.tanh(x / 2), lambda v: 2 / (1 - v**2)),
}


class LinkedEstimate(Estimate):
    """Estimates with a bounded range, whose limits and tests are normal on a scale without bounds.

    Limits stay inside the range, and are not symmetric. Sums, products and functions of linked estimates are
    plain ones; entries, clusters and a condensed estimate keep the scale.

    Parameters
    ----------
    value, influence, names, sample_id, target, multiplicity, null
        As in :class:`Estimate`, all of the value itself.
    link : {"log", "logit", "atanh"}
        Scale of a positive value (a ratio), of one in [0, 1], of one in [-1, 1].
    trials : (k,) array-like
        What a value at an end of its range rests on, where influence vanishes and the scale is infinite: so many
        independent trials all came out one way. Clusters count as trials in place of rows, in proportion.
    shift : (k,) array-like
        The chance of one trial to come out so is expit(x) at the upper end and expit(-x - shift) at the lower,
        with x the value's true place on the scale.

    Warns
    -----
    SmallCountWarning
        By limits and tests, if a value is at an end of its range.

    Examples
    --------
    >>> import numpy as np
    >>> hit = np.repeat([1.0, 0.0], [18, 2])
    >>> share = LinkedEstimate([0.9], (hit - 0.9)[:, None] / 20, link="logit", null=0.5)
    >>> share.conf_int().round(3), Estimate.conf_int(share).round(3)
    (array([[0.676, 0.975]]), array([[0.769, 1.031]]))
    """

    def __init__(
        self,
        value: ArrayLike,
        influence: ArrayLike,
        *,
        link: LinkName,
        trials: ArrayLike = 1.0,
        shift: ArrayLike = 0.0,
        names: Sequence[str] | None = None,
        sample_id: Hashable = None,
        target: str = "",
        multiplicity: ArrayLike | None = None,
        null: float | None = None,
    ) -> None:
        super().__init__(
            value, influence, names=names, sample_id=sample_id, target=target, multiplicity=multiplicity, null=null
        )
        if link not in _LINKS:
            raise InputError(f"link must be one of {', '.join(map(repr, _LINKS))}; {link!r} came.")
        self._link: LinkName = link
        self._trials, self._shift = (
            np.array(np.broadcast_to(np.asarray(entry, dtype=np.float64), self.value.shape))
            for entry in (trials, shift)
        )
        if not (self._trials > 0).all():
            raise InputError("trials must be positive: a value at an end of its range rests on at least a part of one.")
        self._check_range(self.value, "value")

    def _aim(self, null: ArrayLike | None) -> FloatArray:
        """Return the (k,) nulls of a test, by default the estimate's own."""
        null = self.null if null is None else null
        if null is None:
            raise InputError("This estimate has no null of its own; give the one to test.")
        at = np.array(np.broadcast_to(np.asarray(null, dtype=np.float64), self.value.shape))
        self._check_range(at, "null")
        return at

    def _check_range(self, entries: FloatArray, name: str) -> None:
        low, high = _LINKS[self._link].ends
        outside = ~((entries >= low) & (entries <= high) & np.isfinite(entries))
        if outside.any():
            raise InputError(f"{name} must lie in [{low:g}, {high:g}]; {entries[outside][0]:g} came.")

    @property
    def link(self) -> LinkName:
        """Scale of limits and tests."""
        return self._link

    @property
    def trials(self) -> FloatArray:
        """(k,) trials that a value at an end of its range rests on."""
        return self._trials

    @property
    def _at_end(self) -> BoolArray:
        return np.isin(self.value, _LINKS[self._link].ends)

    def _on_scale(self) -> tuple[FloatArray, FloatArray]:
        """Return (k,) values and standard errors on the scale; zeros at the ends of the range."""
        link, inside = _LINKS[self._link], ~self._at_end
        place, error = np.zeros(len(self)), np.zeros(len(self))
        place[inside] = link.scale(self.value[inside])
        error[inside] = link.slope(self.value[inside]) * self.standard_error[inside]
        return place, error

    def conf_int(self, confidence_level: float = 0.95) -> FloatArray:
        """Return (k, 2) limits at `confidence_level`, a number in (0, 1): Wald's on the scale, taken back.

        A value at an end of its range is one limit. The other is the truth at which all trials come out as they did
        with the chance of one tail (Clopper-Pearson).
        """
        level = check_confidence_level(confidence_level)
        link = _LINKS[self._link]
        place, error = self._on_scale()
        half = special.ndtri(0.5 + level / 2) * error
        limits = np.column_stack([link.inverse(place - half), link.inverse(place + half)])
        at_end = self._at_end
        if at_end.any():
            self._warn_at_end(at_end)
            log_chance = np.log((1 - level) / 2) / self._trials
            side = log_chance - np.log(-np.expm1(log_chance))
            low = self.value == link.ends[0]
            other = link.inverse(np.where(low, -side - self._shift, side))
            exact = np.sort(np.column_stack([self.value, other]), axis=1)
            limits[at_end] = exact[at_end]
        return limits

    def test(self, null: ArrayLike | None = None, alternative: Alternative = "two-sided") -> TestResult:
        """Test each value against `null` by the normal law on the scale (Wald).

        A value at an end of its range is tested by the chance of all trials to come out as they did, which one tail of
        the normal law shows; above one half it counts as one half.

        Parameters
        ----------
        null : float or (k,) array-like
            Inside the range; by default :attr:`null`.
        alternative : {"two-sided", "less", "greater"}

        Returns
        -------
        TestResult
        """
        at = self._aim(null)
        place, error = self._on_scale()
        with np.errstate(divide="ignore", invalid="ignore"):
            aim = np.asarray(_LINKS[self._link].scale(at))
            z = (place - aim) / error
        at_end = self._at_end
        if at_end.any():
            self._warn_at_end(at_end)
            sign = np.where(self.value == _LINKS[self._link].ends[0], -1.0, 1.0)
            log_chance = self._trials * special.log_expit(np.where(sign < 0, -aim - self._shift, aim))
            z = np.where(at_end, -sign * np.minimum(special.ndtri_exp(log_chance), 0.0), z)
        z = np.where(self.value == at, 0.0, z)
        return TestResult(z, normal_pvalue(z, alternative), None, at, alternative, f"normal on the {self._link} scale")

    def wald_test(self, null: ArrayLike | None = None) -> TestResult:
        """Test all values jointly on the scale, as :meth:`Estimate.wald_test` does; `null` is by default that of all.

        Raises
        ------
        InputError
            If a value or `null` is at an end of its range.
        """
        at = self._aim(null)
        link = _LINKS[self._link]
        if self._at_end.any() or np.isin(at, link.ends).any():
            raise InputError("A joint test needs every value and null inside the range; leave out what is at an end.")
        slope = link.slope(self.value)
        return joint_test(link.scale(self.value), link.scale(at), self.covariance * np.outer(slope, slope))

    def _warn_at_end(self, at_end: BoolArray) -> None:
        told = ", ".join(
            f"{self.names[i]!r} is {self.value[i]:g} ({self._trials[i]:.4g} trials)" for i in np.flatnonzero(at_end)
        )
        warnings.warn(
            f"A value is at an end of its range, where its standard error of zero says nothing: {told}. Its limits and "
            "p-values come from the chance that so many independent trials all come out alike; use more rows.",
            SmallCountWarning,
            stacklevel=3,
        )

    def cluster(self, labels: ArrayLike) -> LinkedEstimate:
        """Sum the influence inside clusters, as :meth:`Estimate.cluster` does, and count clusters as trials."""
        whole = super().cluster(labels)
        share = whole.influence.shape[0] / max(self.influence.shape[0], 1)
        return self._with(slice(None), whole.influence, whole.sample_id, None, self._trials * share)

    def _rebuild(self, influence: FloatArray, sample_id: Hashable) -> Estimate:
        return self._with(slice(None), influence, sample_id, None, self._trials)

    def __getitem__(self, key: int | str | slice | Sequence[int] | Sequence[str]) -> LinkedEstimate:
        index = self._positions(key)
        return self._with(index, self.influence[:, index], self.sample_id, self.multiplicity, self._trials)

    def _with(
        self,
        index: Any,
        influence: FloatArray,
        sample_id: Hashable,
        multiplicity: FloatArray | None,
        trials: FloatArray,
    ) -> LinkedEstimate:
        """Return these entries over the given units."""
        return LinkedEstimate(
            self.value[index],
            influence,
            link=self._link,
            trials=trials[index],
            shift=self._shift[index],
            names=np.array(self.names)[index].tolist(),
            sample_id=sample_id,
            target=self.target,
            multiplicity=multiplicity,
            null=self.null,
        )
