"""The door to scikit-learn's names that are not public, so that a change there is mended in one place."""

from sklearn.base import _fit_context as fit_context
from sklearn.utils.validation import validate_data

__all__ = ["fit_context", "validate_data"]
