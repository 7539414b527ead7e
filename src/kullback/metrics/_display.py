"""Pictures of how a score tells events from non-events: computed once, then only drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._plotting import new_axes
from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError
from kullback.metrics._calibration_display import EVENT, GUIDE, NON_EVENT, finish
from kullback.metrics._discrimination import distribution_functions, ks_statistic, roc_auc
from kullback.metrics._rows import LabelledRows, read_rows, read_scores

__all__ = ["KSDisplay", "ROCDisplay", "ScoreDistributionDisplay"]

POINTS = 400
"""Thresholds at most at which a curve is evaluated; the curve is exact at each."""


class ROCDisplay:
    """Receiver operating characteristic: share of events found against share of false alarms.

    Parameters
    ----------
    false_positive_rate, true_positive_rate : (points,) array
    area : float
    limits : (2,) array
        Of the area.
    confidence_level : float
    name : str, optional
        Of the model.

    Examples
    --------
    >>> display = ROCDisplay.from_predictions([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).plot()
    >>> display.ax_.get_xlabel()
    'false positive rate (share of non-events)'
    """

    def __init__(
        self,
        *,
        false_positive_rate: FloatArray,
        true_positive_rate: FloatArray,
        area: float,
        limits: FloatArray,
        confidence_level: float = 0.95,
        name: str | None = None,
    ) -> None:
        self.false_positive_rate = false_positive_rate
        self.true_positive_rate = true_positive_rate
        self.area = area
        self.limits = limits
        self.confidence_level = confidence_level
        self.name = name

    @classmethod
    def from_predictions(
        cls,
        y: Any,
        score: Any,
        *,
        pos_label: Any = None,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        confidence_level: float = 0.95,
    ) -> ROCDisplay:
        """Compute the display.

        Parameters
        ----------
        y : (rows,) array-like
        score : (rows,) array-like
            Higher means riskier.
        pos_label : label, optional
        sample_weight : (rows,) array-like, optional
        name : str, optional
            Of the model.
        confidence_level : float

        Raises
        ------
        InputError
            As :func:`roc_auc`.
        """
        rows, values = _read(y, score, sample_weight, pos_label)
        _, events, non_events = _curves(rows, values)
        area = roc_auc(y, values, sample_weight=sample_weight, pos_label=pos_label)
        return cls(
            false_positive_rate=np.concatenate([[1.0], 1 - non_events]),
            true_positive_rate=np.concatenate([[1.0], 1 - events]),
            area=float(area),
            limits=area.conf_int(confidence_level)[0],
            confidence_level=confidence_level,
            name=name,
        )

    def plot(self, ax: Any = None) -> ROCDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        ROCDisplay
            With `ax_`, `figure_`, `line_` and `text_`.
        """
        self.figure_, self.ax_ = new_axes(ax, figsize=(4.8, 4.8))
        self.ax_.plot([0, 1], [0, 1], color=GUIDE, linewidth=1, linestyle="--")
        (self.line_,) = self.ax_.plot(self.false_positive_rate, self.true_positive_rate, color=NON_EVENT, linewidth=2)
        told = f"AUC {self.area:.3f}\n{self.confidence_level:.0%} limits {self.limits[0]:.3f} to {self.limits[1]:.3f}"
        self.text_ = self.ax_.text(
            0.97, 0.04, told, ha="right", va="bottom", transform=self.ax_.transAxes, color=NON_EVENT
        )
        self.ax_.set(
            xlim=(-0.01, 1.01),
            ylim=(-0.01, 1.01),
            aspect="equal",
            xlabel="false positive rate (share of non-events)",
            ylabel="true positive rate (share of events)",
        )
        finish(self.ax_, self.name)
        return self


class KSDisplay:
    """Distribution functions of the scores of events and non-events, and where they differ most.

    Parameters
    ----------
    thresholds : (points,) array
    events, non_events : (points,) array
        Share of each class with a score at or below the threshold.
    statistic, threshold : float
        Greatest distance, and where.
    name : str, optional
        Of the score.

    Examples
    --------
    >>> KSDisplay.from_predictions([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).plot().threshold
    0.1
    """

    def __init__(
        self,
        *,
        thresholds: FloatArray,
        events: FloatArray,
        non_events: FloatArray,
        statistic: float,
        threshold: float,
        name: str | None = None,
    ) -> None:
        self.thresholds = thresholds
        self.events = events
        self.non_events = non_events
        self.statistic = statistic
        self.threshold = threshold
        self.name = name

    @classmethod
    def from_predictions(
        cls,
        y: Any,
        score: Any,
        *,
        pos_label: Any = None,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
    ) -> KSDisplay:
        """Compute the display.

        Parameters
        ----------
        y : (rows,) array-like
        score : (rows,) array-like
        pos_label : label, optional
        sample_weight : (rows,) array-like, optional
        name : str, optional
            Of the score.

        Raises
        ------
        InputError
            As :func:`ks_statistic`.
        """
        rows, values = _read(y, score, sample_weight, pos_label)
        # weights of one leave the distance as it is and skip the p-value, which is not drawn
        ks = ks_statistic(y, values, sample_weight=rows.weight, pos_label=pos_label)
        thresholds, events, non_events = _curves(rows, values, keep=ks.threshold)
        return cls(
            thresholds=thresholds,
            events=events,
            non_events=non_events,
            statistic=ks.statistic,
            threshold=ks.threshold,
            name=name,
        )

    def plot(self, ax: Any = None) -> KSDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        KSDisplay
            With `ax_`, `figure_`, `lines_` (events, non-events) and `gap_`.
        """
        self.figure_, self.ax_ = new_axes(ax, figsize=(6.0, 4.2))
        at = int(np.flatnonzero(self.thresholds == self.threshold)[0])
        ends = sorted([self.events[at], self.non_events[at]])
        self.lines_ = tuple(
            self.ax_.plot(self.thresholds, curve, drawstyle="steps-post", color=color, linewidth=2, label=label)[0]
            for curve, color, label in (
                (self.events, EVENT, "events"),
                (self.non_events, NON_EVENT, "non-events"),
            )
        )
        (self.gap_,) = self.ax_.plot(
            [self.threshold] * 2,
            ends,
            color="black",
            linewidth=1.5,
            marker="_",
            label=f"KS {self.statistic:.3f} at {self.threshold:.4g}",
        )
        self.ax_.set(ylim=(-0.01, 1.01), xlabel=self.name or "score", ylabel="share at or below (of each class)")
        finish(self.ax_, None, legend=True)
        return self


class ScoreDistributionDisplay:
    """Histograms of the scores of events and of non-events, each of area one.

    Parameters
    ----------
    edges : (bins + 1,) array
    events, non_events : (bins,) array
        Share of each class in a bin.
    name : str, optional
        Of the score.

    Examples
    --------
    >>> display = ScoreDistributionDisplay.from_predictions([0, 0, 1, 1], [480, 620, 400, 510], bins=4)
    >>> display.events
    array([0.5, 0. , 0.5, 0. ])
    """

    def __init__(
        self, *, edges: FloatArray, events: FloatArray, non_events: FloatArray, name: str | None = None
    ) -> None:
        self.edges = edges
        self.events = events
        self.non_events = non_events
        self.name = name

    @classmethod
    def from_predictions(
        cls,
        y: Any,
        score: Any,
        *,
        pos_label: Any = None,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        bins: int = 40,
    ) -> ScoreDistributionDisplay:
        """Compute the display.

        Parameters
        ----------
        y : (rows,) array-like
        score : (rows,) array-like
        pos_label : label, optional
        sample_weight : (rows,) array-like, optional
        name : str, optional
            Of the score.
        bins : int
            Number of bins of equal width.

        Raises
        ------
        InputError
            If `y` has not two labels, lengths differ, or a score is not finite.
        """
        rows, values = _read(y, score, sample_weight, pos_label)
        edges = np.histogram_bin_edges(values, bins=bins)
        return cls(
            edges=edges,
            events=np.histogram(values, edges, weights=rows.share(True))[0],
            non_events=np.histogram(values, edges, weights=rows.share(False))[0],
            name=name,
        )

    def plot(self, ax: Any = None) -> ScoreDistributionDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        ScoreDistributionDisplay
            With `ax_`, `figure_` and `steps_` (events, non-events).
        """
        self.figure_, self.ax_ = new_axes(ax, figsize=(6.0, 4.0))
        self.steps_ = tuple(
            self.ax_.stairs(100 * share, self.edges, fill=True, alpha=0.35, color=color, label=label, linewidth=0)
            for share, color, label in (
                (self.non_events, NON_EVENT, "non-events"),
                (self.events, EVENT, "events"),
            )
        )[::-1]
        for share, color in ((self.non_events, NON_EVENT), (self.events, EVENT)):
            self.ax_.stairs(100 * share, self.edges, color=color, linewidth=1.5)
        highest = 100 * float(max(self.events.max(), self.non_events.max()))
        self.ax_.set(ylim=(0, 1.2 * highest), xlabel=self.name or "score", ylabel="share of each class in a bin (%)")
        finish(self.ax_, None, legend=True)
        return self


def _read(y: Any, score: Any, sample_weight: ArrayLike | None, pos_label: Any) -> tuple[LabelledRows, FloatArray]:
    rows = read_rows(y, sample_weight, pos_label)
    scores = read_scores(score, rows.event.size)
    if scores.shape[1] != 1:
        raise InputError(f"score must be one a row to be drawn; it has {scores.shape[1]} columns.")
    return rows, np.ascontiguousarray(scores[:, 0])


def _curves(
    rows: LabelledRows, score: FloatArray, keep: float | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return at most `POINTS` thresholds, spread over the distinct scores, with `keep` among them."""
    thresholds, events, non_events = distribution_functions(rows, score)
    chosen = np.linspace(0, thresholds.size - 1, min(thresholds.size, POINTS)).round().astype(np.int64)
    if keep is not None:
        chosen = np.union1d(chosen, np.searchsorted(thresholds, keep))
    return thresholds[chosen], events[chosen], non_events[chosen]
