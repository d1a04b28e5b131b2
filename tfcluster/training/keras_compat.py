"""The one file that touches Keras's private training hooks (checked against Keras 3.15)."""

import contextlib
import functools

import keras
import tensorflow as tf

from tfcluster.training.clock import Clock
from tfcluster.training.configured_model import ConfiguredModel
from tfcluster.training.distribution import synchronized_norms

__all__ = ["CompiledFit", "all_layers", "lasting_variables", "own_function", "reset_momenta"]

_BLOCK = 20  # steps in one compiled block when `fit` compiles
_JIT_STEPS = 2000  # steps from which on compiling them pays
_DENSE_LAYERS = tuple(
    getattr(keras.layers, name)
    for name in (
        "Activation",
        "Dense",
        "Dropout",
        "Flatten",
        "Identity",
        "InputLayer",
        "Normalization",
        "Rescaling",
        "Reshape",
    )
)


def reset_momenta(optimizer, variables):
    """Set to 0 the mean of past gradients that an optimiser has of some variables.

    Adam's mean of their squares stays: begun anew without its correction for the first steps, which counts from the
    beginning of training, it would make the steps three to six times as long for a hundred of them.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # under loss scaling
    for name in ("momentums", "_momentums", "velocities"):  # of SGD; of Adam; of `BurnInSGD`
        slots = getattr(optimizer, name, None)
        for variable in variables if slots else ():
            slot = slots[optimizer._get_variable_index(variable)]
            slot.assign(tf.zeros_like(slot))


def all_layers(model):
    """The layers of a model and those inside of them."""
    return model._flatten_layers(include_self=False)


def lasting_variables(model):
    """Weights, and the states of random layers, with which training goes on; not the means of metrics."""
    means = {id(variable) for metric in model.metrics for variable in metric.variables}
    return [variable for variable in model.variables if id(variable) not in means]


def own_function(function, **options):
    """A `tf.function` of one model.

    TensorFlow counts how often it has to trace by the code of a function, which all models share, and would warn of the
    fifth model; a `partial` is counted by itself.
    """
    return tf.function(functools.partial(function), autograph=False, reduce_retracing=True, **options)


class CompiledFit(ConfiguredModel):
    """A Keras model whose `fit` runs blocks of steps inside one `tf.function`.

    Keras drives epochs, callbacks and History; `steps_per_execution` steps at a time run in a `tf.while_loop` on the
    batches of `self.source` (see `training.sources`). Losses are named: a subclass returns them from `loss_terms`, the
    total is their sum plus the losses that layers added, and each has its own mean in History.

    Under a `tf.distribute` strategy every step is a `strategy.run`; each replica takes its share of the batch. With
    more than one replica a block is a call a step.

    A method that changes something between steps from all rows (targets, centroids) sets `refresh_interval` and
    overrides `refresh`, which is called after every so many steps, counted over all epochs.
    """

    refresh_interval = None
    """Steps between two calls of `refresh`, or None."""

    whole_batch = False
    """Whether batch normalisation sees the batch of all replicas, or each the share of its own."""

    validates = True
    """Whether the losses say something of rows that were not trained on: not so those of pseudo-labels."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.source = None
        self.clock = None
        self._term_means = {}

    @property
    def input_dtype(self):
        """What Keras casts rows to: in 16 bits they would be rounded before they are preprocessed."""
        return self.variable_dtype

    # What a subclass gives.

    def loss_names(self):
        """Names of the loss terms, in order; known once the model is built."""
        raise NotImplementedError

    def loss_terms(self, x, outputs, training, targets=None):
        """Weighted loss terms of a batch: a dict from the names of `loss_names` to scalar tensors.

        Args:
            x: The batch.
            outputs: What `training_outputs(x)` returned for it.
            training: Whether this is a training step.
            targets: The rows of the source's table of targets that belong to the batch, or None.
        """
        raise NotImplementedError

    def training_outputs(self, x, training):
        """Everything that the losses need from one forward pass."""
        return self(x, training=training)

    def rows_for_losses(self, x, outputs, targets):
        """What `loss_terms` gets in a training step of the rows, outputs and targets of a replica. These, here."""
        return x, outputs, targets

    def refresh(self):
        """Called between steps, see `refresh_interval`; may set `stop_training`."""

    def end_loop(self):
        """Called when the loop has ended, by an error too: let go of what belongs to the data. Nothing here."""

    def loop_state(self):
        """Arrays beside the variables that a killed `fit` needs to go on, by name."""
        return {}

    def restore_loop_state(self, arrays):
        """Take back what `loop_state` gave, before the data are bound."""

    def after_step(self, outputs, targets):
        """Called in the graph after the variables have been updated; for what no gradient trains."""

    # Steps.

    def make_term_means(self):
        """Create the running means of the terms; idempotent, to be called before a step is traced."""
        for name in self.loss_names():
            if name not in self._term_means:
                self._term_means[name] = keras.metrics.Mean(name=name)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Sum of the named terms and of the losses added by layers.

        Updates the mean of each term and of the sum, in which a batch weighs as many as it has rows.
        """
        terms = self.loss_terms(x, y_pred, training, y)
        total = self.total_loss(terms)
        count = tf.cast(tf.shape(x)[0], tf.float32)
        for name, value in terms.items():
            self._update_mean(self._term_means[name], value, total, count)
        self._update_mean(self._loss_tracker, total, total, count)
        return total

    def total_loss(self, terms):
        """Sum of the named terms and of the losses that layers added in the last forward pass."""
        losses = [*terms.values(), *(tf.cast(loss, tf.float32) for loss in self.losses)]
        return tf.reduce_sum(tf.stack(losses)) if losses else tf.constant(0.0)  # `add_n` has no fixed order

    def _update_mean(self, mean, value, total, count):
        """Take a value of `count` rows into a mean; not that of a replica without rows, which is not a number.

        Under loss scaling neither that of a step which the optimiser skips as overflowed.
        """
        value = tf.where(count > 0.0, value, 0.0)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            finite = tf.math.is_finite(total)
            value, count = tf.where(finite, value, 0.0), tf.where(finite, count, 0.0)
        mean.update_state(value, sample_weight=count)

    def train_step(self, data):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        with tf.GradientTape() as tape:
            outputs = self.training_outputs(x, training=True)
            rows, seen, targets = self.rows_for_losses(x, outputs, y)
            loss = self.compute_loss(rows, targets, seen, training=True)
            scaled = self.optimizer.scale_loss(loss / replicas)  # gradients are summed over the replicas
        weights = self.trainable_weights
        self.optimizer.apply(tape.gradient(scaled, weights), weights)
        self.after_step(outputs, y)
        return self.get_metrics_result()

    def require_validation(self, what):
        """Refuse, by a ValueError, what needs losses of rows that were not trained on, where there are none."""
        if not self.validates:
            raise ValueError(
                f"{type(self).__name__} takes no {what}: only rows that it is trained on have the labels of its loss. "
                "Call `cluster` and score its labels."
            )

    def test_step(self, data):
        self.require_validation("`evaluate`")
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)  # labels are no targets
        self.compute_loss(x, None, self.training_outputs(x, training=False), training=False)
        return self.get_metrics_result()

    # Blocks.

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Keras would build from what the iterator yields under a strategy; the models here are built before `fit`.
        if not self.built:
            super()._maybe_symbolic_build(iterator, data_batch)

    def make_train_function(self, force=False):
        if self.source is None:  # `train_on_batch`: Keras's own function around the same `train_step`
            super().make_train_function(force)
            return
        if self.train_function is not None and not force:
            return
        strategy, source = self.distribute_strategy, self.source
        step_function = self.train_step
        if self.jit_compile:
            step_function = own_function(step_function, jit_compile=True)

        replicas = strategy.num_replicas_in_sync

        def block(iterator, order, first, count):
            def body(i, finite):
                batch = source.batch(order, iterator, first + i)

                def replica_step(batch):
                    context = tf.distribute.get_replica_context()
                    step_function(source.share(batch, context.replica_id_in_sync_group, replicas))

                strategy.run(replica_step, args=(batch,))
                # A block ends with the first step that is not finite, while the means still tell which term it was.
                return i + 1, tf.math.is_finite(self._loss_tracker.total)

            state = tf.constant(0), tf.constant(True)
            if replicas == 1:
                _, finite = tf.while_loop(lambda i, finite: finite & (i < count), body, state, parallel_iterations=1)
            else:
                _, finite = body(*state)
            return self.get_metrics_result(), finite

        if not self.run_eagerly:
            block = own_function(block)

        order_of = functools.lru_cache(maxsize=1)(lambda epoch: source.order(tf.constant(epoch)))

        def train_function(iterator):
            order = order_of(self.clock.epoch)
            for first, count, refresh in self.clock.next_blocks(self.refresh_interval):
                if replicas == 1:
                    logs, finite = block(iterator, order, tf.constant(first), tf.constant(count))
                else:
                    # The collectives of several replicas do not work inside a loop of the graph: one call a step. The
                    # means of the first step that is not finite tell which term it was.
                    steps = range(first, first + count)
                    found = [block(iterator, order, tf.constant(step), tf.constant(1)) for step in steps]
                    logs, finite = next((each for each in found if not each[1]), found[-1])
                if not finite:
                    break  # a callback will say which term it was; nothing can be computed from such a network
                if refresh:
                    self.refresh()
                    if self.stop_training:
                        break
            return logs

        self.train_function = train_function

    def prepare_loop(self, source, make_optimizer, epochs=1):
        """Bind the data of a `fit`, compile if that was not done, create all that a traced step may not create."""
        if self.compiled and (self._compile_loss is not None or self._compile_metrics is not None):
            raise ValueError(
                f"{type(self).__name__} has losses and scores of its own. Received: a model compiled with a loss or "
                "metrics; call `compile` with an optimizer only, or leave it to `fit`."
            )
        source.leave_out_less_than(self.distribute_strategy.num_replicas_in_sync)
        with self.distribute_strategy.scope():
            if not self.compiled:
                worth_it = source.steps * epochs >= _JIT_STEPS and self._is_faster_compiled()
                self.compile(
                    optimizer=make_optimizer(),
                    steps_per_execution=min(_BLOCK, source.steps),
                    jit_compile=True if worth_it else "auto",
                )
            if not self.optimizer.built:
                self.optimizer.build(self.trainable_variables)
        self.source, self.clock = source, Clock(source.steps, self.steps_per_execution)
        self.train_function = None

    def _is_faster_compiled(self):
        """Whether XLA makes a step on a CPU faster: so for dense layers in float32, not for convolutions.

        Nor where a step draws: random numbers cost XLA several times what they cost TensorFlow's kernels. A pair of
        layers with dropout took 13 times as long, an RBM 9.
        """
        on_gpu = bool(tf.config.list_physical_devices("GPU"))
        draws = any(layer._seed_generators for layer in (self, *all_layers(self)))
        if draws or on_gpu or self.compute_dtype != "float32" or self.distribute_strategy.num_replicas_in_sync > 1:
            return False
        return all(
            isinstance(layer, (keras.Model, *_DENSE_LAYERS))
            or (type(layer).__module__.startswith("tfcluster.") and layer.supports_jit)
            for layer in all_layers(self)
        )

    def run_loop(self, callbacks, **kwargs):
        """Keras's `fit` on the bound data; lets go of them afterwards."""
        replicas = self.distribute_strategy.num_replicas_in_sync
        ticks = self.source.ticks(replicas)
        together = self.whole_batch and replicas > 1
        try:
            with synchronized_norms(all_layers(self)) if together else contextlib.nullcontext():
                return keras.Model.fit(self, ticks, callbacks=[self.clock, *callbacks], shuffle=False, **kwargs)
        finally:
            self.end_loop()
            self.source = self.clock = self.refresh_interval = None
            self.train_function = None
