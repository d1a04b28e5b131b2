"""The contract that all methods share."""

import keras
import numpy as np
import tensorflow as tf

from tfcluster.models.inference_model import InferenceModel
from tfcluster.training.cluster_monitor import ClusterMonitor
from tfcluster.training.configured_model import dtype_policy, preprocessed_shape
from tfcluster.training.distribution import gather_rows, of_first_worker
from tfcluster.training.epoch_count import EpochCount
from tfcluster.training.finite_guard import FiniteGuard, NonFiniteLossError
from tfcluster.training.fit_arguments import check_fit_arguments
from tfcluster.training.keep_best import KeepBest
from tfcluster.training.keras_compat import lasting_variables
from tfcluster.training.rows import Rows, warn_of_scales
from tfcluster.training.session import Session
from tfcluster.utils import check_count, check_seed

__all__ = ["ClusteringModel"]

_SEEN = 2**22  # values of rows, raw or preprocessed, whose scales are looked at


class ClusteringModel(InferenceModel):
    """A Keras model that clusters.

    `fit(x)` does all that the method needs; `predict(x)` gives soft assignments of shape (n, k), one-hot for hard
    methods, `cluster(x)` labels of shape (n,), `embed(x)` embeddings of shape (n, d). New data always works. All take
    raw rows: `preprocessing` is part of the model, and so of what is saved and exported.

    A subclass stores its constructor's arguments under their names (from which `get_config` follows), makes its layers
    in `build_network`, and computes in `network` everything that its losses need.

    Args:
        n_clusters: Number of clusters k.
        preprocessing: Keras layer from raw rows to what the network takes (scaling, resizing), or None.
        augmentation: Keras layer that distorts preprocessed rows in training, or None.
        learning_rate: Of the optimiser, where `fit` compiles.
        momentum: None trains with Adam, a number with SGD of that momentum.
        clipnorm: Largest norm of each variable's gradient, where `fit` compiles; None for no limit.
        seed: Drives initial weights, the order of the batches and every random layer made here.
        whole_batch: Whether, with several replicas, batch normalisation and losses that couple rows see the batch of
            all of them, which gives what one device gives; otherwise each replica sees its share. Such losses are
            computed from outputs and targets alone.
    """

    drop_remainder = True
    """Whether a last batch of fewer rows is left out in training: so for losses that couple the rows of a batch."""

    couples_rows = False
    """Whether the losses couple the rows of a batch, so that they have to see all of them together."""

    selection = "loss"
    """What chooses the kept checkpoint and the run without labels: `"loss"`, the lowest criterion; `"agreement"`, the
    last checkpoint, and of three or more runs that with the highest mean NMI to the others."""

    scored_by = "y"
    """What `fit` calls the labels used for scores only."""

    judged = True
    """Whether `assess` gives a criterion, by which a checkpoint can be kept."""

    needs_order = False
    """Whether something is kept for each row, so that streamed rows must come in one order every time."""

    streams = True
    """Whether a data set will do whose rows are too many to be kept."""

    stops_early = False
    """Whether `fit` may end before all epochs, when nothing changes any more."""

    least_clusters = 2
    """Smallest number of clusters for which the method says something."""

    trains_network = True
    """Whether there is a network to train, which wants rows of moderate values."""

    without_effect = ()
    """Names of arguments that the method makes nothing of; the command line does not take them."""

    def __init__(
        self,
        n_clusters,
        preprocessing=None,
        augmentation=None,
        learning_rate=1e-3,
        momentum=None,
        clipnorm=10.0,
        seed=0,
        whole_batch=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_count("n_clusters", n_clusters, self.least_clusters)
        check_seed(seed)
        self.n_clusters = int(n_clusters)
        self.preprocessing = preprocessing
        self.augmentation = augmentation
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.clipnorm = clipnorm
        self.seed = seed
        self.whole_batch = whole_batch
        self.checkpoint = None

    # What a subclass gives.

    def check(self, rows):
        """Refuse `Rows` that the method cannot take, by a ValueError."""
        if not self.streams and rows.array is None:
            raise ValueError(
                f"{type(self).__name__} takes an array or a memory map. Received: a data set of {rows.n} rows, "
                "too large to be kept"
            )
        if self.needs_order and not rows.repeats:
            raise ValueError(
                f"{type(self).__name__} keeps a target for each row by its number: a streamed data set must give rows "
                "in the same order every time. Received: another first batch at the second reading. Use `shuffle(..., "
                "reshuffle_each_iteration=False)`, distort rows by `augmentation`, or take target='batch' (DEC's kin)."
            )

    def pretrain(self, x, session=None):
        """Train what comes before clustering. Nothing here; a phase already done is skipped."""

    def initialize(self, x, session=None):
        """Find the first clusters. Nothing here; a phase already done is skipped."""

    def make_source(self, rows, batch_size):
        """The batches of the refinement."""
        return rows.source(batch_size, self.seed, self.drop_remainder)

    def start_refinement(self):
        """Called when the data of the refinement are bound to `self.source`. Nothing here."""

    def refinement_callbacks(self):
        """Keras callbacks that the method itself needs in its refinement."""
        return []

    def rows_for_losses(self, x, outputs, targets):
        if not self.whole_batch or not self.couples_rows or tf.distribute.get_strategy().num_replicas_in_sync == 1:
            return x, outputs, targets
        views = 2 if self.two_views and self.augmentation is not None else 1
        return x, *gather_rows((outputs, targets), views)

    def loss_names(self):
        return []

    def default_optimizer(self):
        """The optimiser that `fit` compiles with."""
        if self.momentum is None:
            return keras.optimizers.Adam(self.rate_schedule(), clipnorm=self.clipnorm)
        return keras.optimizers.SGD(self.rate_schedule(), self.momentum, clipnorm=self.clipnorm)

    def rate_schedule(self):
        """Learning rate of that optimiser, a number or a schedule."""
        return self.learning_rate

    # Phases.

    def fit(
        self,
        x,
        y=None,
        *,
        epochs=200,
        batch_size=120,
        callbacks=None,
        verbose="auto",
        evaluate_every=4,
        keep_best=None,
        session=None,
        **kwargs,
    ):
        """Pretrain, initialise and refine; a phase already done is skipped, and a second `fit` goes on refining.

        Args:
            x: Array of shape (n, ...), or finite `tf.data.Dataset` of batches of rows or of (rows, labels). Its rows
                are put into batches anew. If they fit into memory they are read once, and so is what it draws at
                random: distort rows by `augmentation`.
            y: Labels used for scores only, or None.
            epochs: Epochs of refinement.
            batch_size: Rows in a step, over all replicas.
            callbacks: Keras callbacks of the refinement. For those that monitor what an evaluation finds, such as
                `EarlyStopping("criterion")`, the first epoch is evaluated too, and that value stands until the next.
            verbose: As in Keras.
            evaluate_every: Epochs between evaluations, see `ClusterMonitor`.
            keep_best: Whether to end with the weights of the evaluation with the lowest criterion; None for the
                method's rule, see `selection`.
            session: A `Session` for resuming, progress of all phases and shared pretrained weights, or None.
            **kwargs: Further arguments of Keras's `fit`, such as `validation_data`; none that choose, order or weigh
                rows or epochs.

        Returns:
            Keras's History, with a key for each loss term.

        Raises:
            ValueError: For data that cannot be clustered, see `Rows`, or arguments that make no sense, such as
                `keep_best` where there is no criterion.
            NonFiniteLossError: If a loss term is no longer a finite number; names it. The model is left with the
                weights of its best evaluation so far, or where there is none with those of the last.
        """
        if not evaluate_every >= 1:
            raise ValueError(f"`evaluate_every` must be at least 1. Received: {evaluate_every}")
        if keep_best and not self.judged:
            raise ValueError(f"{type(self).__name__} has no criterion for `keep_best`: its last weights are kept.")
        least = (2 if self.drop_remainder else 1) * self.distribute_strategy.num_replicas_in_sync
        check_fit_arguments(epochs, batch_size, callbacks, kwargs, least)
        kwargs.setdefault("validation_batch_size", batch_size)
        if kwargs.get("validation_data") is not None:
            self.require_validation("`validation_data`")
        if kwargs.get("validation_data") is not None and self.distribute_strategy.cluster_resolver is not None:
            raise ValueError(
                "MultiWorkerMirroredStrategy takes no `validation_data`: call `assess` afterwards. "
                f"Received: {type(kwargs['validation_data']).__name__}"
            )
        session = Session() if session is None else session
        rows = Rows(x, y, self.n_clusters, self.scored_by)
        self.check(rows)
        with self.distribute_strategy.scope():
            self._prepare(rows.row_shape, rows.row_dtype)
        self.look_at_scales(rows)
        source = self.make_source(rows, batch_size)
        self.prepare_loop(source, self.default_optimizer, epochs)
        guard = FiniteGuard(evaluate_every)
        by_loss = self.selection == "loss"
        keep_best = by_loss if keep_best is None else keep_best
        monitor = ClusterMonitor(source, rows.y, evaluate_every, with_loss=by_loss or keep_best)
        best = self.checkpoint = KeepBest() if keep_best else None
        state = session.state("fit", monitor, best)
        span = {"initial_epoch": 0, "epochs": epochs} if state is None else state.restore(self, epochs)
        self.pretrain(rows, session)
        self.initialize(rows, session)
        before = int(keras.ops.convert_to_numpy(self.epochs_done)) - span["initial_epoch"]
        self.clock.first_epoch = self.clock.epoch = before
        count = EpochCount(self.epochs_done, before, span["initial_epoch"])
        extra = [
            *self.refinement_callbacks(),
            *session.callbacks("fit", epochs),
            *monitor.around(callbacks or []),
            *([] if state is None else [state]),
        ]
        with session.phase("fit"):
            self.start_refinement()
            try:
                history = self.run_loop(
                    [count, guard, monitor, *([] if best is None else [best, count]), *extra],
                    verbose=verbose,
                    **span,
                    **kwargs,
                )
            except NonFiniteLossError:
                guard.restore()
                if best is not None:
                    best.on_train_end()
                raise
        count.on_train_end()  # a callback of the caller may have put earlier weights back
        return history

    def kept_criterion(self, history):
        """Criterion of the weights that a `fit` ended with, lower is better; None if `selection` is by agreement."""
        if self.selection == "agreement":
            return None
        return float(history.history["criterion"][-1] if self.checkpoint is None else self.checkpoint.rank[1])

    def _once(self, phase, done, function, x, session):
        """Run a phase that comes before refinement, unless its flag says that it was done.

        Args:
            phase: Its name.
            done: Name of the weight, made by `_flag`, that says so.
            function: Function of (rows, session) that does it.
            x: Array of rows, finite `tf.data.Dataset` of batches, or `Rows`.
            session: A `Session`, or None.

        Returns:
            What the function returns, or None if there was nothing to do.
        """
        rows = x
        if not isinstance(x, Rows):  # called by the user, not by `fit`
            rows = Rows(x, None, self.n_clusters)
            self.check(rows)
        session = Session() if session is None else session
        with self.distribute_strategy.scope():
            self._prepare(rows.row_shape, rows.row_dtype)
            if int(keras.ops.convert_to_numpy(getattr(self, done))):
                return None
            with session.phase(phase), dtype_policy(self.dtype_policy):
                found = function(rows, session)
                if self.distribute_strategy.cluster_resolver is not None:
                    for variable in lasting_variables(self):
                        variable.assign(self.of_first_worker(keras.ops.convert_to_numpy(variable)))
        getattr(self, done).assign(1)
        return found

    def of_first_worker(self, value):
        """What the first of several workers has for a number or an array, see `training.distribution`."""
        return of_first_worker(self.distribute_strategy, value)

    def look_at_scales(self, rows):
        """Warn of `Rows` that are badly scaled when the network sees them, see `warn_of_scales`."""
        if rows.array is not None:
            seen = preprocessed_shape(self.preprocessing, (None, *rows.row_shape))[1:]
            first = rows.array[: max(2, _SEEN // max(int(np.prod(rows.row_shape)), int(np.prod(seen))))]
            warn_of_scales(keras.ops.convert_to_numpy(self.preprocessed(tf.constant(first))), self.trains_network)

    def _flag(self, name):
        return self.add_weight(name=name, shape=(), dtype="int32", initializer="zeros", trainable=False)
