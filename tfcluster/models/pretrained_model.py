"""What the methods that start from a pretrained autoencoder share."""

import hashlib
import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfcluster.backbones import make_decoder, make_encoder, with_taps
from tfcluster.backbones.mlp import dense_initializer
from tfcluster.models.autoencoder import Autoencoder
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.models.stacked_autoencoder import StackedAutoencoder
from tfcluster.utils import check_choice, derive_seeds

__all__ = ["PretrainedModel"]


class PretrainedModel(ClusteringModel):
    """A clustering model whose encoder is first trained in an autoencoder.

    ```
    z = W f(x) + b,    min mean (x - g(z))^2
    ```

    f is the backbone; the decoder g mirrors it behind a ReLU layer as wide as the backbone's features. With
    augmentation, the autoencoder too sees distorted rows, unless it is trained greedily.

    Args:
        n_clusters: Number of clusters k.
        backbone: Name of a backbone with a decoder, such as `"mlp"`, or any Keras model from rows to features,
            which is itself trained.
        embedding_dim: Width of z; None takes the flattened features of a user's own backbone as they are.
        norm_momentum: Momentum of the moving averages in BatchNormalization of `"cnn_small"`.
        initializer: Initial weights of `"mlp"`, of the decoder that mirrors it, and of the layers to z and back from
            it: `"glorot"` or `"fan_in"`, U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
        pretraining: `"end_to_end"`, or `"greedy"` (backbone `"mlp"` only): layer by layer with dropout 0.2, then the
            whole, as DEC did, from initial weights of its own (N(0, 0.01^2)), see `StackedAutoencoder`.
        pretrain_epochs: Epochs of the autoencoder, of each pair of layers and twice as many of the whole if it is
            trained greedily; 0 for none.
        pretrain_batch_size: Rows in a step there.
        pretrain_learning_rate: Learning rate there.
        pretrain_momentum: None pretrains with Adam, a number with SGD of that momentum. Greedy pretraining is always
            SGD; None takes the paper's rate and momentum there.
        **kwargs: Arguments of `ClusteringModel`.
    """

    drop_remainder = False
    trains_network = True
    keeps_decoder = False
    """Whether the decoder goes on being trained, and is saved."""

    def __init__(
        self,
        n_clusters,
        backbone="mlp",
        embedding_dim=10,
        norm_momentum=0.99,
        initializer="glorot",
        pretraining="end_to_end",
        pretrain_epochs=100,
        pretrain_batch_size=256,
        pretrain_learning_rate=1e-3,
        pretrain_momentum=None,
        **kwargs,
    ):
        super().__init__(n_clusters, **kwargs)
        self.backbone = backbone
        self.embedding_dim = embedding_dim
        self.norm_momentum = norm_momentum
        self.initializer = initializer
        check_choice("pretraining", pretraining, ("end_to_end", "greedy"))
        if pretraining == "greedy" and (backbone != "mlp" or embedding_dim is None):
            raise ValueError(
                f"`pretraining='greedy'` needs backbone='mlp' and an embedding_dim. Received: backbone={backbone!r}, "
                f"embedding_dim={embedding_dim}"
            )
        if pretraining == "greedy" and self.augmentation is not None:
            raise ValueError("`pretraining='greedy'` takes no augmentation. Use pretraining='end_to_end'.")
        self.pretraining = pretraining
        self.pretrain_epochs = pretrain_epochs
        self.pretrain_batch_size = pretrain_batch_size
        self.pretrain_learning_rate = pretrain_learning_rate
        self.pretrain_momentum = pretrain_momentum

    def build_network(self, input_shape):
        self.network_shape = tuple(input_shape)
        seeds = derive_seeds(self.seed, 2)
        encoder = make_encoder(self.backbone, input_shape, seeds[0], **self._backbone_options())
        self.encoder = with_taps(encoder, self.tap_names())
        self.flatten = layers.Flatten(dtype="float32")
        self.embedding = (
            layers.Identity(dtype="float32")
            if self.embedding_dim is None
            else self._dense(self.embedding_dim, seeds[1])
        )
        self.pretrained = self._flag("pretrained")
        inputs = keras.Input(input_shape)
        outputs = self.encode(inputs, training=False)
        self.features_shape = tuple(outputs["features"].shape[1:])
        self.embedding_width = outputs["embedding"].shape[1]
        self.decoder = self.make_decoder() if self.keeps_decoder else None

    def _backbone_options(self):
        return {"initializer": self.initializer, "norm_momentum": self.norm_momentum}

    def _dense(self, units, seed):
        first = dense_initializer(self.initializer, seed)
        return layers.Dense(units, kernel_initializer=first, dtype="float32", name="embedding")

    def make_decoder(self):
        """A decoder from embeddings to preprocessed rows."""
        seeds = derive_seeds(self.seed, 4)[2:]
        width = math.prod(self.features_shape)
        first = dense_initializer(self.initializer, seeds[0])
        expand = layers.Dense(width, "relu", kernel_initializer=first, name="expand")
        options = self._backbone_options()
        mirror = make_decoder(self.backbone, self.features_shape, self.network_shape, seeds[1], **options)
        return keras.Sequential(
            [keras.Input((self.embedding_width,)), expand, layers.Reshape(self.features_shape), mirror],
            name="decoder",
        )

    def encode(self, x, training):
        """Embedding, features and taps of preprocessed rows."""
        features, *taps = tf.nest.flatten(self.encoder(x, training=training))
        return {"embedding": self.embedding(self.flatten(features)), "features": features, "taps": taps}

    def make_autoencoder(self):
        """The autoencoder around this model's encoder, compiled for pretraining; it shares the weights."""
        inputs = keras.Input(self.network_shape)
        encoder = keras.Model(inputs, self.encode(inputs, training=None)["embedding"])
        decoder = self.make_decoder() if self.decoder is None else self.decoder
        autoencoder = Autoencoder(
            encoder, decoder, preprocessing=self.preprocessing, augmentation=self.augmentation, seed=self.seed
        )
        autoencoder.whole_batch = self.whole_batch
        rate, momentum = self.pretrain_learning_rate, self.pretrain_momentum
        optimizer = keras.optimizers.Adam(rate) if momentum is None else keras.optimizers.SGD(rate, momentum)
        return autoencoder, optimizer

    def pretraining_facts(self):
        """Everything but the rows that determines the pretrained weights."""
        names = ["backbone", "embedding_dim", "norm_momentum", "initializer", "preprocessing", "augmentation", "seed"]
        names += [
            "pretraining",
            "pretrain_epochs",
            "pretrain_batch_size",
            "pretrain_learning_rate",
            "pretrain_momentum",
        ]
        facts = {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in names}
        given = {"backbone": self.backbone, "preprocessing": self.preprocessing, "augmentation": self.augmentation}
        for name, layer in given.items():  # they may come trained
            if isinstance(layer, keras.layers.Layer):
                own = self.encoder if name == "backbone" else layer
                facts[f"{name}_weights"] = _digest(own.get_weights())
        # Replicas take the weights of one device, and the other way round, so that both can begin alike. Trained by
        # themselves they would differ in noise, in rounding, and where a last batch cannot be shared equally.
        together = self.whole_batch and self.distribute_strategy.num_replicas_in_sync > 1
        facts["precision"] = [self.encoder.dtype_policy.name, self.dtype_policy.name]
        return facts | ({"whole_batch": True} if together else {})

    def pretrain(self, x, session=None):
        """Train the autoencoder; nothing if that was done.

        Args:
            x: Array of rows, finite `tf.data.Dataset` of batches, or `Rows`.
            session: A `Session`, or None.

        Returns:
            Keras's History, or None if there was nothing to do.
        """
        return self._once("pretrain", "pretrained", self._pretrain, x, session) if self.pretrain_epochs else None

    def _pretrain(self, rows, session):
        autoencoder, optimizer = self.make_autoencoder()
        autoencoder.build((None, *rows.row_shape))
        shared = session.pretrained if rows.array is not None else None
        key = None if shared is None else shared.key(rows.array, self.pretraining_facts())
        if shared is not None and self.of_first_worker(int(shared.holds(key))):
            shared.load(key, autoencoder)  # a worker that does not see the file is given the weights by `_once`
            return None
        options = {"epochs": self.pretrain_epochs, "batch_size": self.pretrain_batch_size, "session": session}
        if self.pretraining == "greedy":
            history = self._pretrain_greedily(rows, autoencoder, **options)
        else:
            history = autoencoder.fit(rows, optimizer=optimizer, verbose=0, **options)
        if shared is not None:
            shared.store(key, autoencoder)
        return history

    def _pretrain_greedily(self, rows, autoencoder, epochs, batch_size, session):
        """The pretraining of DEC (Xie et al. 2016): 50,000 steps a pair and 100,000 for the whole in the paper.

        Where the arguments ask for Adam, the rate and momentum of the paper are taken: this is always SGD.
        """
        momentum = self.pretrain_momentum
        rate = {} if momentum is None else {"learning_rate": self.pretrain_learning_rate, "momentum": momentum}
        stack = StackedAutoencoder(
            layer_epochs=epochs,
            finetune_epochs=2 * epochs,
            batch_size=batch_size,
            **rate,
            preprocessing=self.preprocessing,
            units=(*(layer.units for layer in _dense_layers(self.encoder)), self.embedding_dim),
            seed=self.seed,
        )
        history = stack.fit(rows, session=session)
        own = [*_dense_layers(self.encoder), self.embedding, *_dense_layers(autoencoder.decoder)]
        for layer, trained in zip(own, [*stack.encoders, *reversed(stack.decoders)], strict=True):
            layer.set_weights(trained.get_weights())
        return history


def _dense_layers(model):
    """The dense layers in a model and in the models inside it, in order."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += _dense_layers(layer)
        elif isinstance(layer, layers.Dense):
            found.append(layer)
    return found


def _digest(weights):
    found = hashlib.sha256()
    for weight in weights:
        found.update(np.ascontiguousarray(weight).tobytes())
    return found.hexdigest()
