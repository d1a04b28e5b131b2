"""The denoising autoencoder of DEPICT, which gives back its hidden layers too."""

import math

import keras
import tensorflow as tf
from keras import layers

from tfcluster.layers import ReplicaDropout
from tfcluster.losses import reconstruction_loss
from tfcluster.training.configured_model import preprocessed_shape
from tfcluster.training.fit_phase import fit_phase
from tfcluster.training.keras_compat import CompiledFit
from tfcluster.utils import check_share, derive_seeds

__all__ = ["LadderAutoencoder"]


@keras.saving.register_keras_serializable(package="tfcluster")
class LadderAutoencoder(CompiledFit):
    """A noisy encoder and a decoder that gives back the input and every hidden layer of the clean encoder.

    ```
    clean   h^0 = x,            h^l = phi(f_l(h^{l-1})),              z  = h^L
    noisy   u^0 = drop(x),      u^1 = drop(phi(f_1(u^0))),            u^l = phi(f_l(u^{l-1})),    z~ = u^L
    back    v^L = z~,           v^{l-1} = phi(g_l(v^l))
    L = mean (h^0 - v^0)^2 + hidden_weight sum_{0<l<L} mean (h^l - v^l)^2
    ```

    Images go through two convolutions of stride 2 with 50 maps (4x4, then 5x5 "same"), other rows, flattened, through
    two dense layers of 500; phi is a leaky ReLU of slope 0.01 there, tanh for z and for v^0 of images, which belong
    into [-1, 1]; other rows are given back linearly. Terms in History: `reconstruction`, `hidden_reconstruction`.

    Args:
        embedding_dim: Width of z.
        dropout: Share of the values that the noisy encoder sets to 0 in its input and its first hidden layer.
        hidden_weight: Factor on the hidden layers.
        preprocessing: Keras layer from raw rows to vectors or images in [-1, 1], or None.
        seed: Drives initial weights, dropout and the order of the batches.

    Input: rows. Output: z of shape (n, embedding_dim).
    """

    def __init__(self, embedding_dim, dropout=0.1, hidden_weight=0.1, preprocessing=None, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_share("dropout", dropout)
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.hidden_weight = hidden_weight
        self.preprocessing = preprocessing
        self.seed = seed

    def build(self, input_shape):
        if self.built:
            return
        shape = preprocessed_shape(self.preprocessing, input_shape)
        self.build_layers(shape[1:])
        self.make_term_means()
        self.built = True

    def build_layers(self, shape):
        """Make the layers for preprocessed rows of that shape."""
        seeds = iter(derive_seeds(self.seed, 9))
        image = len(shape) == 3
        if image and min(shape[:2]) < 8:
            raise ValueError(f"Images need sides of at least 8 pixels. Received: rows of shape {tuple(shape)}")
        slope = layers.LeakyReLU(negative_slope=0.01)
        drop = [ReplicaDropout(self.dropout, seed=next(seeds)) for _ in range(2)]
        if image:
            encoders = [_convolution(4, "valid", next(seeds)), _convolution(5, "same", next(seeds))]
        else:
            encoders = [_dense(500, next(seeds)), _dense(500, next(seeds))]
            if len(shape) > 1:
                encoders[0] = keras.Sequential([keras.Input(shape), layers.Flatten(), encoders[0]])
        inputs = keras.Input(shape)
        inner = [shape]
        for layer in encoders:
            inner.append(tuple(layer(keras.Input(inner[-1])).shape[1:]))
        code = keras.Sequential(
            [keras.Input(inner[2]), layers.Flatten(), _dense(self.embedding_dim, next(seeds), "tanh")]
        )
        width = int(tf.TensorShape(inner[2]).num_elements())
        decoders = [
            keras.Sequential(
                [keras.Input((self.embedding_dim,)), _dense(width, next(seeds)), slope, layers.Reshape(inner[2])]
            ),
            _back(inner[2], inner[1], 5, slope, next(seeds)),
            _back(inner[1], inner[0], 4, layers.Activation("tanh" if image else "linear"), next(seeds)),
        ]
        self.clean = self._clean_encoder(inputs, encoders, slope, code)
        self.noisy = self._noisy_passes(inputs, encoders, slope, drop, code, decoders)

    @staticmethod
    def _clean_encoder(inputs, encoders, slope, code):
        hidden = [slope(encoders[0](inputs))]
        hidden.append(slope(encoders[1](hidden[0])))
        return keras.Model(inputs, [*hidden, code(hidden[1])], name="clean")

    @staticmethod
    def _noisy_passes(inputs, encoders, slope, drop, code, decoders):
        noisy = drop[1](slope(encoders[0](drop[0](inputs))))
        back = [code(slope(encoders[1](noisy)))]
        for decoder in decoders:
            back.append(decoder(back[-1]))
        return keras.Model(inputs, back, name="noisy")

    def call(self, x, training=False):
        return self.clean(self.prepare(x))[-1]

    def prepare(self, x):
        """Preprocessed rows."""
        return tf.cast(x if self.preprocessing is None else self.preprocessing(x), self.compute_dtype)

    def training_outputs(self, x, training):
        return self.passes(self.prepare(x), training)

    def passes(self, x, training):
        """Both passes for preprocessed rows: `clean` layers h^1..h^L, noisy code `noisy`, `back` v^{L-1}..v^0."""
        code, *back = self.noisy(x, training=training)
        return {"rows": x, "clean": self.clean(x), "noisy": code, "back": back}

    def loss_names(self):
        return ["reconstruction", "hidden_reconstruction"]

    def loss_terms(self, x, outputs, training, targets=None):
        first, second, _ = outputs["clean"]
        second_back, first_back, rows_back = outputs["back"]
        pairs = ((outputs["rows"], rows_back), (first, first_back), (second, second_back))
        rows, *hidden = (reconstruction_loss(value, back, "mse") for value, back in pairs)
        return {
            "reconstruction": rows,
            "hidden_reconstruction": self.hidden_weight * sum(hidden),
        }

    def fit(self, x, *, epochs=100, batch_size=100, optimizer=None, phase="pretrain", **kwargs):
        """Train; the arguments are those of `training.fit_phase`. The default optimiser is Adam(1e-4)."""
        first = keras.optimizers.Adam(1e-4) if optimizer is None else optimizer
        return fit_phase(self, x, first, epochs, batch_size, phase=phase, **kwargs)


def _dense(units, seed, activation=None):
    return layers.Dense(units, activation, kernel_initializer=keras.initializers.GlorotUniform(seed))


def _convolution(size, padding, seed):
    return layers.Conv2D(50, size, 2, padding, kernel_initializer=keras.initializers.GlorotUniform(seed))


def _back(shape, target, size, activation, seed):
    """A layer from `shape` back to `target`, resized where a stride had rounded a side."""
    first = keras.initializers.GlorotUniform(seed)
    if len(shape) == 1:
        dense = layers.Dense(math.prod(target), kernel_initializer=first)
        shaped = [] if len(target) == 1 else [layers.Reshape(target)]
        return keras.Sequential([keras.Input(shape), dense, activation, *shaped])
    padding = "valid" if size == 4 else "same"
    steps = [layers.Conv2DTranspose(target[-1], size, 2, padding, kernel_initializer=first)]
    if tuple(steps[0](keras.Input(shape)).shape[1:3]) != tuple(target[:2]):
        steps.append(layers.Resizing(*target[:2]))
    return keras.Sequential([keras.Input(shape), *steps, activation])
