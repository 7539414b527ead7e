"""The one place that asks for matplotlib."""

from __future__ import annotations

import warnings
from io import StringIO
from typing import Any

from kullback.exceptions import MissingDependencyError

__all__ = ["new_axes", "require_matplotlib", "svg"]


def require_matplotlib() -> Any:
    """Return the module matplotlib, with ``matplotlib.figure`` loaded.

    Raises
    ------
    MissingDependencyError
        Where matplotlib is not installed; the message names the extra that installs it.
    """
    try:
        import matplotlib
        import matplotlib.figure
    except ImportError:
        raise MissingDependencyError(
            'A plot needs matplotlib, which is not installed: pip install "kullback[plot]".'
        ) from None
    return matplotlib


def new_axes(ax: Any = None, *, figsize: tuple[float, float] | None = None) -> tuple[Any, Any]:
    """Return (figure, axes): those of `ax`, or of a new figure that no global state knows.

    A figure made by ``matplotlib.figure.Figure`` needs no backend and is freed with its last reference, where
    pyplot keeps each until it is closed. `figsize`, in inches, is for a new figure only.
    """
    if ax is not None:
        return ax.figure, ax
    figure = require_matplotlib().figure.Figure(figsize=figsize, layout="constrained")
    return figure, figure.add_subplot()


def svg(figure: Any) -> str:
    """Return the figure as SVG text, the same bytes for the same picture: no date, no random ids.

    Words stay words, in whatever font the reader has: one that matplotlib lacks is no loss.
    """
    matplotlib = require_matplotlib()
    text = StringIO()
    settings = {"svg.hashsalt": "kullback", "svg.fonttype": "none"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
