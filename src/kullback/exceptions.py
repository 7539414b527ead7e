"""Errors and warnings: what must hold, what came, what to do."""

__all__ = [
    "BinningWarning",
    "InputError",
    "InputTypeError",
    "KullbackWarning",
    "MissingDependencyError",
    "SmallCountWarning",
    "UnknownValueWarning",
]


class InputError(ValueError):
    """The data or an argument cannot be used as given; the message says what to change."""


class InputTypeError(InputError, TypeError):
    """A value is of a type that has no meaning there; a ``TypeError`` too, as scikit-learn expects."""


class MissingDependencyError(ImportError):
    """An optional library is needed; the message names the extra that installs it."""


class KullbackWarning(UserWarning):
    """Base class of the package's warnings."""


class BinningWarning(KullbackWarning):
    """A binning is not what was asked for in full, and the message says where."""


class SmallCountWarning(KullbackWarning):
    """Cells are empty or too thin for the asymptotic law that was asked for."""


class UnknownValueWarning(KullbackWarning):
    """Values that were not seen in ``fit`` were given the neutral encoding; the message counts them."""
