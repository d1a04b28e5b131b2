"""Autoencoders, which the methods that need one are pretrained as."""

import keras
import tensorflow as tf

from tfcluster.layers import ReplicaDropout
from tfcluster.losses.reconstruction import RECONSTRUCTION_LOSSES, reconstruction_loss
from tfcluster.losses.weight_decay import weight_decay
from tfcluster.training.configured_model import preprocessed_shape
from tfcluster.training.fit_phase import fit_phase
from tfcluster.training.keras_compat import CompiledFit
from tfcluster.training.rows import Rows
from tfcluster.training.unit_range import check_unit_range
from tfcluster.utils import check_choice, check_share

__all__ = ["Autoencoder"]


@keras.saving.register_keras_serializable(package="tfcluster")
class Autoencoder(CompiledFit):
    """An encoder and a decoder trained to give back their input.

    ```
    L = l(x, g(drop(f(drop(x))))) + decay / 2 sum |W|^2
    ```

    l is the mean squared error, or a cross-entropy summed over the values. The target is the clean row; with
    `augmentation` it is the distorted one. The sum is over the kernels, without the biases. The terms in History are
    `reconstruction` and, if there is one, `weight_decay`.

    Args:
        encoder: Keras model f from preprocessed rows to codes.
        decoder: Keras model g from codes to preprocessed rows.
        reconstruction: `"mse"`, or `"cross_entropy"` or `"reversed_cross_entropy"` (for rows and reconstructions in
            [0, 1]), see `losses.reconstruction_loss`.
        preprocessing: Keras layer from raw rows to what the encoder takes, or None.
        augmentation: Keras layer that distorts preprocessed rows in training, or None.
        input_dropout: Share of the encoder's input values that are set to 0 in training.
        code_dropout: Share of the code's values that are set to 0 in training.
        weight_decay: Factor on the squares of the kernels.
        seed: Drives the order of the batches and the dropout.

    Input: rows. Output: reconstructions of the preprocessed rows.
    """

    def __init__(
        self,
        encoder,
        decoder,
        reconstruction="mse",
        preprocessing=None,
        augmentation=None,
        input_dropout=0.0,
        code_dropout=0.0,
        weight_decay=0.0,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("reconstruction", reconstruction, RECONSTRUCTION_LOSSES)
        check_share("input_dropout", input_dropout)
        check_share("code_dropout", code_dropout)
        self.encoder = encoder
        self.decoder = decoder
        self.reconstruction = reconstruction
        self.preprocessing = preprocessing
        self.augmentation = augmentation
        self.input_dropout = input_dropout
        self.code_dropout = code_dropout
        self.weight_decay = weight_decay
        self.seed = seed
        self.drop_input = ReplicaDropout(input_dropout, seed=seed)
        self.drop_code = ReplicaDropout(code_dropout, seed=seed + 1)

    def build(self, input_shape):
        if self.built:
            return
        preprocessed_shape(self.preprocessing, input_shape)
        self.make_term_means()
        super().build(input_shape)

    def call(self, x, training=False, everything=False):
        x = tf.cast(x if self.preprocessing is None else self.preprocessing(x), self.compute_dtype)
        if training and self.augmentation is not None:
            x = tf.cast(self.augmentation(x, training=True), x.dtype)
        code = self.encoder(self.corrupt(x, training), training=training)
        reconstruction = self.decoder(self.drop_code(code, training=training), training=training)
        if not everything:
            return reconstruction
        return {"rows": x, "code": code, "reconstruction": reconstruction}

    def corrupt(self, x, training):
        """What the encoder sees of the rows."""
        return self.drop_input(x, training=training)

    def training_outputs(self, x, training):
        return self(x, training=training, everything=True)

    def loss_names(self):
        return ["reconstruction", *(["weight_decay"] if self.weight_decay else [])]

    def loss_terms(self, x, outputs, training, targets=None):
        rows, reconstruction = outputs["rows"], outputs["reconstruction"]
        terms = {"reconstruction": reconstruction_loss(rows, reconstruction, self.reconstruction)}
        if self.weight_decay:
            terms["weight_decay"] = self.weight_decay * weight_decay(self.trainable_weights)
        return terms

    def fit(self, x, *, epochs=50, batch_size=256, optimizer=None, phase="pretrain", **kwargs):
        """Train; the arguments are those of `training.fit_phase`. The default optimiser is Adam.

        Raises:
            ValueError: As `fit_phase`; for rows beyond [0, 1] with a cross-entropy.
        """
        if self.reconstruction != "mse" and not isinstance(x, Rows):  # `Rows` come from what checked them
            x = Rows(x, None, 1)
            check_unit_range(x, self.preprocessing, "reconstruction", self.reconstruction)
        first = keras.optimizers.Adam() if optimizer is None else optimizer
        return fit_phase(self, x, first, epochs, batch_size, phase=phase, **kwargs)
