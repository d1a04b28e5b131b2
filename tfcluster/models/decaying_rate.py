"""A learning rate that falls in steps."""

import math

import keras

from tfcluster.models.clustering_model import ClusteringModel

__all__ = ["RATE_ARGUMENTS", "DecayingRate"]

RATE_ARGUMENTS = ("decay_steps", "decay_rate", "least_learning_rate")
"""Arguments that say nothing where there is no refinement."""


class DecayingRate(ClusteringModel):
    """A clustering model whose learning rate may fall.

    ```
    r_t = max(r_0 q^floor(t / s), r_least)
    ```

    Args:
        n_clusters: Number of clusters k.
        decay_steps: s, steps after which the learning rate is multiplied by `decay_rate`, again and again; None for
            never.
        decay_rate: q.
        least_learning_rate: r_least, where its fall ends.
        **kwargs: Arguments of the other bases.
    """

    def __init__(self, n_clusters, decay_steps=None, decay_rate=0.9, least_learning_rate=0.0, **kwargs):
        super().__init__(n_clusters, **kwargs)
        if decay_steps is not None and not (isinstance(decay_steps, int) and decay_steps >= 1):
            raise ValueError(f"`decay_steps` must be an integer of at least 1, or None. Received: {decay_steps!r}")
        if not 0.0 < decay_rate < 1.0:
            raise ValueError(f"`decay_rate` must be above 0 and below 1. Received: {decay_rate}")
        if decay_steps is not None and not isinstance(self.learning_rate, int | float):
            raise ValueError("`decay_steps` takes a `learning_rate` that is a number. Received: a schedule")
        if isinstance(self.learning_rate, int | float) and least_learning_rate > self.learning_rate:
            raise ValueError(
                f"`least_learning_rate` must be at most `learning_rate`, {self.learning_rate}. "
                f"Received: {least_learning_rate}"
            )
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.least_learning_rate = least_learning_rate

    def rate_schedule(self):
        if self.decay_steps is None:
            return self.learning_rate
        schedules, rate, least = keras.optimizers.schedules, self.learning_rate, self.least_learning_rate
        if not least:
            return schedules.ExponentialDecay(rate, self.decay_steps, self.decay_rate, staircase=True)
        falls = math.ceil(math.log(least / rate) / math.log(self.decay_rate))
        if not falls:
            return rate
        rates = [max(rate * self.decay_rate**i, least) for i in range(falls + 1)]
        ends = [self.decay_steps * (i + 1) - 1 for i in range(falls)]  # the last step of each rate but the last
        return schedules.PiecewiseConstantDecay(ends, rates)
