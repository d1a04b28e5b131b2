"""Autoencoders, which the methods that need one are pretrained as."""

import keras
import tensorflow as tf

from tfcluster.losses.reconstruction import RECONSTRUCTION_LOSSES, reconstruction_loss
from tfcluster.training.finite_guard import FiniteGuard
from tfcluster.training.keras_compat import CompiledFit
from tfcluster.training.rows import Rows
from tfcluster.training.session import Session
from tfcluster.utils import check_choice, check_share

__all__ = ["Autoencoder"]


@keras.saving.register_keras_serializable(package="tfcluster")
class Autoencoder(CompiledFit):
    """An encoder and a decoder trained to give back their input.

    ```
    L = l(x, g(drop(f(drop(x))))) + penalty(x, f(x))
    ```

    l is the mean squared error, or the cross-entropy summed over the values. The target is the clean row; with
    `augmentation` it is the distorted one. The terms in History are `reconstruction` and, if there is one, `penalty`.

    Args:
        encoder: Keras model f from preprocessed rows to codes.
        decoder: Keras model g from codes to preprocessed rows.
        reconstruction: `"mse"` or `"cross_entropy"` (for rows and reconstructions in [0, 1]).
        preprocessing: Keras layer from raw rows to what the encoder takes, or None.
        augmentation: Keras layer that distorts preprocessed rows in training, or None.
        input_dropout: Share of the encoder's input values that are set to 0 in training.
        code_dropout: Share of the code's values that are set to 0 in training.
        penalty: Keras layer that takes (rows, codes) and returns a scalar, or None.
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
        penalty=None,
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
        self.penalty = penalty
        self.seed = seed
        self.drop_input = keras.layers.Dropout(input_dropout, seed=seed)
        self.drop_code = keras.layers.Dropout(code_dropout, seed=seed + 1)

    def build(self, input_shape):
        if self.built:
            return
        self.make_term_means()
        super().build(input_shape)

    def call(self, x, training=False, everything=False):
        x = tf.cast(x if self.preprocessing is None else self.preprocessing(x), self.compute_dtype)
        if training and self.augmentation is not None:
            x = tf.cast(self.augmentation(x, training=True), x.dtype)
        code = self.encoder(self.drop_input(x, training=training), training=training)
        reconstruction = self.decoder(self.drop_code(code, training=training), training=training)
        if not everything:
            return reconstruction
        return {"rows": x, "code": code, "reconstruction": reconstruction}

    def training_outputs(self, x, training):
        return self(x, training=training, everything=True)

    def loss_names(self):
        return ["reconstruction", *(["penalty"] if self.penalty is not None else [])]

    def loss_terms(self, x, outputs, training, targets=None):
        rows, reconstruction = outputs["rows"], outputs["reconstruction"]
        terms = {"reconstruction": reconstruction_loss(rows, reconstruction, self.reconstruction)}
        if self.penalty is not None:
            terms["penalty"] = self.penalty(rows, outputs["code"])
        return terms

    def fit(
        self,
        x,
        epochs=50,
        batch_size=256,
        callbacks=None,
        verbose="auto",
        optimizer=None,
        session=None,
        phase="pretrain",
        **kwargs,
    ):
        """Train.

        Args:
            x: Array of rows, finite `tf.data.Dataset` of batches, or `Rows`.
            epochs: Passes over the data.
            batch_size: Rows in a step; a last batch of fewer rows is used too.
            callbacks: Keras callbacks.
            verbose: As in Keras.
            optimizer: Keras optimizer, where the model is not compiled; None for Adam.
            session: A `Session` for resuming and progress, or None.
            phase: Name of this training in the session.
            **kwargs: Further arguments of Keras's `fit`.

        Returns:
            Keras's History.
        """
        rows = x if isinstance(x, Rows) else Rows(x, None, 1)
        session = Session() if session is None else session
        if not self.built:
            self.build((None, *rows.row_shape))
        self.prepare_loop(rows.source(batch_size, self.seed, False), lambda: optimizer or keras.optimizers.Adam())
        state = session.state(phase)
        span = {"epochs": epochs} if state is None else state.restore(self, epochs)
        last = [] if state is None else [state]
        return self.run_loop(
            [FiniteGuard(), *session.callbacks(phase, epochs), *(callbacks or []), *last],
            verbose=verbose,
            **span,
            **kwargs,
        )
