"""Mathematics as MathML, which browsers draw themselves: no script, no font and no network."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

SPACE = '<mspace width="0.17em"/>'
BEFORE = re.compile(r"(\(</mo>\s*|<mrow>\s*|^)?(<mi>ln</mi>)")
AFTER = re.compile(r"(<mi>ln</mi>\s*<mo>&ApplyFunction;</mo>)(?!\s*<mo[^>]*>\()")


def convert(tex: str, *, block: bool) -> str:
    """Return TeX as MathML, with the thin spaces around a logarithm that docutils leaves out."""
    text = AFTER.sub(rf"\1{SPACE}", tex2mathml(tex, as_block=block))
    return BEFORE.sub(lambda found: found[0] if found[1] else SPACE + found[0], text)


def _inline(translator: Any, node: Any) -> None:
    translator.body.append(convert(node.astext(), block=False))
    raise nodes.SkipNode


def _block(translator: Any, node: Any) -> None:
    translator.body.append(f'<div class="formula">{convert(node.astext(), block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
