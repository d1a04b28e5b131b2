"""Restricted Boltzmann machine."""

import keras
import numpy as np
import tensorflow as tf

from tfcluster.training.fit_phase import fit_phase
from tfcluster.training.keras_compat import CompiledFit
from tfcluster.training.rows import Rows
from tfcluster.utils import check_choice

__all__ = ["RBM"]

UNITS = ("binary", "gaussian")


@keras.saving.register_keras_serializable(package="tfcluster")
class RBM(CompiledFit):
    """Restricted Boltzmann machine, trained by contrastive divergence (Hinton 2002) or PCD (Tieleman 2008).

    ```
    E(v, h) = -b'v - c'h - v'W h        p(h = 1 | v) = s(c + W'v),    p(v = 1 | h) = s(b + W h)
    F(v)    = -b'v - sum_j ln(1 + exp(c_j + (W'v)_j))
    L       = mean F(v_0) - mean F(v_k)
    ```

    v_k comes from v_0 by k steps of Gibbs sampling and is a constant in L, so that -dL/dW = <v h>_0 - <v h>_k with h as
    probabilities. Hidden units are sampled where they drive the visible ones, which are taken as probabilities; with
    `persistent` both are sampled, v_k is the state of as many chains, and these go on where the last step left them.

    Gaussian visible units have -b'v replaced by |v - b|^2 / 2, Gaussian hidden units -c'h by |h - c|^2 / 2, so that
    F(v) = -b'v - c'W'v - |W'v|^2 / 2 for the latter. These need a learning rate 10 to 100 times lower.

    Terms in History: `contrastive_divergence`, and `weight_decay` if there is one. L is no measure of success: it is a
    difference whose gradient is of use. `reconstruct` shows how well rows are given back.

    Args:
        units: Number of hidden units.
        visible: `"binary"` (rows in [0, 1]) or `"gaussian"`.
        hidden: `"binary"` or `"gaussian"`.
        steps: k.
        persistent: Number of persistent chains; 0 for plain contrastive divergence.
        weight_decay: Factor on half the squares of W.
        initial_scale: Standard deviation of the initial weights.
        seed: Drives initial weights, samples and the order of the batches.

    Input: rows of shape (n, d). Output: p(h = 1 | v), or the mean of Gaussian h, of shape (n, units).
    """

    def __init__(
        self,
        units,
        visible="binary",
        hidden="binary",
        steps=1,
        persistent=0,
        weight_decay=0.0,
        initial_scale=0.01,
        seed=0,
        **kwargs,
    ):
        kwargs.setdefault("dtype", "float32")  # samples and free energies would drown in fewer digits
        super().__init__(**kwargs)
        check_choice("visible", visible, UNITS)
        check_choice("hidden", hidden, UNITS)
        self.units = units
        self.visible = visible
        self.hidden = hidden
        self.steps = steps
        self.persistent = persistent
        self.weight_decay = weight_decay
        self.initial_scale = initial_scale
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)
        self.check_arguments()

    def build(self, input_shape):
        if self.built:
            return
        if len(input_shape) != 2:
            raise ValueError(f"An RBM takes rows of shape (n, d): flatten them. Received: {tuple(input_shape)}")
        width = input_shape[-1]
        first = keras.initializers.RandomNormal(stddev=self.initial_scale, seed=self.seed)
        self.kernel = self.add_weight(name="kernel", shape=(width, self.units), initializer=first)
        self.visible_bias = self.add_weight(name="visible_bias", shape=(width,), initializer="zeros")
        self.hidden_bias = self.add_weight(name="hidden_bias", shape=(self.units,), initializer="zeros")
        if self.persistent:
            self.chains = self.add_weight(
                name="chains", shape=(self.persistent, width), initializer="zeros", trainable=False
            )
        self.make_term_means()
        self.built = True

    def call(self, v, training=False):
        fields = tf.matmul(self._cast(v), self.kernel) + self.hidden_bias
        return tf.sigmoid(fields) if self.hidden == "binary" else fields

    def decode(self, h):
        """p(v = 1 | h), or the mean of Gaussian v, of shape (n, d)."""
        fields = tf.matmul(self._cast(h), self.kernel, transpose_b=True) + self.visible_bias
        return tf.sigmoid(fields) if self.visible == "binary" else fields

    def reconstruct(self, v):
        """Rows given back by way of the hidden means."""
        return self.decode(self(v))

    def free_energy(self, v):
        """F of each row, shape (n,)."""
        v = self._cast(v)
        fields = tf.matmul(v, self.kernel)
        if self.hidden == "binary":
            inner = tf.reduce_sum(tf.nn.softplus(fields + self.hidden_bias), axis=1)
        else:
            inner = tf.reduce_sum(fields * self.hidden_bias + 0.5 * tf.square(fields), axis=1)
        if self.visible == "binary":
            return -tf.linalg.matvec(v, self.visible_bias) - inner
        return 0.5 * tf.reduce_sum(tf.square(v - self.visible_bias), axis=1) - inner

    def gibbs(self, v, sample_visible):
        """One step of Gibbs sampling from visible values."""
        v = self.decode(self._sample(self(v), self.hidden))
        return self._sample(v, self.visible) if sample_visible else v

    def _cast(self, values):
        return tf.cast(values, self.compute_dtype)

    def _sample(self, mean, units):
        shape = tf.shape(mean)
        if units == "gaussian":
            return mean + keras.random.normal(shape, seed=self.generator)
        return tf.cast(keras.random.uniform(shape, seed=self.generator) < mean, mean.dtype)

    def training_outputs(self, x, training):
        x = self._cast(x)
        v = tf.convert_to_tensor(self.chains) if self.persistent else x
        for _ in range(self.steps):
            v = self.gibbs(v, sample_visible=self.persistent > 0)
        return {"rows": x, "negative": tf.stop_gradient(v)}

    def after_step(self, outputs, targets):
        if self.persistent:
            self.chains.assign(outputs["negative"])

    def loss_names(self):
        return ["contrastive_divergence", *(["weight_decay"] if self.weight_decay else [])]

    def loss_terms(self, x, outputs, training, targets=None):
        difference = tf.reduce_mean(self.free_energy(outputs["rows"])) - tf.reduce_mean(
            self.free_energy(outputs["negative"])
        )
        terms = {"contrastive_divergence": difference}
        if self.weight_decay:
            terms["weight_decay"] = self.weight_decay * tf.nn.l2_loss(self.kernel)
        return terms

    def fit(self, x, *, epochs=10, batch_size=100, optimizer=None, phase="rbm", **kwargs):
        """Train; the arguments are those of `training.fit_phase`. Default optimiser: SGD(0.1) with momentum 0.5.

        Raises:
            ValueError: For rows that are no probabilities, if the visible units are binary.
        """
        rows = x if isinstance(x, Rows) else Rows(x, None, 1)
        if self.visible == "binary" and isinstance(rows.array, np.ndarray):
            low, high = rows.array.min(), rows.array.max()
            if not (low >= 0 and high <= 1):
                raise ValueError(
                    "Binary visible units take rows in [0, 1]: scale them, or take visible='gaussian'. "
                    f"Received: values from {low:.4g} to {high:.4g}"
                )
        first = keras.optimizers.SGD(0.1, momentum=0.5) if optimizer is None else optimizer
        return fit_phase(self, rows, first, epochs, batch_size, phase=phase, **kwargs)
