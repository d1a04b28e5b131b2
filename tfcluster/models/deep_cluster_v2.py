"""DeepCluster-v2 (Caron et al., NeurIPS 2020, appendix)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tfcluster.backbones import make_encoder
from tfcluster.layers.random_resized_crop import RandomResizedCrop
from tfcluster.models.feature_clusters import FeatureClusters
from tfcluster.training.distribution import gather_rows
from tfcluster.training.scalable_kmeans import nearest_centroids, scalable_kmeans
from tfcluster.utils import derive_seeds

__all__ = ["DeepClusterV2"]


@keras.saving.register_keras_serializable(package="tfcluster")
class DeepClusterV2(FeatureClusters):
    """DeepCluster-v2: the centroids themselves are the head, of embeddings that training has left in a memory bank.

    ```
    v_i = distorted x,  i = 1..V;     z(v) = g(f(v)) / |g(f(v))|
    b_a^i = z of the i-th full view of x_a when it was last seen,  i = 1, 2
    c^h = spherical k-means of b^i,     l_a^h = argmax_j <b_a^i, c_j^h>,     h = 0..H-1,  i = 1 + h mod 2
    L = mean_{h, i, a} -ln softmax_j(<z(v_i), c_j^h> / tau)_{l_a^h} + decay / 2 sum |kernels|^2
    ```

    f is the backbone, g a projector of two dense layers. Every `reassign_every` epochs the H clusterings are computed
    from the bank, without another pass over the rows, and their centroids stay fixed until then; one pass in inference
    mode fills the bank at the beginning. A batch is seen as
    two full views (one without `augmentation`) and `small_crops` small parts of a distorted row, enlarged; all of them
    have the pseudo-labels of the row. The authors keep small crops small, which saves time: that would need backbones
    of no fixed size.

    The clusters that are wanted are those of the features of f, see `FeatureClusters`. Terms in History:
    `pseudo_labels`, `weight_decay`, and `nmi_previous` and `used_prototypes` of the first clustering, see
    `DeepCluster`. A loss that stays at ln of the prototypes has learnt nothing: lower `temperature` or the rate.

    Args:
        n_clusters: Number of clusters k.
        backbone: Name of a backbone, or a Keras model, which is itself trained.
        heads: Number H of clusterings.
        projection_units: Width of the hidden layer of g.
        projection_dim: Width of z.
        temperature: tau.
        small_crops: Small crops of each row; images only.
        small_area: Least and largest share of the area of the distorted row that such a crop has.
        reassign_every: Epochs between two computations of the pseudo-labels.
        prototype_iterations: Iterations of their k-means.
        weight_decay: Factor on the squares of the kernels of f and g.
        **kwargs: Arguments of `FeatureClusters` and `ClusteringModel`.
    """

    def __init__(
        self,
        n_clusters,
        backbone="resnet18",
        heads=3,
        projection_units=2048,
        projection_dim=128,
        temperature=0.1,
        small_crops=0,
        small_area=(0.05, 0.14),
        reassign_every=1,
        prototype_iterations=10,
        weight_decay=1e-6,
        **kwargs,
    ):
        super().__init__(n_clusters, weight_decay=weight_decay, **kwargs)
        if heads < 1 or reassign_every < 1:
            raise ValueError(f"`heads` and `reassign_every` must be at least 1. Received: {heads}, {reassign_every}")
        if not temperature > 0:
            raise ValueError(f"`temperature` must be above 0. Received: {temperature}")
        self.backbone = backbone
        self.heads = heads
        self.projection_units = projection_units
        self.projection_dim = projection_dim
        self.temperature = temperature
        self.small_crops = small_crops
        self.small_area = tuple(small_area)
        self.reassign_every = reassign_every
        self.prototype_iterations = prototype_iterations

    @property
    def full_views(self):
        """Number of full views, each with a bank of its own."""
        return 1 if self.augmentation is None else 2

    def build_network(self, input_shape):
        if self.small_crops and len(input_shape) != 3:
            raise ValueError(f"`small_crops` are crops of images. Received: rows of shape {tuple(input_shape)}")
        words = derive_seeds(self.seed, 4)
        self.encoder = make_encoder(self.backbone, input_shape, words[0], norm_momentum=self.norm_momentum)
        self.make_clusters(input_shape)
        self.projector = keras.Sequential(
            [
                layers.Dense(self.projection_units, kernel_initializer=keras.initializers.GlorotUniform(words[1])),
                layers.BatchNormalization(momentum=self.norm_momentum),
                layers.ReLU(),
                layers.Dense(
                    self.projection_dim, kernel_initializer=keras.initializers.GlorotUniform(words[2]), dtype="float32"
                ),
            ],
            name="projector",
        )
        self.small_crop = RandomResizedCrop(self.small_area, seed=words[3] % 2**31)
        self.centroids = self.add_weight(
            name="prototypes",
            shape=(self.heads, self.prototypes, self.projection_dim),
            initializer="zeros",
            trainable=False,
            autocast=False,
            dtype="float32",
        )

    def network(self, x, training):
        features = self.flatten(self.encoder(x, training=training))
        h = self.projector(features, training=training)
        z = h / ops.maximum(ops.norm(h, axis=1, keepdims=True), 1e-12)
        return self.clusters_of(features) | {"projection": z}

    def training_outputs(self, x, training):
        if not training:
            return super().training_outputs(x, training)
        x = self.preprocessed(x)
        parts = [x] if self.augmentation is None else [self.distorted(x), self.distorted(x)]
        for _ in range(self.small_crops):
            parts.append(tf.cast(self.small_crop(self.distorted(x), training=True), x.dtype))
        return self.network(tf.concat(parts, axis=0), training=True)

    def distorted(self, x):
        """Preprocessed rows, distorted in a new way."""
        return x if self.augmentation is None else tf.cast(self.augmentation(x, training=True), x.dtype)

    def inference(self, outputs):
        return super().inference(outputs) | {"projection": outputs["projection"]}

    def logits_and_labels(self, outputs, targets):
        z, labels = outputs["projection"], targets[:, :-1]
        labels = tf.tile(labels, [tf.shape(z)[0] // tf.shape(labels)[0], 1])  # all views have those of the row
        return tf.einsum("nd,hkd->nhk", z, self.centroids) / self.temperature, labels

    def decayed_weights(self):
        return [*self.encoder.trainable_weights, *self.projector.trainable_weights]

    def after_step(self, outputs, targets):
        """Leave the embeddings of the full views in the bank."""
        z, rows = outputs["projection"], targets[:, -1]
        size = tf.shape(rows)[0]
        views = [z[i * size : (i + 1) * size] for i in range(self.full_views)]
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            rows, views = gather_rows((rows, views))
        for bank, view in zip(self.bank, views, strict=True):
            bank.scatter_update(tf.IndexedSlices(view, rows))

    # Pseudo-labels.

    def start_refinement(self):
        n = self.source.n
        with self.distribute_strategy.scope():
            table = tf.zeros([n, self.heads + 1], tf.int32)
            self.targets = tf.Variable(table, trainable=False, name="pseudo_labels")
            empty = tf.zeros([n, self.projection_dim])
            self.bank = [tf.Variable(empty, trainable=False, name=f"bank_{i + 1}") for i in range(self.full_views)]
        self.source.attach(self.targets)
        self.refresh_interval = self.reassign_every * self.source.steps
        if self.found:
            for i, bank in enumerate(self.bank):
                bank.assign(self.found[f"bank_{i + 1}"])
            self._bind()
            return
        z = self.of_first_worker(self.map_source(self.source, "projection"))  # the bank begins with all rows
        for bank in self.bank:
            bank.assign(z)
        self.refresh()

    def refresh(self):
        """Compute the pseudo-labels and the prototypes from the bank."""
        banks = [self.of_first_worker(keras.ops.convert_to_numpy(bank)) for bank in self.bank]
        labels, centroids = [], []
        for head, seed in enumerate(derive_seeds([self.seed, self.times_reassigned()], self.heads)):
            bank = banks[head % len(banks)]
            options = {"max_iterations": self.prototype_iterations, "init": "random", "spherical": True, "seed": seed}
            options["strategy"] = self.distribute_strategy
            centroids.append(scalable_kmeans(bank, self.prototypes, **options).centroids)
            labels.append(nearest_centroids(bank, centroids[-1], spherical=True))
        self.keep(self.of_first_worker(np.stack(labels, axis=1)))
        self.centroids.assign(self.of_first_worker(np.stack(centroids)))
        self._bind()

    def _bind(self):
        labels = self.found["labels"]
        self.targets.assign(np.concatenate([labels, np.arange(len(labels))[:, None]], axis=1).astype(np.int32))

    def loop_state(self):
        banks = {f"bank_{i + 1}": keras.ops.convert_to_numpy(bank) for i, bank in enumerate(self.bank)}
        return super().loop_state() | banks

    def end_loop(self):
        super().end_loop()
        self.bank = None
