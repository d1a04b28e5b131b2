"""The table of greedy pretraining: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/sae/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there.
"""

import pathlib
import sys

import keras
import numpy as np

from tfcluster.data import load
from tfcluster.experiments.preparation import preprocessing_for
from tfcluster.experiments.prepared_folder import environment
from tfcluster.models import StackedAutoencoder

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tables import Table, mean_and_std  # noqa: E402

_TRAIN, _TEST = 5000, 1000

# Every arm has 80 epochs in all, over its layers, the intermediate trainings and the last one.
_STACK = {
    "units": (500, 150, 300, 16),
    "kind": "plain",
    "activation": "sigmoid",
    "linear_code": True,
    "batch_size": 100,
    "learning_rate": 0.01,
    "decay_steps": None,
    "initial_scale": None,
    "burn_in": 100,
    "rbm_scale": 0.1,
    "layer_epochs": 10,
    "intermediate_epochs": 0,
    "finetune_epochs": 40,
}
_WIDE_THEN_CODE = {"units": (500, 16), "layer_epochs": 20}
_INTERMEDIATE = {"intermediate_finetune": "layer", "intermediate_epochs": 10, "finetune_epochs": 20}
_ALTERNATE = {"sparsity": "alternate"}
_PLAIN_SGD = {"momentum": 0.0, "learning_rate": 0.1}  # as far a step as with momentum
_DECAY = {"weight_decay": 1e-4}

ROWS = {
    "no pretraining": {"layer_epochs": 0, "finetune_epochs": 80},
    "E1 plain = E3 none = E5 off": {},
    "E1 RBM": {"kind": "rbm"},
    "E1 denoising": {"kind": "denoising"},
    "E1 contractive": {"kind": "contractive"},
    "E1 contractive, tied": {"kind": "contractive", "tied": True},
    "E1 sparse = E3 all": {"sparsity": "all"},
    "E2 A bottleneck": {"units": (16,), "layer_epochs": 40},
    "E2 B sparse + bottleneck": {**_WIDE_THEN_CODE, "sparsity": "all"},
    "E2 C unconstrained + bottleneck": _WIDE_THEN_CODE,
    "E3 alternate = E4 momentum": _ALTERNATE,
    "E3 alternate, kept": _ALTERNATE | {"keep_in_finetune": True},
    "E4 neither": _ALTERNATE | _PLAIN_SGD,
    "E4 decay": _ALTERNATE | _PLAIN_SGD | _DECAY,
    "E4 momentum + decay": _ALTERNATE | _DECAY,
    "E5 intermediate fine-tuning": _INTERMEDIATE,
    "E6 all together": _ALTERNATE | _DECAY | _INTERMEDIATE,
}


class StackTable(Table):
    """A table of stacked autoencoders by data sets."""

    columns = ("runs", "test: nats an image", "train", "test: squared error", "s pretraining", "s in all")
    fields = ("seed", "test_nats", "train_nats", "test_squared_error", "pretraining_seconds", "seconds")

    def run(self, row, name, seed):
        keras.utils.clear_session()
        data = load(name)
        chosen = data.take(np.random.default_rng(0).permutation(len(data))[: _TRAIN + _TEST])
        train, test = chosen.x[:_TRAIN], chosen.x[_TRAIN:]
        arguments = _STACK | self.rows[row]
        stack = StackedAutoencoder(
            **arguments, preprocessing=preprocessing_for(chosen, None, (0.0, 1.0)), seed=seed, name="stack"
        )
        stack.fit(train, validation_data=test)
        reconstructions = stack.predict(test, batch_size=1000, verbose=0)
        rows = keras.ops.convert_to_numpy(stack.prepare(test))
        seconds = [stage["seconds"] for stage in stack.stages]
        last = stack.stages[-1]
        return {
            "seed": seed,
            "arguments": arguments,
            "n_train": len(train),
            "n_test": len(test),
            "test_nats": last["val_reconstruction"],
            "train_nats": last["reconstruction"],
            "test_squared_error": float(np.square(rows - reconstructions).sum(axis=1).mean()),
            "pretraining_seconds": round(sum(seconds[:-1]), 2),
            "seconds": round(sum(seconds), 2),
            "stages": stack.stages,
            **environment(),
        }

    def facts(self, run):
        return [f"{run[field]:.6g}" if isinstance(run[field], float) else run[field] for field in self.fields]

    def entries(self, row, name, runs):
        scores = [mean_and_std([run[field] for run in runs], 2) for field in self.fields[1:4]]
        seconds = [f"{sum(run[field] for run in runs) / len(runs):.0f}" for field in self.fields[4:]]
        return [f"{len(runs)}", *scores, *seconds]


TABLE = StackTable(
    HERE,
    ROWS,
    sets=dict.fromkeys(("mnist", "big_small_digits", "square", "room", "robot_arm_2d", "robot_arm_3d"), 3),
)

if __name__ == "__main__":
    TABLE.main(__doc__)
