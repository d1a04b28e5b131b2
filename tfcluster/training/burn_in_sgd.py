"""Gradient descent whose momentum comes in slowly."""

import keras
from keras import ops

__all__ = ["BurnInSGD"]


@keras.saving.register_keras_serializable(package="tfcluster")
class BurnInSGD(keras.optimizers.Optimizer):
    """Stochastic gradient descent with a momentum that grows linearly over the first steps.

    ```
    m_t = m min(1, t / burn_in),    v <- m_t v - rate g,    theta <- theta + v
    ```

    Args:
        learning_rate: Rate, a number or a schedule.
        momentum: m, in [0, 1).
        burn_in: Steps until the momentum has its value; 0 for at once.
        **kwargs: Arguments of `keras.optimizers.Optimizer`.
    """

    def __init__(self, learning_rate=0.1, momentum=0.9, burn_in=1000, name="burn_in_sgd", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        if not 0.0 <= momentum < 1.0 or burn_in < 0:
            raise ValueError(
                "`momentum` must be at least 0 and below 1, `burn_in` at least 0. "
                f"Received: momentum={momentum}, burn_in={burn_in}"
            )
        self.momentum = momentum
        self.burn_in = burn_in

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.velocities = [self.add_variable_from_reference(variable, name="velocity") for variable in variables]

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.velocities[self._get_variable_index(variable)]
        share = ops.minimum(1.0, ops.cast(self.iterations, "float32") / max(self.burn_in, 1)) if self.burn_in else 1.0
        momentum = ops.cast(self.momentum * share, variable.dtype)
        step = momentum * velocity - ops.cast(learning_rate, variable.dtype) * ops.cast(gradient, variable.dtype)
        self.assign(velocity, step)
        self.assign_add(variable, step)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "burn_in": self.burn_in}
