"""Picture of calibration, and the look that the pictures of this package's scores share."""

from __future__ import annotations

from typing import Any

from kullback._plotting import new_axes
from kullback._typing import ArrayLike
from kullback.metrics._calibration import calibration_table

__all__ = ["EVENT", "GUIDE", "NON_EVENT", "CalibrationDisplay", "finish"]

EVENT, NON_EVENT, GUIDE = "#D55E00", "#0072B2", "#7f7f7f"
"""Vermilion and blue of Okabe and Ito, which the colour-blind tell apart, and a grey for guides."""


class CalibrationDisplay:
    """Event rate against mean prediction by group, with Wilson limits and the number of rows.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`calibration_table` makes it.
    confidence_level : float
    name : str, optional
        Of the model.

    Examples
    --------
    >>> y = [0, 0, 0, 1] * 25 + [0, 1] * 50
    >>> display = CalibrationDisplay.from_predictions(y, [0.2] * 100 + [0.5] * 100).plot()
    >>> len(display.table)
    2
    """

    def __init__(self, *, table: Any, confidence_level: float = 0.95, name: str | None = None) -> None:
        self.table = table
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
        bins: int | ArrayLike = 10,
        confidence_level: float = 0.95,
    ) -> CalibrationDisplay:
        """Compute the display.

        Parameters
        ----------
        y : (rows,) array-like
        score : (rows,) array-like
            Predicted probability of the event, in [0, 1].
        pos_label : label, optional
        sample_weight : (rows,) array-like, optional
        name : str, optional
            Of the model.
        bins : int or (cuts,) array-like
        confidence_level : float

        Raises
        ------
        InputError
            As :func:`calibration_table`.
        """
        table = calibration_table(
            y,
            score,
            bins=bins,
            sample_weight=sample_weight,
            pos_label=pos_label,
            confidence_level=confidence_level,
        )
        return cls(table=table, confidence_level=confidence_level, name=name)

    def plot(self, ax: Any = None) -> CalibrationDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        CalibrationDisplay
            With `ax_`, `figure_` and `points_`.
        """
        self.figure_, self.ax_ = new_axes(ax, figsize=(4.8, 4.8))
        predicted = self.table["mean_predicted"].to_numpy()
        rate = self.table["event_rate"].to_numpy()
        lower, upper = self.table["lower"].to_numpy(), self.table["upper"].to_numpy()
        edge = min(1.0, 1.06 * float(max(predicted.max(), upper.max())))
        self.ax_.plot([0, edge], [0, edge], color=GUIDE, linewidth=1, linestyle="--", label="observed = predicted")
        self.points_ = self.ax_.errorbar(
            predicted,
            rate,
            yerr=[rate - lower, upper - rate],
            fmt="o",
            markersize=5,
            capsize=3,
            linewidth=1.3,
            color=NON_EVENT,
            label=f"groups, {self.confidence_level:.0%} limits",
        )
        self.ax_.set(
            xlim=(-0.01 * edge, 1.01 * edge),
            ylim=(-0.01 * edge, 1.01 * edge),
            aspect="equal",
            xlabel="mean predicted probability",
            ylabel="observed event rate",
        )
        finish(self.ax_, self.name, legend=True)
        return self


def finish(ax: Any, title: str | None, *, legend: bool = False) -> None:
    """Take away the frame; name the artists above the axes, where nothing is drawn, and put the title above them."""
    ax.spines[["top", "right"]].set_visible(False)
    if legend:
        ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=3,
            frameon=False,
            borderaxespad=0.2,
            columnspacing=1.2,
            fontsize=9,
        )
    if title:
        ax.set_title(title, fontsize=11, pad=24 if legend else 6)
