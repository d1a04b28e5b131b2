"""Terms of a bound that have died."""

import logging

import keras

__all__ = ["CollapseMonitor"]

logger = logging.getLogger("tfcluster")


class CollapseMonitor(keras.callbacks.Callback):
    """Warns at the end of training of divergences that are close to 0: what they measure is not used.

    Args:
        terms: Name of a term in History to its factor there, the fewest nats that it should have, and what to say and
            to do if it has fewer. A term with the factor 0 cannot be seen. Of an entropy, which should have less than
            so many nats, factor and limit are negative.
    """

    def __init__(self, terms):
        super().__init__()
        self.terms = terms
        self.last = {}

    def on_epoch_end(self, epoch, logs=None):
        self.last = dict(logs or {})

    def on_train_end(self, logs=None):
        for name, (weight, least, message) in self.terms.items():
            if weight and self.last.get(name, float("inf")) / weight < least:
                logger.warning("`%s` ended at %.3g nats: %s", name, self.last[name] / abs(weight), message)
