"""Pictures need matplotlib, no global state, and are the same bytes each time."""

import sys

import pytest

from kullback._plotting import new_axes, require_matplotlib, svg
from kullback.exceptions import MissingDependencyError


def test_the_module_has_figures():
    assert require_matplotlib().figure.Figure is not None


def test_without_matplotlib_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "kullback\[plot\]"'):
        require_matplotlib()


def test_a_new_figure_leaves_pyplot_alone():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    figure, ax = new_axes(figsize=(3, 2))
    assert ax.figure is figure
    assert figure.get_size_inches().tolist() == [3, 2]
    assert plt.get_fignums() == before


def test_given_axes_are_used():
    figure, ax = new_axes()
    assert new_axes(ax) == (figure, ax)


def test_svg_is_the_same_bytes_and_keeps_its_text():
    def draw():
        figure, ax = new_axes()
        ax.plot([0, 1], [0, 1], marker="o")
        ax.set_xlabel("share of rows")
        ax.axvspan(0.2, 0.4, clip_on=True)
        return svg(figure)

    first = draw()
    assert first == draw()
    assert "share of rows</text>" in first
    assert "<dc:date>" not in first


def test_words_in_a_script_that_the_font_lacks_stay_words():
    figure, ax = new_axes()
    ax.set_title("年収")
    assert "年収</text>" in svg(figure)
