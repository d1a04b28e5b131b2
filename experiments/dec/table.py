"""The table of the DEC family: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/dec/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there. Methods with the same encoder share their pretrained autoencoders in `runs/pretrained`.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from method_table import MethodTable  # noqa: E402

_SHARED = ["--pretrained", "runs/pretrained"]
_OFM = ["--set", "ofm=simple"]
_CONV = ("DEPICT", "CDEC", "ICDEC", "CDEC-UCO", "ConvDEC-DA")

# ACC, with the code or paper that it comes from.
_PUBLISHED = {
    ("AE + k-means", "usps"): ".709 DEC-keras, .693 IDEC",
    ("AE + k-means", "mnist"): ".879 DEC-keras, .818 IDEC",
    ("AE + k-means", "fashion_mnist"): ".606 DEC-keras",
    ("AE + k-means", "reuters10k"): ".763 DEC-keras, .705 IDEC, .666 Xie et al. (other samples)",
    ("DEC", "usps"): ".764 DEC-keras, .741 IDEC",
    ("DEC", "mnist"): ".912 DEC-keras, .843 Xie et al.",
    ("DEC", "fashion_mnist"): ".618 DEC-keras",
    ("DEC", "reuters10k"): ".778 DEC-keras, .737 IDEC, .722 Xie et al. (other samples)",
    ("IDEC", "usps"): ".761 Guo et al.",
    ("IDEC", "mnist"): ".881 Guo et al.",
    ("IDEC", "reuters10k"): ".756 Guo et al. (another sample)",
    ("DCN", "mnist"): ".83 Yang et al.",
    ("DEPICT", "mnist"): ".965 Ghasedi Dizaji et al.",
    ("DEPICT", "usps"): ".964 Ghasedi Dizaji et al. (11,000 rows)",
    ("ConvDEC-DA", "mnist"): ".985 Guo et al. 2018",
    ("ConvDEC-DA", "usps"): ".987 Guo et al. 2018",
    ("ConvDEC-DA", "fashion_mnist"): ".586 Guo et al. 2018",
}

TABLE = MethodTable(
    HERE,
    rows={
        "AE + k-means": ("ae_kmeans", _SHARED),
        "AE + GMM": ("ae_gmm", _SHARED),
        "DEC": ("dec", _SHARED),
        "IDEC": ("idec", [*_SHARED, *_OFM]),
        "DCN": ("dcn", _SHARED),
        "DEPICT": ("depict", []),
        "DEC-UCO": ("dec_uco", [*_SHARED, *_OFM]),
        "DEC-UCO, weight 0": ("dec_uco", [*_SHARED, "--set", "uco_weight=0"]),
        "CDEC": ("cdec", _SHARED),
        "ICDEC": ("icdec", [*_SHARED, *_OFM]),
        "CDEC-UCO": ("cdec_uco", [*_SHARED, *_OFM]),
        "DEC-DA": ("dec_da", _SHARED),
        "ConvDEC-DA": ("conv_dec_da", _SHARED),
    },
    # 10,000 rows where a run on all of them takes over half an hour; one run of those that need no convolution
    sets={"usps": 5, "reuters10k": 5, "mnist_10k": 3, "fashion_mnist_10k": 3, "mnist": 1},
    options={f"{name}_10k": (name, ["--limit", "10000"]) for name in ("mnist", "fashion_mnist")},
    left_out={
        **{(row, "reuters10k"): "takes images" for row in (*_CONV[1:], "DEC-DA")},
        **{(row, "mnist"): "see mnist_10k" for row in (*_CONV, "DEC-UCO", "DEC-UCO, weight 0")},
    },
    start=True,
    published=_PUBLISHED | {(row, f"{name}_10k"): f"{text} (all rows)" for (row, name), text in _PUBLISHED.items()},
)

if __name__ == "__main__":
    TABLE.main(__doc__)
