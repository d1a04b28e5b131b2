import math
import re
import xml.etree.ElementTree as ET

from tfcluster.analysis.charts import bars, heatmap, lines, standalone


def elements(svg, kind):
    return [part for part in ET.fromstring(svg).iter() if part.tag == kind]


def test_lines_go_from_corner_to_corner():
    chart = lines("loss <1>", {"loss": [(1, 4.0), (2, math.nan), (3, 2.0)]})
    (line,) = elements(chart, "polyline")
    (x0, y0), (x1, y1) = ([float(part) for part in point.split(",")] for point in line.get("points").split())
    assert (x0, x1) == (54.0, 322.0)
    assert y0 < y1  # the value falls, down is larger
    assert {part.text for part in elements(chart, "text")} == {"loss <1>", "2", "4", "1", "epoch 3"}


def test_what_does_not_change_has_its_value_beside_the_axis():
    chart = lines("used", {"used": [(1, 10.0), (3, 10.0)]})
    assert [part.text for part in elements(chart, "text")] == ["used", "10", "1", "epoch 3"]
    for value, text in ((0.25, "0.25"), (62887.0, "6.29e4"), (-1.234e-5, "-1.23e-5")):
        point = lines("used", {"used": [(5, value)]})
        assert [part.text for part in elements(point, "text")] == ["used", text, "epoch 5"]


def test_several_lines_have_names_and_one_point_is_a_dot():
    chart = lines("scores", {"acc": [(1, 0.5), (2, 0.6)], "nmi": [(1, 0.4)], "ari": []})
    assert len(elements(chart, "polyline")) == 2
    assert len(elements(chart, "circle")) == 1
    assert {"acc", "nmi"} < {part.text for part in elements(chart, "text")}
    alone = lines("scores", {"acc": [], "nmi": [(1, 0.4), (2, 0.5)]})  # in the colour that it has beside the other
    assert elements(alone, "polyline")[0].get("stroke") == elements(chart, "polyline")[1].get("stroke")
    assert lines("nothing", {"acc": [(1, math.nan)]}) == ""


def test_bars_have_heights_in_proportion():
    first, second, third = elements(bars([10, 5, 0], ["red", "green", "blue"]), "rect")
    assert [float(part.get("height")) for part in (first, second, third)] == [120.0, 60.0, 0.0]
    assert [part.get("fill") for part in (first, second)] == ["red", "green"]
    assert len(elements(bars([1] * 100, ["red"] * 100), "rect")) == 100


def test_heatmap_is_darkest_where_most_are():
    cells = elements(heatmap([[4, 0], [1, 2]], [7, 8], [1, 0]), "rect")
    shades = [float(re.search(r"([\d.]+)\)", cell.get("fill")).group(1)) for cell in cells]
    assert shades == [1.0, 0.0, 0.25, 0.5]
    assert cells[2][0].text == "label 8, cluster 1: 1"
    (wide,) = elements(f"<g>{heatmap([[1, 2]], ['a < b'], [0, 1])}</g>", "svg")
    assert float(wide.get("width")) == 10 + 7 * len("a < b") + 8 + 2 * 34
    assert len(elements(heatmap([[1] * 30] * 30, range(30), range(30)), "text")) == 2


def test_a_chart_as_a_file_of_its_own():
    text = standalone(lines("loss", {"a": [(1, 2.0), (3, 1.0)]}, width=500))
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("width") == "500"
    assert root[0].tag.endswith("style")
