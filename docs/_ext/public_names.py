"""The directive ``public-names``: a summary of a package's public names, then each in full."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from sphinx.util.docutils import SphinxDirective

ROUTING = "set_fit_request, set_fit_transform_request, set_score_request, set_transform_request"
"""Methods that scikit-learn writes; their text refers to pages of its own documentation."""


class PublicNames(SphinxDirective):
    """Expand to an autosummary of ``__all__`` and an autodoc directive for each name in it."""

    required_arguments = 1

    def run(self) -> list[Any]:
        name = self.arguments[0]
        module = importlib.import_module(name)
        lines = [f".. currentmodule:: {name}", "", ".. autosummary::", "", *(f"   {n}" for n in module.__all__), ""]
        for entry in module.__all__:
            lines += _full(entry, getattr(module, entry))
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=False)


def _full(name: str, entry: Any) -> list[str]:
    if inspect.isclass(entry):
        return [f".. autoclass:: {name}", "   :members:", f"   :exclude-members: {ROUTING}", ""]
    if callable(entry):
        return [f".. autofunction:: {name}", ""]
    return [f".. autodata:: {name}", "   :no-value:", ""]


def _keep_bars(_app: Any, _what: str, _name: str, _entry: Any, _options: Any, lines: list[str]) -> None:
    """Let a bar outside literals be a bar: docstrings write absolute values with it, and no substitutions."""
    for i, line in enumerate(lines):
        parts = line.split("``")
        parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
        lines[i] = "``".join(parts)


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("public-names", PublicNames)
    app.connect("autodoc-process-docstring", _keep_bars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
