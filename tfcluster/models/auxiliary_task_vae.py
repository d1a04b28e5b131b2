"""A clustering autoencoder that learns from a few labels (Arias-Figueroa and Ramirez Rivera 2017, 2019)."""

import math

import keras
import tensorflow as tf
from keras import layers

from tfcluster.losses import METRIC_LOSSES, metric_loss
from tfcluster.models.gumbel_vae import GumbelVAE
from tfcluster.models.semi_supervised import SemiSupervised
from tfcluster.ops.neighbours import neighbour_labels
from tfcluster.utils import check_choice, derive_seeds

__all__ = ["AuxiliaryTaskVAE"]


@keras.saving.register_keras_serializable(package="tfcluster")
class AuxiliaryTaskVAE(SemiSupervised, GumbelVAE):
    """A categorical variational autoencoder with the auxiliary task of assigning labels.

    ```
    L = w_R E[-ln p(x | c, z)] + w_C KL(q(c | f) || 1/k) + w_G KL(q(z | f) || N(0, I))
        + w_A mean_a( -ln q(c = t_a | f_a) ) + w_M M(f, t)
    ```

    t is the label of a row that has one, and elsewhere the majority among its nearest labelled neighbours of the
    batch, in the features f. M is a metric loss on f. Category and latent are linear in f. The terms in History are
    those of `GumbelVAE`, `assignment` and `metric`.

    The terms are those of the authors' code of 2019, whose networks have `normalized_features` and `dense_output` too,
    and which draws equally many labelled rows of each class for a batch. The paper of 2017 has no Gaussian latent,

    ```
    x ~ p(x | c, f),    L = w_R E[-ln p(x | c, f)] + w_C KL(q(c | f) || 1/k) + ...
    ```

    which is `gaussian_latent=False`; its M and its weights are not known. Then f is the style, of which there is no
    distribution to draw from.

    Args:
        n_clusters: Number of classes k.
        assignment_weight: w_A.
        metric_weight: w_M.
        metric: `"lifted"` or `"triplet"`, see `losses`.
        margin: Its margin.
        n_neighbours: Neighbours that vote.
        gaussian_latent: Whether there is z; otherwise f is decoded in its place, and `latent_dim` and `gaussian_weight`
            say nothing.
        normalized_features: Whether batch normalisation and a ReLU make f of the last layer; otherwise f is linear.
        dense_output: Whether a dense layer of all values of a row follows the last one of the decoder.
        **kwargs: Arguments of `SemiSupervised` and `GumbelVAE`.
    """

    two_views = False  # labels are of one view

    def __init__(
        self,
        n_clusters,
        assignment_weight=4.7,
        metric_weight=0.85,
        metric="lifted",
        margin=0.5,
        n_neighbours=7,
        gaussian_latent=True,
        normalized_features=False,
        dense_output=False,
        backbone="cnn_valid",
        feature_dim=200,
        latent_dim=150,
        category_weight=1.2,
        gaussian_weight=1.1,
        temperature_rate=0.00693,
        branches=False,
        hidden_sum=False,
        **kwargs,
    ):
        super().__init__(
            n_clusters,
            backbone=backbone,
            feature_dim=feature_dim,
            latent_dim=latent_dim,
            category_weight=category_weight,
            gaussian_weight=gaussian_weight,
            temperature_rate=temperature_rate,
            branches=branches,
            hidden_sum=hidden_sum,
            **kwargs,
        )
        check_choice("metric", metric, METRIC_LOSSES)
        self.assignment_weight = assignment_weight
        self.metric_weight = metric_weight
        self.metric = metric
        self.margin = margin
        self.n_neighbours = n_neighbours
        self.gaussian_latent = gaussian_latent
        self.normalized_features = normalized_features
        self.dense_output = dense_output

    @property
    def has_prior(self):
        return self.gaussian_latent

    @property
    def style_width(self):
        return self.latent_dim if self.gaussian_latent else self.feature_dim

    def make_features(self, seed):
        linear = super().make_features(seed)
        return keras.Sequential([linear, *self._normalized()]) if self.normalized_features else linear

    def mirror(self, width, feature_shape, output_shape, seed):
        decoder = super().mirror(width, feature_shape, output_shape, seed)
        if not self.dense_output:
            return decoder
        first = keras.initializers.GlorotUniform(derive_seeds(seed, 3)[2])
        last = layers.Dense(math.prod(output_shape), kernel_initializer=first, name="output")
        return keras.Sequential([decoder, layers.Flatten(), last, layers.Reshape(output_shape)], name="dense_decoder")

    def make_latent(self, *seeds):
        if self.gaussian_latent:
            super().make_latent(*seeds)

    def latent(self, f, training):
        return super().latent(f, training) if self.gaussian_latent else ({"mean": keras.ops.cast(f, "float32")}, f)

    def loss_names(self):
        return [*super().loss_names(), "assignment", "metric"]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training)
        if targets is None:
            return terms
        f, logits = outputs["embedding"], outputs["logits"]
        labels = neighbour_labels(f, targets, self.n_clusters, self.n_neighbours)
        own = tf.one_hot(labels, self.n_clusters)  # zeros where a share of a batch has no label at all
        losses = -tf.reduce_sum(own * tf.nn.log_softmax(logits), axis=1)
        return terms | {
            "assignment": self.assignment_weight * tf.reduce_mean(losses),
            "metric": self.metric_weight * metric_loss(self.metric, f, labels, self.margin),
        }
