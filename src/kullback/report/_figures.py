"""The pictures of a scorecard report, as SVG text."""

from __future__ import annotations

import re
from typing import Any

from kullback._plotting import svg
from kullback.binning import IVDisplay, OptimalBinner, WOEDisplay
from kullback.metrics import CalibrationDisplay, KSDisplay, ROCDisplay, ScoreDistributionDisplay
from kullback.report._sections import Sample

__all__ = ["draw", "own_ids", "scorecard_figures"]


def draw(display: Any, width: float = 5.4, height: float = 3.6) -> str:
    """Return the display's picture as SVG text."""
    display.plot()
    display.figure_.set_size_inches(width, height)
    return svg(display.figure_)


def scorecard_figures(binner: OptimalBinner, judged: Sample, names: list[Any]) -> dict[str, str]:
    """Return the SVG of each picture by name; ``woe:FEATURE`` for each feature in `names`.

    Parameters
    ----------
    binner : OptimalBinner
        Of all candidate features.
    judged : Sample
        Held-out rows, on which discrimination and calibration are drawn.
    names : list of names
    """
    figures = {"iv": draw(IVDisplay.from_estimator(binner, names), width=8.0, height=0.2 * len(names) + 1.0)}
    figures |= {f"woe:{name}": draw(WOEDisplay.from_estimator(binner, name)) for name in names}
    y, w, name = judged.events, judged.weights, f"{judged.name} rows"
    figures["roc"] = draw(ROCDisplay.from_predictions(y, judged.probability, sample_weight=w, name=name))
    figures["ks"] = draw(KSDisplay.from_predictions(y, judged.probability, sample_weight=w, name="probability"))
    figures["calibration"] = draw(
        CalibrationDisplay.from_predictions(y, judged.probability, sample_weight=w, name=name)
    )
    figures["scores"] = draw(
        ScoreDistributionDisplay.from_predictions(y, judged.points, sample_weight=w, name="points")
    )
    return own_ids(figures)


def own_ids(figures: dict[str, str]) -> dict[str, str]:
    """Return the SVG elements with ids that no other picture on the page has, without the XML prologue."""
    return {name: _with_own_ids(text, f"f{i}") for i, (name, text) in enumerate(figures.items())}


def _with_own_ids(text: str, prefix: str) -> str:
    element = text[text.index("<svg") :]
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\1{prefix}-", element)
