"""The table of clustering by generative models: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/generative/clustering/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from method_table import MethodTable  # noqa: E402

_ONE_VIEW = ["--set", "augmentation=none"]
_FORMER = ["--set", "pretrain_epochs=100", "--epochs", "43"]  # the recipe of before there were two views

TABLE = MethodTable(
    HERE,
    rows={
        "k-means": ("kmeans", []),
        "GMM": ("gmm", []),
        "GMVAE": ("gmvae", []),
        "VaDE": ("vade", ["--pretrained", "runs/pretrained"]),
        "VaDE, one view": ("vade", ["--pretrained", "runs/pretrained", *_ONE_VIEW, *_FORMER]),
        "GumbelVAE": ("gumbel_vae", []),
        "GumbelVAE, 300 epochs": ("gumbel_vae", ["--epochs", "300"]),  # as the thesis
        "GumbelVAE, balanced": ("gumbel_vae", ["--set", "balance=5"]),
        "GumbelVAE, one view": ("gumbel_vae", _ONE_VIEW),
    },
    sets={"usps": 5, "reuters10k": 5, "mnist": 5},
    left_out={
        **{(row, "usps"): "MNIST only" for row in ("VaDE, one view", "GumbelVAE, 300 epochs")},
        ("GumbelVAE, 300 epochs", "reuters10k"): "MNIST only",
        **{(f"{row}, one view", "reuters10k"): "as the row above" for row in ("VaDE", "GumbelVAE")},
        ("GumbelVAE, balanced", "reuters10k"): "classes of very unequal size",
    },
    # ACC, with the paper or code that it comes from
    published={
        ("k-means", "usps"): ".668 IDEC",
        ("k-means", "mnist"): ".532 IDEC",
        ("k-means", "reuters10k"): ".516 IDEC (another sample)",
        ("GMM", "mnist"): ".537 VaDE",
        ("GMM", "reuters10k"): ".547 VaDE (another sample)",
        ("GMVAE", "mnist"): ".823 ± .038, k = 10, of 10,000 test rows, by the most confident row of a cluster",
        ("VaDE", "mnist"): ".945, the best of several runs",
        ("VaDE", "reuters10k"): ".798 (another sample), the best of several runs",
        ("GumbelVAE", "usps"): ".726 ± .03",
        ("GumbelVAE", "mnist"): ".858 ± .08",
        ("GumbelVAE", "reuters10k"): ".804 ± .05 (another sample)",
    },
)

if __name__ == "__main__":
    TABLE.main(__doc__)
