"""A picture of two features binned together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kullback._plotting import new_axes
from kullback._typing import FloatArray, IntArray
from kullback.exceptions import InputError

__all__ = ["TwoWayDisplay"]

LONGEST = 18
"""Characters of a pre-bin's name that are shown."""


class TwoWayDisplay:
    """Heat map of the weight of evidence over the grid of two features, with the rows in each rectangle.

    Parameters
    ----------
    features : pair of str
        The first goes upwards, the second to the right.
    labels : pair of sequences of str
        Names of the pre-bins of each feature.
    place : (pre-bins of the first, pre-bins of the second) int64 array
        Rectangle of each cell.
    woe, count : (rectangles,) array
        Weight of evidence and weight of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import TwoWayBinner, TwoWayDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2000, 2))
    >>> y = rng.random(2000) < np.where(X[:, 0] * X[:, 1] > 0, 0.4, 0.1)
    >>> TwoWayDisplay.from_estimator(TwoWayBinner(max_bins=4).fit(X, y)).plot().ax_.get_xlabel()
    'x1'
    """

    def __init__(
        self,
        *,
        features: tuple[str, str],
        labels: tuple[Sequence[str], Sequence[str]],
        place: IntArray,
        woe: FloatArray,
        count: FloatArray,
    ) -> None:
        self.features = features
        self.labels = labels
        self.place = place
        self.woe = woe
        self.count = count

    @classmethod
    def from_estimator(cls, binner: Any) -> TwoWayDisplay:
        """Compute the display of a fitted binner.

        Parameters
        ----------
        binner : TwoWayBinner

        Raises
        ------
        InputError
            If it is another estimator.
        """
        check_is_fitted(binner)
        table = getattr(binner, "table_", None)
        rule = getattr(table, "rule", None)
        if table is None or rule is None:
            raise InputError(f"The estimator must be a fitted TwoWayBinner; {type(binner).__name__} came.")
        return cls(
            features=(str(rule.rows.feature), str(rule.columns.feature)),
            labels=(rule.rows.labels, rule.columns.labels),
            place=rule.place,
            woe=table.woe,
            count=table.count,
        )

    def plot(self, ax: Any = None) -> TwoWayDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        TwoWayDisplay
            With `ax_`, `figure_`, `mesh_`, `colorbar_` and `texts_`.
        """
        self.figure_, self.ax_ = new_axes(ax)
        n_rows, n_columns = self.place.shape
        widest = float(np.abs(self.woe).max()) or 1.0  # colours are symmetric: 0 is white
        edges = np.arange(n_columns + 1) - 0.5, np.arange(n_rows + 1) - 0.5
        self.mesh_ = self.ax_.pcolormesh(*edges, self.woe[self.place], cmap="RdBu", vmin=-widest, vmax=widest)
        self.colorbar_ = self.figure_.colorbar(self.mesh_, ax=self.ax_)
        self.colorbar_.set_label("weight of evidence (higher: lower risk)")
        self._draw_borders()
        self.texts_ = [self._write(j) for j in range(self.woe.size)]
        for axis, names in ((self.ax_.yaxis, self.labels[0]), (self.ax_.xaxis, self.labels[1])):
            short = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "\u2026" for name in names]
            axis.set_ticks(np.arange(len(short)), short, fontsize=7, parse_math=False)
        self.ax_.tick_params(axis="x", rotation=90)
        self.ax_.set_ylabel(self.features[0], parse_math=False)
        self.ax_.set_xlabel(self.features[1], parse_math=False)
        return self

    def _draw_borders(self) -> None:
        for row, column in np.argwhere(self.place[:, 1:] != self.place[:, :-1]):
            self.ax_.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], color="#333333", linewidth=1)
        for row, column in np.argwhere(self.place[1:] != self.place[:-1]):
            self.ax_.plot([column - 0.5, column + 0.5], [row + 0.5] * 2, color="#333333", linewidth=1)

    def _write(self, rectangle: int) -> Any:
        row, column = np.argwhere(self.place == rectangle).mean(axis=0)
        text = f"{self.woe[rectangle]:.2f}\nn {self.count[rectangle]:,.0f}"
        dark = abs(self.woe[rectangle]) > 0.6 * float(np.abs(self.woe).max())
        return self.ax_.text(
            column, row, text, ha="center", va="center", fontsize=7, color="white" if dark else "#222222"
        )
