"""The named data sets: where their files are looked for, what they hold, where they come from."""

import dataclasses
import pathlib

__all__ = ["REGISTRY", "Entry", "get_entry", "names"]

from tfcluster.utils import nearest_names


@dataclasses.dataclass(frozen=True)
class Entry:
    """A named data set.

    Attributes:
        name: Its name.
        n: Number of rows.
        shape: Shape of a row.
        n_clusters: Number of classes, None if there are none.
        range: Smallest and largest value.
        files: File names it is read from, the first that is found; empty for bundled and generated sets.
        origin: Public origin, in words.
        fetch: How to get it: `"tfds:NAME"`, `"openml:NAME:VERSION"`, `"rcv1"`, a URL of a zip of images, or `""`.
        n_train: Rows of the official training part, which come first; None if there is no split.
        licence: Terms, as far as stated.
        note: What differs from the set that carries the name, by file name.
        partial: File names whose note says that rows may be missing or smaller.
        label_names: What the labels 0, 1, ... stand for, () if they stand for themselves.
    """

    name: str
    n: int
    shape: tuple[int, ...]
    n_clusters: int | None
    range: tuple[float, float]
    files: tuple[str, ...] = ()
    origin: str = ""
    fetch: str = ""
    n_train: int | None = None
    licence: str = "not stated"
    note: dict[str, str] = dataclasses.field(default_factory=dict)
    partial: tuple[str, ...] = ()
    label_names: tuple[str, ...] = ()

    @property
    def kind(self):
        """`"image"` or `"features"`."""
        return "image" if len(self.shape) == 3 else "features"


_BYTE = (0.0, 255.0)

_ENTRIES = (
    Entry(
        "digits",
        1797,
        (8, 8, 1),
        10,
        (0.0, 16.0),
        origin="scikit-learn (UCI optical digits, test part)",
        licence="CC BY 4.0",
    ),
    Entry("blobs", 3000, (2,), 5, (-15.0, 15.0), origin="scikit-learn make_blobs, seed 0", licence="generated"),
    Entry(
        "usps",
        9298,
        (16, 16, 1),
        10,
        (0.0, 1.0),
        ("usps.npz",),
        "USPS zip codes (Le Cun et al. 1990)",
        "openml:USPS:2",
        7291,
    ),
    Entry(
        "mnist",
        70000,
        (28, 28, 1),
        10,
        _BYTE,
        ("mnist.npz",),
        "MNIST (LeCun, Cortes, Burges)",
        "tfds:mnist",
        60000,
        "CC BY-SA 3.0",
    ),
    Entry(
        "fashion_mnist",
        70000,
        (28, 28, 1),
        10,
        _BYTE,
        ("fashion_mnist.npz",),
        "Zalando SE",
        "tfds:fashion_mnist",
        60000,
        "MIT",
        label_names=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
    ),
    Entry(
        "coil20",
        1440,
        (128, 128, 1),
        20,
        _BYTE,
        ("coil20.npz",),
        "Columbia CAVE, processed corpus",
        "http://www.cs.columbia.edu/CAVE/databases/SLAM_coil-20_coil-100/coil-20/coil-20-proc.zip",
        licence="research use",
    ),
    Entry(
        "coil100",
        7200,
        (128, 128, 3),
        100,
        _BYTE,
        ("coil100.npz",),
        "Columbia CAVE",
        "tfds:coil100",
        licence="research use",
        note={"coil100.npz": "may be reduced in size and miss views: see the number of rows and their shape"},
        partial=("coil100.npz",),
    ),
    Entry(
        "reuters10k",
        10000,
        (2000,),
        4,
        (0.0, 1.0),
        ("reuters10k.npz",),
        "RCV1-v2 (Lewis, Yang, Rose, Li 2004): documents of one root category, 2000 stems, tf-idf",
        "rcv1",
        licence="research use",
        note={"reuters10k.npz": "10,000 documents drawn anew: not the sample of the DEC, IDEC or VaDE papers"},
        label_names=("CCAT", "GCAT", "MCAT", "ECAT"),
    ),
    Entry(
        "cifar10",
        60000,
        (32, 32, 3),
        10,
        _BYTE,
        ("cifar10.npz", "cifar10_jpeg.npz"),
        "CIFAR-10 (Krizhevsky 2009)",
        "tfds:cifar10",
        50000,
        note={"cifar10_jpeg.npz": "JPEG-coded copy, lossy"},
        label_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    ),
    Entry(
        "stl10",
        13000,
        (96, 96, 3),
        10,
        _BYTE,
        ("stl10.npz",),
        "STL-10, labelled part (Coates, Lee, Ng 2011)",
        "tfds:stl10",
        5000,
        label_names=("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"),
    ),
    Entry(
        "svhn",
        99289,
        (32, 32, 3),
        10,
        _BYTE,
        ("svhn.npz", "svhn_test_gray32.npz"),
        "SVHN cropped digits, train and test (Netzer et al. 2011)",
        "tfds:svhn_cropped",
        73257,
        "non-commercial use",
        note={"svhn_test_gray32.npz": "grey digits of the test part, 20,080 rows of 32x32, no training part"},
        partial=("svhn_test_gray32.npz",),
    ),
    Entry(
        "big_small_digits",
        70000,
        (28, 28, 1),
        10,
        _BYTE,
        ("mnist.npz",),
        "MNIST at full and at half size, seed 0",
        "tfds:mnist",
        60000,
        "CC BY-SA 3.0",
    ),
    *(
        Entry(name, 10000, shape, None, _BYTE, origin=f"{words}, seed 0", n_train=8000, licence="generated")
        for name, shape, words in (
            ("square", (30, 30, 1), "a white square on black"),
            ("room", (30, 30, 1), "an agent in a room of two chambers"),
            ("robot_arm_2d", (32, 32, 1), "planar arm of two links"),
            ("robot_arm_3d", (32, 32, 1), "planar arm of three links"),
        )
    ),
)

REGISTRY = {entry.name: entry for entry in _ENTRIES}
"""Entries by name."""


def names():
    """The registered names, in order."""
    return tuple(REGISTRY)


def get_entry(name):
    """The entry of that name.

    Raises:
        ValueError: If there is none; the message names the nearest ones.
    """
    if name not in REGISTRY:
        path = pathlib.Path(name)
        kind = "folder" if path.is_dir() else path.suffix.lstrip(".").lower()
        if path.exists() and kind in ("npz", "npy", "csv", "h5", "folder"):
            raise ValueError(f"Files of your own are named with their kind: {kind}:{name}. Received: {name!r}")
        raise ValueError(
            f"Unknown data set {name!r}: {nearest_names(name, names())}; or your own: npz:FILE, npy:FILE, csv:FILE, "
            "h5:FILE, folder:DIR, tfds:NAME"
        )
    return REGISTRY[name]
