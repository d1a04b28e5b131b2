import tracemalloc

import numpy as np
import pytest

from tfcluster.data import load
from tfcluster.data.csv_files import csv_form, read_csv
from tfcluster.data.row_stream import stream_rows


def test_csv(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("a,b,label\n1,2,x\n3,4.5,y\n5,6,x\n")
    data = load(f"csv:{path}")
    np.testing.assert_array_equal(data.x, [[1, 2], [3, 4.5], [5, 6]])
    assert data.y.tolist() == [0, 1, 0]
    path.write_text("1,2\n3,4\n")
    assert load(f"csv:{path}").y is None


def test_columns_of_a_csv(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("b,Label,a\n1,x,2\n3,y,4\n5,x,6\n")
    form = csv_form(path)
    assert (form.columns, form.label, form.features) == (("b", "a"), 1, (0, 2))
    assert load(f"csv:{path}").info.columns == ("b", "a")
    assert csv_form(path, ["a", "b"]).features == (2, 0)
    assert csv_form(path, ["a"]).features == (2,)  # others may be there
    with pytest.raises(ValueError, match=r"Missing: c. Received: b, Label, a"):
        csv_form(path, ["a", "c"])
    path.write_text("1,2\n3,4\n")
    assert csv_form(path).columns is None
    assert csv_form(path, ["a", "b"]).features == (0, 1)  # without a header they are as they were


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "age,city\n1,rome\n",
            "line 2, column 'city': every cell must be a number; labels are a column of the name label, ",
        ),
        ("age,size\n1,\n", "line 2, column 'size': every cell must be a number; fill in missing values first"),
        ("age;size\n1,5;2,5\n", "line 1: cells are separated by commas; .* Received: ';' in 'age;size'"),
        ("age\tsize\n1\t2\n", r"line 1: cells are separated by commas; .* Received: '\\t'"),
    ],
)
def test_what_to_do_about_a_csv(content, message, tmp_path):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        load(f"csv:{tmp_path / 't.csv'}")


def test_a_first_row_with_an_empty_cell_is_no_header(tmp_path):
    (tmp_path / "x.csv").write_text("1,,3\n4,5,6\n")
    with pytest.raises(ValueError, match="line 1"):
        read_csv(tmp_path / "x.csv")


def labels_of(path, texts):
    path.write_text("".join(f"{line}\n" for line in ["a,label", *(f"1,{text}" for text in texts)]))
    return load(f"csv:{path}").y.tolist()


def test_labels(tmp_path):
    path = tmp_path / "t.csv"
    assert labels_of(path, ["cat", "", "dog", "nan", "NaN", "NA", "?", "-1"]) == [0, -1, 1, -1, -1, -1, -1, -1]
    assert labels_of(path, ["10", "9", "9.0", "", "1e1", "-1", "NA"]) == [1, 0, 0, -1, 1, -1, -1]
    assert labels_of(path, ["10", "9", "x"]) == [0, 1, 2]  # in the order of texts
    assert labels_of(path, ["1_0", "10"]) == [1, 0]
    assert labels_of(path, ["", "?"]) == [-1, -1]
    assert load(f"csv:{path}").info.n_clusters is None


def test_labels_that_are_measurements(tmp_path, caplog):
    labels_of(tmp_path / "t.csv", range(20))  # too few to tell
    labels_of(tmp_path / "t.csv", [i % 10 for i in range(30)])
    labels_of(tmp_path / "t.csv", [f"n{i}" for i in range(30)])
    assert not caplog.records
    labels_of(tmp_path / "t.csv", [i / 7 for i in range(30)])
    assert "column 'label': taken as labels, but 30 of 30 are distinct numbers" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("a,b\n", "a header and no rows"),
        ("1,2\n3\n", "line 2: expected 2 cells"),
        (
            "1,2\n3,four\n",
            "line 2, column 2: every cell must be a number; labels are .* other text first. Received: 'four'",
        ),
        ("x,y,Label\n1,2,3\n", "one column of labels, .*; rename or drop the others. Received: y, Label"),
        ("label\n1\n", "must have a column of values. Received: labels only, the column 'label'"),
        ("a,a,b\n1,2,3\n", "rename or drop the others. Received more than once: 'a'"),
        ("5.1,3.5,setosa\n1,2,3\n", "line 1: the first line must be all names .* Received: 'setosa' beside '5.1'"),
        ('a,b\n1,2\n3,"4\n5,6\n', "line 3, column 'b': every cell must be a number; close or remove the quote"),
        ('a,b\n1,2\n"3,4\n5,6\n', "line 3: expected 2 cells; close or remove the quote"),
        ('a,b\n\n1,2\n3,"' + "4,5\n" * 40_000, r"t.csv, line 4: field larger than .*; close or remove the quote"),
        ("a,b\n1,2\n3,4\xe9\n", r"t.csv, line 3: text must be coded as UTF-8; .* Received: the byte 0xe9"),
        ("caf\xe9,b\n1,2\n", r"t.csv, line 1: text must be coded as UTF-8"),
    ],
)
def test_what_is_refused(content, message, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="latin1")
    with pytest.raises(ValueError, match=message):
        load(f"csv:{path}")


def test_names_that_are_numbers(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("0,1,label\n5,6,x\n")  # a column of labels tells that it is a header
    assert csv_form(path).columns == ("0", "1")
    path.write_text("1,0\n6,5\n")
    assert csv_form(path, ["0", "1"]).features == (1, 0)  # as do the names that are looked for
    assert csv_form(path).columns is None


def test_columns_by_name_need_no_labels(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("class,b,a,label,c,c\nu,1,2,v,3,3\n")
    assert csv_form(path, ["a", "b"]).features == (2, 1)
    with pytest.raises(ValueError, match="Received more than once: 'c'"):
        csv_form(path, ["a", "c"])


def test_differences_that_float32_loses(tmp_path, caplog):
    path, start = tmp_path / "t.csv", 1_700_000_000
    path.write_text("".join(f"{line}\n" for line in ["t,a,const", *(f"{start + i},{i / 7},0.1" for i in range(99))]))
    read_csv(path)
    assert "t.csv, column 't': the values differ so little" in caplog.text
    caplog.clear()
    path.write_text(
        "".join(f"{line}\n" for line in ["t,year", *(f"{86400 * i + start},{2020 + i % 2}" for i in range(99))])
    )
    read_csv(path)  # days are told apart, whole numbers are exact
    assert not caplog.records


def test_huge_values_stay_for_the_check_of_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,1,2\n1e300,2,3\n")
    expected = np.array([[1, 1, 2], [np.inf, 2, 3]], np.float32)
    np.testing.assert_array_equal(load(f"csv:{path}").x, expected)
    _, batches = stream_rows(path)
    np.testing.assert_array_equal(next(batches)[0], expected)


@pytest.mark.parametrize("value", ["inf", "nan", "-Infinity"])
def test_values_that_are_not_finite_are_named_with_their_place(tmp_path, value):
    path = tmp_path / "t.csv"
    path.write_text(f"a,label,b\n1,x,2\n\n3,y,{value}\n")
    for read in (read_csv, lambda path: list(stream_rows(path, columns=("a", "b"))[1])):
        with pytest.raises(ValueError, match=f"line 4, column 'b': every cell must be a finite number.*'{value}'"):
            read(path)


def test_names_that_are_numbers_are_suspected(tmp_path, caplog):
    path = tmp_path / "t.csv"
    lines = [f"{i % 7},{i % 5}" for i in range(30)]
    path.write_text("\n".join(["2019,2020", *lines]))
    assert read_csv(path)[0].shape == (31, 2)
    assert "the first line is taken as a row, since all of its cells are numbers" in caplog.text
    caplog.clear()
    path.write_text("\n".join(["2019,3", *lines]))
    read_csv(path)
    assert not caplog.records


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "convert it with `iconv -f utf-16 -t utf-8`"),
        (b"PK\x03\x04\xff\xff", "is an archive and no text: an .npz file is named as npz:FILE"),
    ],
)
def test_what_is_no_text(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_csv(tmp_path / "t.csv")


def test_parts_are_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr("tfcluster.data.csv_files._LINES", 2)
    path = tmp_path / "t.csv"
    path.write_text("a,label,b\n" + "".join(f"{i},{'long text' if i == 4 else 'ab'[i % 2]},{-i}\n" for i in range(5)))
    x, y = read_csv(path)
    assert x.dtype == np.float32
    assert x.flags.writeable
    np.testing.assert_array_equal(x, [[i, -i] for i in range(5)])
    assert y.tolist() == ["a", "b", "a", "b", "long text"]


def test_memory(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1.5,2.5,3.5,4.5\n" * 20_000)
    tracemalloc.start()
    try:
        x, _ = read_csv(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * x.nbytes  # of the lines in memory at a time; the texts of all of them take 40 times the array
