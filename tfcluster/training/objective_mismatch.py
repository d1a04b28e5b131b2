"""Objective-function mismatch during `fit`."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from tfcluster.metrics import gradient_cosine
from tfcluster.utils import check_choice

__all__ = ["ObjectiveMismatch"]


class ObjectiveMismatch(keras.callbacks.Callback):
    """Cosine between the gradients of a model's objectives over its backbone (tk-uco).

    ```
    ofm = <g_c, g_o> / (|g_c| |g_o|)
    ```

    `mode="simple"` (log `ofm`): g_c from the sum of the clustering terms, g_o from the sum of the companion terms,
    which are those named `uco_...` and `...reconstruction`. `mode="pairwise"` (logs `ofm_<term>_<term>`): every pair of
    terms. It is a cosine: +1 means aligned, -1 opposed. The mean over fixed batches is logged, or NaN.

    The forward pass is that of training. Moving averages, seeds and the optimiser are left as they were.

    Args:
        mode: `"simple"` or `"pairwise"`.
        every: Epochs between measurements; the last of the epochs asked for is always measured.
        batches: Number of full batches, of rows drawn once; None for all.
    """

    def __init__(self, mode="simple", every=4, batches=10):
        super().__init__()
        check_choice("mode", mode, ("simple", "pairwise"))
        self.mode = mode
        self.every = every
        self.batches = batches
        self._measure = None

    def on_train_begin(self, logs=None):
        self._groups = self._make_groups()
        self._measure = tf.function(self._cosines, autograph=False)

    def on_epoch_end(self, epoch, logs=None):
        keys = [key for key, _, _ in self._groups]
        last = epoch + 1 == self.params["epochs"]
        if (epoch + 1) % self.every and not last:
            logs.update(dict.fromkeys(keys, float("nan")))
            return
        source = self.model.source
        whole = (batch for indices, batch in source.fixed() if len(indices) == source.batch_size)
        found = [self._measure(*batch) for batch in itertools.islice(whole, self.batches)]
        logs.update({key: float(np.mean([cosines[key] for cosines in found])) for key in keys})

    def _make_groups(self):
        names = self.model.loss_names()
        if self.mode == "pairwise":
            return [(f"ofm_{a}_{b}", (a,), (b,)) for a, b in itertools.combinations(names, 2)]
        companions = tuple(name for name in names if name.startswith("uco_") or name.endswith("reconstruction"))
        clustering = tuple(name for name in names if name not in companions)
        return [("ofm", clustering, companions)] if companions and clustering else []

    def _cosines(self, rows, targets=None):
        model = self.model
        variables = model.encoder.trainable_variables
        untouched = model.non_trainable_variables
        before = [tf.identity(variable) for variable in untouched]
        with tf.GradientTape(persistent=True) as tape:
            terms = model.loss_terms(rows, model.training_outputs(rows, training=True), training=True, targets=targets)
            sums = {names: tf.add_n([terms[name] for name in names]) for _, *pair in self._groups for names in pair}
            groups = {names: model.optimizer.scale_loss(value) for names, value in sums.items()}  # cosines stay
        gradients = {names: tape.gradient(value, variables) for names, value in groups.items()}
        for variable, value in zip(untouched, before, strict=True):
            variable.assign(value)
        return {key: gradient_cosine(gradients[a], gradients[b]) for key, a, b in self._groups}
