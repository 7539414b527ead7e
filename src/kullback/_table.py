"""Tables of results: text for a terminal, HTML for a notebook, a dataframe for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

__all__ = ["SummaryTable"]


@dataclass(frozen=True, eq=False)
class SummaryTable:
    """A dataframe with a title and notes, which prints and renders itself.

    Parameters
    ----------
    frame : pandas.DataFrame
    title : str
    notes : tuple of str
        Shown below, a line each: units, signs, assumptions.
    """

    frame: Any
    title: str = ""
    notes: tuple[str, ...] = ()

    def to_frame(self) -> Any:
        """Return a copy of the dataframe."""
        return self.frame.copy()

    def __str__(self) -> str:
        body = self.frame.to_string(float_format=_number, na_rep="")
        width = max(map(len, body.splitlines()))
        lines = [self.title, "=" * width] if self.title else []
        return "\n".join([*lines, body, *self.notes])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        title = f"<p><strong>{escape(self.title)}</strong></p>" if self.title else ""
        notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in self.notes)
        return title + self.frame.to_html(float_format=_number, na_rep="", border=0) + notes


def _number(value: float) -> str:
    """Four decimals, or four significant digits where these would show nothing."""
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return f"{value:.4f}"
    return f"{value:.3e}"
