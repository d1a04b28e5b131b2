"""The table of JULE: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/jule/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from method_table import MethodTable  # noqa: E402

TABLE = MethodTable(
    HERE,
    rows={
        "k-means": ("kmeans", []),
        "JULE-SF": ("jule", ["--set", "variant=sf"]),
        "JULE-RC": ("jule", []),
    },
    sets={"digits": 3, "fashion_mnist_10k": 1, "usps": 3, "coil100": 1},
    options={"fashion_mnist_10k": ("fashion_mnist", ["--limit", "10000"])},
    # ACC / NMI
    published={
        ("JULE-SF", "usps"): ".922 / .858 (11,000 images, NMI by the geometric mean)",
        ("JULE-RC", "usps"): ".950 / .913 (11,000 images, NMI by the geometric mean)",
        ("JULE-RC", "coil100"): "NMI .985",
    },
)

if __name__ == "__main__":
    TABLE.main(__doc__)
