"""A table prints, renders and hands out copies of what it holds."""

import pickle

import numpy as np
import pandas as pd
import pytest

from kullback._table import SummaryTable


@pytest.fixture
def table():
    frame = pd.DataFrame({"estimate": [0.5, np.nan], "n": [3, 4]}, index=pd.Index(["a", "<b>"], name="name"))
    return SummaryTable(frame, title="Results & more", notes=("in nats", "p < 0.05"))


def test_text_holds_title_numbers_and_notes(table):
    lines = str(table).splitlines()
    assert lines[0] == "Results & more"
    assert set(lines[1]) == {"="}
    assert len(lines[1]) == max(map(len, lines[2:-2]))
    assert "0.5000" in lines[4]
    assert lines[-2:] == ["in nats", "p < 0.05"]
    assert repr(table) == str(table)


def test_a_missing_number_is_blank_and_not_nan(table):
    assert "nan" not in str(table).lower()
    assert "nan" not in table._repr_html_().lower()


def test_html_holds_the_same_and_escapes_names(table):
    html = table._repr_html_()
    assert "<strong>Results &amp; more</strong>" in html
    assert "p &lt; 0.05" in html
    assert "&lt;b&gt;" in html
    assert "0.5000" in html
    assert "<b>" not in html


def test_without_title_and_notes_only_the_frame_is_shown():
    frame = pd.DataFrame({"x": [1.0]})
    assert str(SummaryTable(frame)).splitlines() == ["       x", "0 1.0000"]
    assert SummaryTable(frame)._repr_html_().startswith("<table")


def test_an_empty_frame_prints():
    assert "Nothing" in str(SummaryTable(pd.DataFrame(columns=["x"]), title="Nothing"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.0000"), (0.12345, "0.1235"), (-999_999.0, "-999999.0000"), (1e6, "1.000e+06"), (4.2e-7, "4.200e-07"),
     (np.inf, "inf"), (1e-3, "0.0010")],
)  # fmt: skip
def test_small_and_large_numbers_keep_their_digits(value, shown):
    assert str(SummaryTable(pd.DataFrame({"x": [value]}))).split()[-1] == shown


def test_the_frame_handed_out_is_a_copy(table):
    copy = table.to_frame()
    copy.loc["a", "estimate"] = 9.0
    assert table.frame.loc["a", "estimate"] == 0.5


def test_it_pickles(table):
    assert str(pickle.loads(pickle.dumps(table))) == str(table)
