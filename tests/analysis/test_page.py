import base64
import json

import numpy as np
import pytest
import tensorflow as tf

from tfcluster.analysis.page import embedded, load_run, table, write_page


def decoded(address):
    head, content = address.split(",")
    return head, tf.io.decode_image(base64.b64decode(content)).numpy()


def test_grey_pictures_lose_nothing(rng):
    picture = rng.integers(0, 256, (5, 7, 1)).astype(np.uint8)
    head, found = decoded(embedded(picture))
    assert head == "data:image/png;base64"
    np.testing.assert_array_equal(found, picture)


def test_colours_are_jpeg():
    picture = np.full((16, 16, 3), (200, 40, 90), np.uint8)
    head, found = decoded(embedded(picture))
    assert head == "data:image/jpeg;base64"
    assert np.abs(found.astype(int) - picture).max() < 8


def test_table():
    assert table(["a", "b"], [("", [1, 2]), (' class="best"', [3, 4])]) == (
        "<table><tr><th>a</th><th>b</th></tr>"
        '<tr><td>1</td><td>2</td></tr><tr class="best"><td>3</td><td>4</td></tr></table>'
    )


def test_page_escapes_what_is_text(tmp_path):
    sections = [("Kept", "<p>x</p>"), ("Left out", "")]
    path = write_page(tmp_path / "page.html", "<a & b>", "$c", sections, {"name": "<!--<script></script>"})
    page = path.read_text()
    assert "&lt;a &amp; b&gt;" in page
    assert "$c" in page
    assert "<h2>Kept</h2>\n<p>x</p>" in page
    assert "Left out" not in page
    assert '{"name": "\\u003c!--\\u003cscript>\\u003c/script>"}' in page  # it would end the script, or keep it open
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


def test_a_run_that_has_ended(tmp_path):
    with pytest.raises(ValueError, match=r"that has come to its end \(with results.json\)"):
        load_run(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"method": "ddc"}))
    (tmp_path / "results.json").write_text(json.dumps({"best_run": 2}))
    assert load_run(str(tmp_path)) == ({"method": "ddc"}, {"best_run": 2}, tmp_path / "run-02")
