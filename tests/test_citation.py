"""CITATION.cff is what the software is, and names the papers that the docstrings rest on."""

import re
from pathlib import Path

import pytest

import kullback

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
REQUIRED = {"cff-version", "message", "title", "authors", "type", "version", "license", "references"}


def test_citation_names_this_version():
    assert re.findall(r"^version: (.+)$", TEXT, re.MULTILINE) == [kullback.__version__]


def test_every_arxiv_paper_in_the_docstrings_is_cited():
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r"arXiv\s+((?:[a-z-]+/)?\d[\d.]*\d)", sources))
    assert "2509.09855" in named
    assert named - set(re.findall(r"value: arXiv:(\S+)", TEXT)) == set()


def test_every_reference_can_be_found():
    yaml = pytest.importorskip("yaml", reason="PyYAML, which reads the file, comes with the extra docs only")
    citation = yaml.safe_load(TEXT)
    assert citation.keys() >= REQUIRED
    for reference in citation["references"]:
        assert reference["authors"], reference["title"]
        where = {"journal", "doi", "url", "publisher", "institution"} & reference.keys()
        assert where or reference["type"] == "report", reference["title"]
