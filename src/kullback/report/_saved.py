"""What every report is: numbers and figures, written as a page and as JSON."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from kullback.exceptions import InputError

__all__ = ["Report", "report_paths"]


@dataclass(frozen=True, eq=False)
class Report:
    """Numbers and figures.

    Attributes
    ----------
    numbers : dict
        Every number of the report; the keys are described in the user guide.
    figures : dict of str to str
        SVG text by name.
    """

    template: ClassVar[str]

    numbers: dict[str, Any]
    figures: dict[str, str]

    def to_html(self) -> str:
        """Return the report as one HTML page that needs no other file."""
        from kullback.report._render import render

        return render(self.template, self.numbers, self.figures)

    def to_json(self) -> str:
        """Return the numbers as JSON."""
        return json.dumps(self.numbers, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def save(self, path: str | Path) -> tuple[Path, Path]:
        """Write the page to `path` and the numbers beside it, with the ending ``.json``.

        Both are written in full before either takes its name, so that no half-written report is left behind.

        Returns
        -------
        tuple of Path
            The page and the numbers.

        Raises
        ------
        InputError
            As :func:`report_paths`.
        """
        page, beside = report_paths(path)
        parts = [(page, self.to_html()), (beside, self.to_json())]
        drafts = [target.with_name(f".{target.name}.part") for target, _ in parts]
        try:
            for draft, (_, text) in zip(drafts, parts, strict=True):
                draft.write_text(text, encoding="utf-8")
            for draft, (target, _) in zip(drafts, parts, strict=True):
                os.replace(draft, target)
        finally:
            for draft in drafts:
                draft.unlink(missing_ok=True)
        return page, beside


def report_paths(path: str | Path) -> tuple[Path, Path]:
    """Return where a report's page and its numbers go.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written to, `path` does not end in ``.html`` or ``.htm``, or it is a
        folder.
    """
    page = Path(path)
    if page.is_dir():
        raise InputError(f"{str(path)!r} is a folder; name a file in it, such as report.html.")
    if page.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"The report is a page: its name must end in .html; {page.name!r} came.")
    if not page.parent.is_dir():
        raise InputError(f"There is no folder {str(page.parent)!r} to write {page.name!r} to.")
    if not os.access(page.parent, os.W_OK):
        raise InputError(f"The folder {str(page.parent)!r} cannot be written to. Name a page in another one.")
    return page, page.with_suffix(".json")
