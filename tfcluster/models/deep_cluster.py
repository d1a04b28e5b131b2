"""DeepCluster (Caron, Bojanowski, Joulin, Douze, ECCV 2018)."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfcluster.backbones import make_encoder
from tfcluster.layers import Sobel
from tfcluster.models.feature_clusters import FeatureClusters
from tfcluster.training.keras_compat import reset_momenta
from tfcluster.training.scalable_kmeans import nearest_centroids, scalable_kmeans
from tfcluster.training.uniform_sample import uniform_sample
from tfcluster.training.whitening import whitening
from tfcluster.utils import derive_seeds

__all__ = ["DeepCluster"]

_WIDEST = 16_384
_STEPS = 70


@keras.saving.register_keras_serializable(package="tfcluster")
class DeepCluster(FeatureClusters):
    """DeepCluster: a network that learns to classify the clusters of its own features.

    ```
    u_a = P (f(x_a) - m) / |P (f(x_a) - m)|,    l_a = argmin_j |u_a - c_j|^2,    c = k-means of u        (2)
    L = mean_a -ln softmax(W relu(f(x_a)) + b)_{l_a} + decay / 2 sum |kernels of f|^2                    (1)
    z_a = (f(x_a) - m) / |f(x_a) - m|,          s(a) = argmin_j |z_a - mu_j|^2,  mu = k-means of z
    ```

    f is the backbone, m the mean of its features and P the whitening projection onto their principal components. Every
    `reassign_every` epochs the pseudo-labels l are computed from all rows in inference mode, and the head W, b begins
    anew, since the numbers of the clusters mean nothing. In an epoch every pseudo-cluster is seen equally often.
    A pseudo-cluster that loses all its rows takes half of another, see `scalable_kmeans`.

    `n_prototypes` pseudo-clusters are many more than the clusters s that are wanted. Those are found at every
    evaluation, on features that are not whitened: whitening gives the components of least variance the same say, and a
    few clusters lie in those of most. `predict` is one-hot; `embed` gives z. Terms in History: `pseudo_labels`,
    `weight_decay`. `nmi_previous` is the NMI of the pseudo-labels at the end of an epoch to those that they replaced,
    NaN until some were, `used_prototypes` how many have rows.

    The optimiser of the backbone also trains the head, whose momenta begin anew with it; the authors' head has plain
    SGD.

    Args:
        n_clusters: Number of clusters k.
        backbone: Name of a backbone, or a Keras model, which is itself trained.
        sobel: Whether images become their edges first, see `layers.Sobel`.
        components: Principal components of the features that make the pseudo-labels.
        reassign_every: Epochs between two computations of the pseudo-labels; None for the fewest that have 70 steps, in
            which a new head can learn them.
        stop_reassign_after: Epoch from which on they stay as they are; None for never. A further `fit` computes them
            once, since they are not saved.
        **kwargs: Arguments of `FeatureClusters` and `ClusteringModel`.
    """

    def __init__(
        self,
        n_clusters,
        backbone="alexnet",
        sobel=True,
        components=256,
        reassign_every=1,
        stop_reassign_after=None,
        **kwargs,
    ):
        super().__init__(n_clusters, **kwargs)
        if reassign_every is not None and reassign_every < 1:
            raise ValueError(f"`reassign_every` must be at least 1 epoch, or None. Received: {reassign_every}")
        if stop_reassign_after is not None and stop_reassign_after < 0:
            raise ValueError(f"`stop_reassign_after` must be at least 0, or None. Received: {stop_reassign_after}")
        self.backbone = backbone
        self.sobel = sobel
        self.components = components
        self.reassign_every = reassign_every
        self.stop_reassign_after = stop_reassign_after

    def build_network(self, input_shape):
        word = derive_seeds(self.seed, 1)[0]
        self.edges = Sobel(name="sobel") if self.sobel and len(input_shape) == 3 else layers.Identity(name="rows")
        shape = tuple(self.edges(keras.Input(input_shape)).shape[1:])
        self.encoder = make_encoder(self.backbone, shape, word, norm_momentum=self.norm_momentum)
        width = self.make_clusters(shape)
        if width > _WIDEST:
            raise ValueError(
                f"The backbone must give at most {_WIDEST} features, of which there are principal components. "
                f"Received: {width}; end it with a pooling or a dense layer, or use smaller images."
            )
        self.head_relu = layers.ReLU(dtype="float32")
        self.head = layers.Dense(self.prototypes, kernel_initializer=self._head_start(), name="head", dtype="float32")

    def _seeds(self, count):
        """Seeds of the head and of k-means when pseudo-labels are computed for the `count`-th time."""
        return derive_seeds([self.seed, count], 2)

    def _head_start(self, count=0):
        return keras.initializers.RandomNormal(stddev=0.01, seed=self._seeds(count)[0])

    def encoder_inputs(self, x):
        return self.edges(self.preprocessed(x))

    def network(self, x, training):
        features = self.flatten(self.encoder(self.edges(x), training=training))
        return self.clusters_of(features) | {"logits": self.head(self.head_relu(features))}

    # Pseudo-labels.

    def logits_and_labels(self, outputs, targets):
        return outputs["logits"], targets

    def start_refinement(self):
        n, steps = self.source.n, self.source.steps
        with self.distribute_strategy.scope():
            self.targets = tf.Variable(tf.zeros([n], tf.int32), trainable=False, name="pseudo_labels")
            self.chosen = tf.Variable(tf.range(n), trainable=False, name="rows_of_an_epoch")
        self.source.attach(self.targets)
        self.source.choose(self.chosen)
        self.refresh_interval = steps * (self.reassign_every or math.ceil(_STEPS / steps))
        if self.found:
            self._bind()
        else:
            self.refresh()

    def refresh(self):
        """Compute the pseudo-labels of all rows; start the head anew."""
        if self.stop_reassign_after is not None and self.clock.epoch >= self.stop_reassign_after and self.found:
            return
        count = self.times_reassigned()
        features = self.map_source(self.source, "features")
        u = whitening(features, self.components, strategy=self.distribute_strategy)(features, normalize=True)
        seed = self._seeds(count)[1]
        options = {"max_iterations": self.kmeans_iterations, "seed": seed, "strategy": self.distribute_strategy}
        centroids = scalable_kmeans(u, self.prototypes, init="random", **options).centroids
        labels = self.of_first_worker(nearest_centroids(u, centroids))
        self.keep(labels, rows=uniform_sample(labels, np.random.default_rng(seed)))
        self._bind()
        self.head.kernel.assign(self._head_start(count)(self.head.kernel.shape))
        self.head.bias.assign(tf.zeros_like(self.head.bias))
        reset_momenta(self.optimizer, self.head.trainable_variables)

    def _bind(self):
        self.targets.assign(self.found["labels"])
        self.chosen.assign(self.found["rows"])

    def end_loop(self):
        super().end_loop()
        self.chosen = None
