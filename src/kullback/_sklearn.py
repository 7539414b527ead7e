"""The door to scikit-learn's names that are not public, so that a change there is mended in one place."""

from typing import Any

from sklearn.base import _fit_context as fit_context
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import validate_data

__all__ = ["fit_context", "output_library", "validate_data"]


def output_library(transformer: Any) -> str:
    """Return the library that ``set_output`` asked for: "default", "pandas" or "polars"."""
    return str(_get_output_config("transform", transformer)["dense"])
