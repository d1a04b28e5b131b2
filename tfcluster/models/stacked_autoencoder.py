"""Stacked autoencoders: greedy layer-wise pretraining, then fine-tuning of the whole."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from tfcluster.losses.reconstruction import reconstruction_loss
from tfcluster.models.autoencoder import Autoencoder
from tfcluster.models.layer_stack import LayerStack
from tfcluster.models.rbm import RBM
from tfcluster.models.shallow_autoencoder import ShallowAutoencoder
from tfcluster.models.sparse_stack import SparseStack
from tfcluster.models.stack_codes import codes_of_layer, map_batches
from tfcluster.training.burn_in_sgd import BurnInSGD
from tfcluster.training.rows import Rows
from tfcluster.training.session import Session
from tfcluster.utils import check_choice

__all__ = ["StackedAutoencoder"]

KINDS = ("plain", "denoising", "contractive", "rbm")
SCHEDULES = (None, "layer", "pair")


@keras.saving.register_keras_serializable(package="tfcluster")
class StackedAutoencoder(LayerStack):
    """A deep autoencoder, trained layer by layer and then as a whole.

    ```
    h_0 = x;    for l = 1..L:    min l(h_{l-1}, g_l(f_l(h_{l-1}))) + penalty,    h_l = f_l(h_{l-1})
    then        min l(x, g_1(...g_L(f_L(...f_1(x)))))
    ```

    Each pair of layers (f_l, g_l) is trained on the codes of the frozen ones before it, which are computed once. With
    `intermediate_finetune` the stack so far is unrolled and tuned on x on the way (Bhutani), before the next pair.

    `activation="relu"` is the stack of DEC: ReLU but for a linear code and a linear last layer, mean squared error.
    `"sigmoid"` is the stack of Bhutani: sigmoid throughout, cross-entropy; x must lie in [0, 1]. With `linear_code` its
    code alone is linear (Hinton and Salakhutdinov 2006). Layers of kind `"rbm"` need it.

    `sparsity` puts a penalty on the codes of some layers while they are pretrained: `"alternate"` on the layers
    1, 3, 5, ..., which may then be wide, and not on the bottlenecks 2, 4, ... between them; neither this nor `"all"`
    on the code.

    Args:
        units: Widths of the layers; the last is the code.
        kind: `"plain"`, `"denoising"`, `"contractive"` or `"rbm"`, or one of them for each layer.
        activation: `"relu"` or `"sigmoid"`.
        linear_code: Whether the code of a sigmoid stack is linear.
        tied: Whether the layers of the decoder have the kernels of the encoder, transposed, and biases of their own.
        sparsity: `"none"`, `"all"`, `"alternate"`, or a bool for each layer.
        sparsity_weight: Factor on the sparsity; None for 3 (`"kl"`) or 1e-4 (`"l1"`).
        sparsity_kind: `"kl"` or `"l1"`; None for `"kl"` on sigmoid units and `"l1"` on ReLU.
        sparsity_target: rho of `"kl"`.
        keep_in_finetune: Whether the codes of those layers keep their penalty while the stack is fine-tuned.
        contraction: Factor on the contraction of `"contractive"` layers.
        corruption: Of `"denoising"` layers. Sigmoid: share of the input set to 0 (masking). ReLU: dropout on the input
            of every pair but the first and on the code of every pair but the last (DEC).
        gibbs_steps: Steps of Gibbs sampling of `"rbm"` layers.
        gibbs_chains: Persistent chains of `"rbm"` layers; 0 for plain contrastive divergence.
        rbm_scale: Factor on the learning rate of an `"rbm"` layer with Gaussian hidden units, the linear code.
        weight_decay: Factor on half the squares of the kernels, in all trainings.
        intermediate_finetune: None, `"layer"` (after every layer from the second on) or `"pair"` (after every second).
        layer_epochs: Epochs for each pair of layers.
        intermediate_epochs: Epochs of each intermediate fine-tuning.
        finetune_epochs: Epochs of the last fine-tuning.
        batch_size: Rows in a step.
        learning_rate: Of SGD; None for 0.1 on the cross-entropy of sigmoid stacks and 0.05 on the mean squared error of
            ReLU stacks, which is DEC's 0.1 on half of it.
        momentum: Of SGD.
        burn_in: Steps in which the momentum grows to its value.
        decay_steps: Steps after which the learning rate is divided by 10, again and again; None for never.
        initial_scale: Standard deviation of the initial weights; None for Glorot-uniform.
        preprocessing: Keras layer from raw rows to what the stack takes, or None; its output is flattened.
        seed: Drives initial weights, corruption, samples and the order of the batches.

    Input: rows. Output: reconstructions of the flattened preprocessed rows. `encode` gives codes.
    """

    def __init__(
        self,
        units=(500, 500, 2000, 10),
        kind="denoising",
        activation="relu",
        linear_code=False,
        tied=False,
        sparsity="none",
        sparsity_weight=None,
        sparsity_kind=None,
        sparsity_target=0.05,
        keep_in_finetune=False,
        contraction=0.1,
        corruption=0.2,
        gibbs_steps=1,
        gibbs_chains=0,
        rbm_scale=0.01,
        weight_decay=0.0,
        intermediate_finetune=None,
        layer_epochs=50,
        intermediate_epochs=10,
        finetune_epochs=100,
        batch_size=256,
        learning_rate=None,
        momentum=0.9,
        burn_in=1000,
        decay_steps=20_000,
        initial_scale=0.01,
        preprocessing=None,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = tuple(units)
        if not self.units:
            raise ValueError("`units` must hold the width of at least one layer. Received: none")
        check_choice("activation", activation, ("relu", "sigmoid"))
        check_choice("intermediate_finetune", intermediate_finetune, SCHEDULES)
        self.kind = kind if isinstance(kind, str) else tuple(kind)
        self.activation = activation
        self.linear_code = linear_code
        self.tied = tied
        self.sparsity = sparsity if isinstance(sparsity, str) else tuple(sparsity)
        self.sparsity_weight = sparsity_weight
        self.sparsity_kind = sparsity_kind
        self.sparsity_target = sparsity_target
        self.keep_in_finetune = keep_in_finetune
        self.contraction = contraction
        self.corruption = corruption
        self.gibbs_steps = gibbs_steps
        self.gibbs_chains = gibbs_chains
        self.rbm_scale = rbm_scale
        self.weight_decay = weight_decay
        self.intermediate_finetune = intermediate_finetune
        self.layer_epochs = layer_epochs
        self.intermediate_epochs = intermediate_epochs
        self.finetune_epochs = finetune_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.burn_in = burn_in
        self.decay_steps = decay_steps
        self.initial_scale = initial_scale
        self.preprocessing = preprocessing
        self.seed = seed
        self.stages = []
        for each in self.kinds():
            check_choice("kind", each, KINDS)
            if each == "rbm" and activation != "sigmoid":
                raise ValueError("Layers of kind 'rbm' need activation='sigmoid'. Received: activation='relu'")
        self._check_sparsity()
        self.check_arguments()

    def _check_sparsity(self):
        if not 0.0 < self.sparsity_target < 1.0:
            raise ValueError(f"`sparsity_target` must be above 0 and below 1. Received: {self.sparsity_target}")
        by_kl = self._penalty()["sparsity_kind"] == "kl"
        for layer, (sparse, kind) in enumerate(zip(self.sparse_layers(), self.kinds(), strict=True), start=1):
            received = f"Received: sparsity={self.sparsity!r} for layer {layer}"
            linear = self.linear_code and layer == len(self.units)
            if sparse and kind == "rbm":
                raise ValueError(f"Layers of kind 'rbm' take no `sparsity`. {received}")
            if sparse and by_kl and (self.activation != "sigmoid" or linear):
                raise ValueError(f"`sparsity_kind='kl'` takes sigmoid units; use 'l1'. {received}")

    def kinds(self):
        """The kind of each layer."""
        return self._for_each("kind", (self.kind,) * len(self.units) if isinstance(self.kind, str) else self.kind)

    def sparse_layers(self):
        """Whether each layer is pretrained with the sparsity penalty."""
        count = len(self.units)
        if isinstance(self.sparsity, str):
            check_choice("sparsity", self.sparsity, ("none", "all", "alternate"))
            step = {"none": count, "all": 1, "alternate": 2}[self.sparsity]
            chosen = range(0, count - 1, step) if self.sparsity != "none" else ()
            return tuple(layer in chosen for layer in range(count))
        return self._for_each("sparsity", self.sparsity)

    def _for_each(self, name, values):
        if len(values) != len(self.units):
            raise ValueError(f"`{name}` must have a value for each of the {len(self.units)} layers. Received: {values}")
        return tuple(values)

    # Training.

    def fit(self, x, validation_data=None, session=None, verbose=0):
        """Train all stages.

        Args:
            x: Array of rows, or finite `tf.data.Dataset` of batches that fits into memory.
            validation_data: Further rows, whose reconstruction error is recorded at every stage, or None.
            session: A `Session` for resuming and progress, or None.
            verbose: As in Keras.

        Returns:
            Keras's History of the last fine-tuning. `stages` has a dict for each stage: its name, epochs, the
            reconstruction error over all rows of the stack unrolled so far (and `val_...`), and seconds.

        Raises:
            ValueError: For data that cannot be used, see `Rows`, or a layer that has the same code for all rows.
        """
        rows = x if isinstance(x, Rows) else Rows(x, None, 1)
        if rows.array is None:
            raise ValueError(f"A stack is trained on rows that fit into memory. Received: {rows.n} streamed rows")
        if not self.built:
            self.build((None, *rows.row_shape))
        session = Session() if session is None else session
        flat = map_batches(self.prepare, rows.array)
        if self.activation == "sigmoid" and (flat.min() < 0.0 or flat.max() > 1.0):
            raise ValueError(
                "A stack of sigmoid units takes preprocessed values in [0, 1]. "
                f"Received: values from {flat.min():.4g} to {flat.max():.4g}"
            )
        validation = None if validation_data is None else map_batches(self.prepare, np.asarray(validation_data))
        self.stages = []
        codes = flat
        for index in range(len(self.units)):
            with self._stage(session, f"layer-{index + 1}", self.layer_epochs, index, flat, validation):
                self._train_pair(index, codes, session, verbose)
            if self._tunes_after(index):
                with self._stage(session, f"stack-{index + 1}", self.intermediate_epochs, index, flat, validation):
                    self._tune(index, flat, self.intermediate_epochs, f"stack-{index + 1}", session, verbose)
                codes = flat
                for layer in range(index):
                    codes = codes_of_layer(self.encoders, layer, codes)
            if index + 1 < len(self.units):
                codes = codes_of_layer(self.encoders, index, codes)
        last = len(self.units) - 1
        with self._stage(session, "finetune", self.finetune_epochs, last, flat, validation):
            return self._tune(last, flat, self.finetune_epochs, "finetune", session, verbose)

    def _tunes_after(self, index):
        every = {None: 0, "layer": 1, "pair": 2}[self.intermediate_finetune]
        return bool(every) and index > 0 and (index + 1) % every == 0 and index + 1 < len(self.units)

    @contextlib.contextmanager
    def _stage(self, session, name, epochs, index, rows, validation):
        """Takes down time and error of a stage."""
        with session.phase(name):
            yield
        stage = {"stage": name, "epochs": epochs, "seconds": session.seconds[name]}
        stage["reconstruction"] = self.reconstruction_error(rows, index + 1)
        if validation is not None:
            stage["val_reconstruction"] = self.reconstruction_error(validation, index + 1)
        self.stages.append(stage)

    def reconstruction_error(self, rows, depth):
        """Error over all prepared rows of the first `depth` pairs of layers, unrolled."""

        def error(part):
            h = part
            for layer in [*self.encoders[:depth], *reversed(self.decoders[:depth])]:
                h = layer(h)
            return reconstruction_loss(part, h, self._loss())[None] * tf.cast(tf.shape(part)[0], tf.float32)

        return float(map_batches(error, rows).sum() / len(rows))

    def _loss(self):
        return "mse" if self.activation == "relu" else "cross_entropy"

    def _optimizer(self, scale=1.0):
        default = 0.05 if self.activation == "relu" else 0.1
        rate = scale * (default if self.learning_rate is None else self.learning_rate)
        if self.decay_steps is not None:
            rate = keras.optimizers.schedules.ExponentialDecay(rate, self.decay_steps, 0.1, staircase=True)
        return BurnInSGD(rate, self.momentum, self.burn_in)

    def _train_pair(self, index, codes, session, verbose):
        encoder, decoder = self.encoders[index], self.decoders[index]
        kind, name = self.kinds()[index], f"layer-{index + 1}"
        options = {"batch_size": self.batch_size, "session": session, "phase": name, "verbose": verbose}
        if kind == "rbm":
            linear = encoder.activation is keras.activations.linear
            rbm = RBM(
                encoder.units,
                hidden="gaussian" if linear else "binary",
                steps=self.gibbs_steps,
                persistent=self.gibbs_chains,
                weight_decay=self.weight_decay,
                initial_scale=self.initial_scale or 0.01,
                seed=self.seed + index,
            )
            rate = self._optimizer(self.rbm_scale if linear else 1.0)
            rbm.fit(codes, epochs=self.layer_epochs, optimizer=rate, **options)
            encoder.set_weights([rbm.kernel.numpy(), rbm.hidden_bias.numpy()])
            decoder.bias.assign(rbm.visible_bias)
            if not self.tied:
                decoder.kernel.assign(tf.transpose(rbm.kernel))
            return
        arguments = {"reconstruction": self._loss() if index == 0 or self.activation == "sigmoid" else "mse"}
        if kind == "denoising" and self.activation == "sigmoid":
            arguments["masking"] = self.corruption
        elif kind == "denoising":
            arguments["input_dropout"] = self.corruption if index else 0.0
            arguments["code_dropout"] = self.corruption if index + 1 < len(self.units) else 0.0
        if kind == "contractive":
            arguments["contraction"] = self.contraction
        if self.sparse_layers()[index]:
            arguments |= self._penalty()
        arguments |= {"weight_decay": self.weight_decay, "seed": self.seed + index}
        shallow = ShallowAutoencoder(_sequential([encoder]), _sequential([decoder]), **arguments)
        shallow.fit(codes, epochs=self.layer_epochs, optimizer=self._optimizer(), **options)

    def _penalty(self):
        """The arguments of the sparsity of a layer."""
        kind = self.sparsity_kind or ("kl" if self.activation == "sigmoid" else "l1")
        default = 3.0 if kind == "kl" else 1e-4
        weight = default if self.sparsity_weight is None else self.sparsity_weight
        return {"sparsity": weight, "sparsity_kind": kind, "sparsity_target": self.sparsity_target}

    def _tune(self, index, rows, epochs, name, session, verbose):
        arguments = {"reconstruction": self._loss(), "weight_decay": self.weight_decay}
        arguments["seed"] = self.seed + len(self.units) + index
        stack = _sequential(self.encoders[: index + 1]), _sequential(self.decoders[index::-1])
        sparse = self.sparse_layers()[: index + 1]
        if self.keep_in_finetune and any(sparse):
            whole = SparseStack(*stack, sparse, **self._penalty(), **arguments, name="sparse_stack")
        else:
            whole = Autoencoder(*stack, **arguments)
        options = {"batch_size": self.batch_size, "session": session, "phase": name, "verbose": verbose}
        return whole.fit(rows, epochs=epochs, optimizer=self._optimizer(), **options)


def _sequential(layers):
    return keras.Sequential([keras.Input((layers[0].kernel.shape[0],)), *layers])
