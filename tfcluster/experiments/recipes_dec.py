"""Recipes of the DEC family and of the methods that start from the same autoencoders.

`default` follows the public Keras codes of the originals, DEC-keras and IDEC, with end-to-end pretraining; the data
sets that those have keep their settings, all others get Adam. `paper` is the stacked autoencoder of Xie et al. for DEC
and IDEC, each with its own refinement (20,000 steps at most, which the code of DEC has no end of), what tk-uco
published for its variants, DEPICT's epochs without its early stops, for the methods on distorted images (rotated and
shifted only there) 500 epochs and a refinement by Adam, and the same as `default` elsewhere. DCN has the objective of
its paper with weights of 1 on rows in [0, 1], by Adam on the autoencoder of the others; its authors' code scales MNIST
by 5.1, ties the weights, pretrains layer by layer and descends by momentum: it has no `paper` of its own.

`default` of DEPICT has a learning rate of 1e-3 in both phases, ten times the published one, and a pretraining of 4,000
steps at least, where the published one has up to 4,000 epochs. On digits (three seeds) the accuracy is then .82 to .92,
of k-means on its autoencoder .79 to .89; with the published rate and 50 epochs it was .45, one cluster lost, with that
rate in the refinement only .78 and .88. 600 epochs of pretraining in place of 200, or 100 of refinement in place of 30,
change nothing. On 10,000 rows of Fashion-MNIST, after 6,000 steps of pretraining, it had .60, with the published rate
in the refinement .57; the recipe's 4,000 steps end with .55 there. First clusters by agglomeration on the embeddings
are as good on digits (.87, .82).
"""

from tfcluster.experiments.recipe import AGREEMENT, UNTIL_IT_ENDS, Method, Preset
from tfcluster.models import AEGMM, DCN, DEC, DECUCO, DEPICT, IDEC, AEKMeans

__all__ = ["DEC_METHODS", "KERAS_PRETRAINING"]

_MOST_STEPS = 20_000
_XIE = "Xie, Girshick, Farhadi, ICML 2016"
_TK_UCO = "Trosten, Jenssen, Kampffmeyer, tk-uco (2022)"

# Pretraining and refresh interval of DEC-keras for its data sets.
_SGD = {"initializer": "fan_in", "pretrain_learning_rate": 1.0, "pretrain_momentum": 0.9}
KERAS_PRETRAINING = {
    "mnist": {**_SGD, "pretrain_epochs": 300},
    "fashion_mnist": {**_SGD, "pretrain_epochs": 300},
    "usps": {"pretrain_epochs": 50},
    "reuters10k": {**_SGD, "pretrain_epochs": 50},
}
_INTERVALS = {"mnist": 140, "fashion_mnist": 140, "usps": 30, "reuters10k": 30}


def _sets(own=None, intervals=True):
    """What is different for a data set: its pretraining, its interval, and what a method has of its own."""
    sets = {}
    for name, pretraining in KERAS_PRETRAINING.items():
        interval = {"update_interval": _INTERVALS[name]} if intervals else {}
        sets[name] = {"model": {**pretraining, **interval, **(own or {}).get(name, {})}}
    return sets


def _presets(model, sets, paper=None, **training):
    """Three presets; `fast` pretrains for a moment."""
    shared = {"batch_size": 256, "evaluate_every": 5, "range": (0.0, 1.0), **training}
    default = Preset(model=model, sets=sets, runs=5, **shared)
    short = {name: {"model": change["model"] | {"pretrain_epochs": 5}} for name, change in sets.items()}
    fast = {**shared, "steps": (0, 1000)}
    return {
        "default": default,
        "paper": paper or default,
        "fast": Preset(model={**model, "pretrain_epochs": 10}, sets=short, runs=1, **fast),
    }


def _tk_uco_paper(uco=False, **model):
    """200 epochs of pretraining, 400 of refinement, a target distribution every 140 epochs."""
    steps = {"usps": 37, "mnist": 274, "fashion_mnist": 274, "coil100": 29}
    if uco:  # no last batch of fewer rows; 200 rows a batch for COIL-100
        steps = {"usps": 36, "mnist": 273, "fashion_mnist": 273, "coil100": 35}
    sets = {name: {"model": {"update_interval": 140 * count}} for name, count in steps.items()}
    sets["coil100"] |= {"range": (0.0, 1.0), "image_side": 64, "batch_size": 200 if uco else 256}
    adam = {"learning_rate": 1e-3, "momentum": None, "clipnorm": 10.0, "tolerance": 0.0, "pretrain_epochs": 200}
    return Preset(model=adam | model, sets=sets, epochs=400, batch_size=256, runs=20, evaluate_every=5, ofm="simple")


def _da_paper(**model):
    """500 epochs of pretraining on rotated and shifted images, and a refinement by Adam."""
    model |= {"augmentation": "rotate_shift", "pretrain_epochs": 500, "learning_rate": 1e-3, "momentum": None}
    sets = {name: {"model": {"update_interval": interval}} for name, interval in _INTERVALS.items()}
    return Preset(model=model, sets=sets, batch_size=256, runs=5, evaluate_every=5, range=(0.0, 1.0), **_REFINE)


def _stacked_paper(own, **model):
    """The stacked autoencoder of Xie et al.: 50,000 steps a pair of layers, 100,000 of the whole.

    Their rate of 0.1 is for half the mean squared error, hence 0.05. MNIST is scaled by 0.02. That biases learn twice
    as fast is left out. `own` has what is different for a data set.
    """
    epochs = {"mnist": 183, "fashion_mnist": 183, "usps": 1351, "reuters10k": 1250}
    sets = {name: {"model": {"pretrain_epochs": count, **own.get(name, {})}} for name, count in epochs.items()}
    sets["mnist"]["range"] = sets["fashion_mnist"]["range"] = (0.0, 5.1)
    greedy = {"pretraining": "greedy", "pretrain_learning_rate": 0.05, "pretrain_momentum": 0.9}
    model = {**_MLP, **greedy, "pretrain_epochs": 200, **model}
    return Preset(model=model, sets=sets, batch_size=256, evaluate_every=5, range=(0.0, 1.0), **_REFINE)


_REFINE = {"epochs": UNTIL_IT_ENDS, "steps": (0, _MOST_STEPS)}
_SLOW_SGD = {"learning_rate": 0.1, "momentum": 0.99}
_XIE_SETS = {"mnist": {"update_interval": 160}, "reuters10k": {"update_interval": 20}}
_IDEC_SETS = {"usps": _SLOW_SGD, "reuters10k": {**_SLOW_SGD, "update_interval": 3}}
_IDEC_PAPER_SETS = {
    name: {"update_interval": interval, **_IDEC_SETS.get(name, {})} for name, interval in _INTERVALS.items()
}
_MLP = {"backbone": "mlp"}
_CNN = {"backbone": "cnn_small", "pretrain_epochs": 30}
_UCO = {"learning_rate": 1e-4, "momentum": None, "clipnorm": 10.0}
_ADAM = {"initializer": "glorot", "pretrain_learning_rate": 1e-3, "pretrain_momentum": None}
# Guo et al. 2018 pretrain for 500 epochs; 300 on 70,000 rows, as DEC-keras. Fewer do not teach what distortion leaves.
_DA_EPOCHS = {
    name: {"pretrain_epochs": 300 if name in ("mnist", "fashion_mnist") else 500} for name in KERAS_PRETRAINING
}
_CONV_DA_SETS = {name: {**_ADAM, **change} for name, change in _DA_EPOCHS.items()}
_FC_DA_SETS = {name: {**_SGD, **change} for name, change in _DA_EPOCHS.items()}
_FASTER = {"learning_rate": 1e-3}
_DEPICT = {"batch_size": 100, "evaluate_every": 5}
_DEPICT_SETS = {name: {"model": {"pretrain_epochs": 10}} for name in ("mnist", "fashion_mnist")}
_CNN_STEPS = {"epochs": UNTIL_IT_ENDS, "steps": (0, 2000)}

_CONV = "(with tk-uco's convolutional encoder)"

DEC_METHODS = {
    "ae_kmeans": Method(AEKMeans, AGREEMENT, _presets(_MLP, _sets(intervals=False)), _XIE),
    "ae_gmm": Method(AEGMM, AGREEMENT, _presets(_MLP, _sets(intervals=False)), _XIE),
    "dec": Method(
        DEC, AGREEMENT, _presets(_MLP, _sets(), _stacked_paper(_XIE_SETS, reset_momentum=True), **_REFINE), _XIE
    ),
    "idec": Method(
        IDEC,
        AGREEMENT,
        _presets(_MLP, _sets(_IDEC_SETS), _stacked_paper(_IDEC_PAPER_SETS), **_REFINE),
        "Guo, Gao, Liu, Yin, IJCAI 2017",
    ),
    "dcn": Method(
        DCN,
        AGREEMENT,
        _presets({**_MLP, "learning_rate": 1e-4, "clipnorm": None}, _sets(intervals=False), epochs=50),
        "Yang, Fu, Sidiropoulos, Hong, ICML 2017",
    ),
    "depict": Method(
        DEPICT,
        AGREEMENT,
        {
            "default": Preset(
                model={**_FASTER, "pretrain_epochs": 60},
                sets=_DEPICT_SETS,
                image_pretrain_steps=4000,
                epochs=30,
                runs=5,
                **_DEPICT,
            ),
            "paper": Preset(
                model={"pretrain_epochs": 4000, "n_init": 40, "tolerance": 0.0, "clipnorm": None},
                epochs=1000,
                runs=5,
                **_DEPICT,
            ),
            "fast": Preset(model={**_FASTER, "pretrain_epochs": 3}, epochs=8, **_DEPICT),
        },
        "Ghasedi Dizaji, Herandi, Deng, Cai, Huang, ICCV 2017",
    ),
    "dec_uco": Method(
        DECUCO,
        AGREEMENT,
        _presets(
            {**_MLP, **_UCO, "kernel": "naive"},
            _sets(),
            _tk_uco_paper(uco=True, **_MLP, **_UCO, kernel="naive"),
            **_REFINE,
        ),
        _TK_UCO,
    ),
    "dec_da": Method(
        DEC,
        AGREEMENT,
        _presets(
            {**_MLP, "augmentation": "affine", "pretrain_epochs": 500},
            _sets(_FC_DA_SETS),
            _da_paper(**_MLP, **_SGD),
            **_REFINE,
        ),
        "Guo, Zhu, Liu, Yin, ACML 2018",
        "on distorted images",
        images_only=True,
    ),
    "conv_dec_da": Method(
        DEC,
        AGREEMENT,
        _presets(
            {"backbone": "cnn_strided", "augmentation": "affine", "pretrain_epochs": 500, **_ADAM},
            _sets(_CONV_DA_SETS),
            _da_paper(backbone="cnn_strided", **_ADAM),
            **_REFINE,
        ),
        "Guo, Zhu, Liu, Yin, ACML 2018",
        "on distorted images, with a convolutional encoder",
        images_only=True,
    ),
    "cdec": Method(
        DEC,
        AGREEMENT,
        _presets(_CNN, {}, _tk_uco_paper(backbone="cnn_small"), **_CNN_STEPS),
        _TK_UCO,
        _CONV,
    ),
    "icdec": Method(
        IDEC,
        AGREEMENT,
        _presets(_CNN, {}, _tk_uco_paper(backbone="cnn_small"), **_CNN_STEPS),
        _TK_UCO,
        _CONV,
    ),
    "cdec_uco": Method(
        DECUCO,
        AGREEMENT,
        _presets(
            {**_CNN, **_UCO, "taps": "pooled"}, {}, _tk_uco_paper(uco=True, backbone="cnn_small", **_UCO), **_CNN_STEPS
        ),
        _TK_UCO,
        _CONV,
    ),
}
