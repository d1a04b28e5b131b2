"""What the methods of scikit-learn on features share."""

import keras
import numpy as np

from tfcluster.metrics import clustering_scores, occupancy
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.training.fit_arguments import check_fit_arguments
from tfcluster.training.rows import Rows
from tfcluster.training.session import Session

__all__ = ["ShallowModel"]


class ShallowModel(ClusteringModel):
    """A method of scikit-learn on features, with its result in Keras weights.

    The features are the flattened preprocessed rows unless a subclass has others. There is nothing to refine: `fit`
    is its initialisation, and the arguments of a training loop are of no effect.
    """

    drop_remainder = False
    streams = False
    rows_dtype = "float32"
    trains_network = False
    without_effect = ("augmentation", "clipnorm", "learning_rate", "momentum", "whole_batch")

    def __init__(self, n_clusters, **kwargs):
        super().__init__(n_clusters, **kwargs)

    def fit_features(self, features):
        """Fit to features of shape (n, d), put the result into the weights, return the criterion (lower is better)."""
        raise NotImplementedError

    def features(self, x, training):
        """Features of shape (n, d) of preprocessed rows."""
        return self.flatten(x)

    def build_network(self, input_shape):
        self.flatten = keras.layers.Flatten(dtype="float32")
        self.make_weights(int(np.prod(input_shape)))

    def make_weights(self, width):
        """Create the weights for features of that width."""
        raise NotImplementedError

    def fit(self, x, y=None, *, epochs=1, batch_size=120, callbacks=None, verbose="auto", session=None, **kwargs):
        """Fit; scores are computed if labels `y` are given.

        Args:
            x: Array of shape (n, ...), or finite `tf.data.Dataset` of batches that fits into memory.
            y: Labels used for scores only, or None.
            epochs: Of no effect, as `batch_size` and `verbose`.
            batch_size: Of no effect.
            callbacks: Keras callbacks; they see one epoch.
            verbose: Of no effect.
            session: A `Session` for what comes before, or None.
            **kwargs: `evaluate_every` and `keep_best` of other methods, of no effect.

        Returns:
            A History of one epoch: `criterion`, `used_clusters`, `occupancy_entropy`, scores.

        Raises:
            TypeError: For any other argument.
            ValueError: For data that cannot be clustered, see `Rows`, or arguments that make no sense.
        """
        check_fit_arguments(epochs, batch_size, callbacks, kwargs)
        if unknown := sorted(set(kwargs) - {"evaluate_every", "keep_best"}):
            raise TypeError(f"{type(self).__name__}.fit takes no `{unknown[0]}`: there is no training loop.")
        rows = Rows(x, y, self.n_clusters, self.scored_by)
        self.check(rows)
        session = Session() if session is None else session
        self._prepare(rows.row_shape, rows.row_dtype)
        self.look_at_scales(rows)
        self.pretrain(rows, session)
        self.history = keras.callbacks.History()
        group = keras.callbacks.CallbackList([*(callbacks or []), self.history], model=self, epochs=1, steps=1)
        group.on_train_begin()
        group.on_epoch_begin(0)
        with session.phase("fit"):
            logs = {"criterion": float(self.fit_features(self.embed(rows.array)))}
        labels = self.cluster(rows.array)
        logs |= occupancy(labels, self.n_clusters)
        if rows.y is not None:
            logs |= clustering_scores(rows.y, labels)
        group.on_epoch_end(0, logs)
        group.on_train_end()
        self.epochs_done.assign(1)
        return self.history
