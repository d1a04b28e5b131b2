"""The table of DDC and its companions: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/ddc_uco/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from method_table import MethodTable  # noqa: E402

_OFM = ["--set", "ofm=simple"]

TABLE = MethodTable(
    HERE,
    rows={
        "k-means": ("kmeans", []),
        "DDC": ("ddc", []),
        "DDC-AE": ("ddc_ae", _OFM),
        "DDC-UCO naive": ("ddc_uco", ["--set", "kernel=naive", *_OFM]),
        "DDC-UCO tensor": ("ddc_uco", _OFM),
    },
    # five seeds where a run takes under ten minutes
    sets={"digits": 5, "usps": 5, "mnist": 3, "fashion_mnist": 5, "coil100": 5},
)

if __name__ == "__main__":
    TABLE.main(__doc__)
