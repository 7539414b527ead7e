"""The directive ``drawn``: Python code, and below it the picture that the code draws while the page is built."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from kullback._plotting import svg


class Drawn(SphinxDirective):
    """Run the code, whose name ``picture`` must be a display that was drawn; blocks of one page share their names."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        code, names = "\n".join(self.content), self.env.temp_data.setdefault("drawn", {})
        exec(compile(code, self.env.docname, "exec"), names)
        drawing = svg(names["picture"].figure_)
        drawing = drawing[drawing.index("<svg") :]  # an XML declaration has no place inside a page
        label = f'<svg role="img" aria-label="{escape(self.options["alt"])}"'
        picture = nodes.raw("", drawing.replace("<svg", label, 1), format="html")
        return [nodes.literal_block(code, code, language="python"), picture]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("drawn", Drawn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
