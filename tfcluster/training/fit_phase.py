"""Training of a model on its own, or as a phase of a larger `fit`."""

from tfcluster.training.finite_guard import FiniteGuard, NonFiniteLossError
from tfcluster.training.fit_arguments import check_fit_arguments
from tfcluster.training.rows import Rows
from tfcluster.training.session import Session

__all__ = ["fit_phase"]

_KEPT_EVERY = 5  # epochs after which the weights are kept for the case that the loss ceases to be finite


def fit_phase(
    model, x, optimizer, epochs, batch_size, callbacks=None, verbose="auto", session=None, phase="fit", **kwargs
):
    """Train a `CompiledFit` model with a seed on rows; a last batch of fewer rows is used too.

    Args:
        model: The model; compiled with `optimizer` if it has not been compiled.
        x: Array of rows, finite `tf.data.Dataset` of batches, or `Rows`.
        optimizer: Keras optimizer.
        epochs: Passes over the data.
        batch_size: Rows in a step.
        callbacks: Keras callbacks.
        verbose: As in Keras.
        session: A `Session` for resuming and progress, or None.
        phase: Name of this training in the session.
        **kwargs: Further arguments of Keras's `fit`.

    Returns:
        Keras's History.

    Raises:
        ValueError: For arguments that make no sense, see `check_fit_arguments`, or data, see `Rows`.
        NonFiniteLossError: If a loss term is no longer a finite number. The model is left with weights of before.
    """
    check_fit_arguments(epochs, batch_size, callbacks, kwargs)
    rows = x if isinstance(x, Rows) else Rows(x, None, 1)
    session = Session() if session is None else session
    if not model.built:
        model.build((None, *rows.row_shape))
    model.prepare_loop(rows.source(batch_size, model.seed, drop_remainder=False), lambda: optimizer, epochs)
    state = session.state(phase)
    span = {"epochs": epochs} if state is None else state.restore(model, epochs)
    guard = FiniteGuard(_KEPT_EVERY)
    own = [guard, *session.callbacks(phase, epochs)]
    last = [] if state is None else [state]
    try:
        return model.run_loop([*own, *(callbacks or []), *last], verbose=verbose, **span, **kwargs)
    except NonFiniteLossError:
        guard.restore()
        raise
