"""A mixture of Gaussians as a layer."""

import keras
import tensorflow as tf

__all__ = ["MixtureLayer"]

_MOST = 2**16  # k d up to which all components are computed at once


@keras.saving.register_keras_serializable(package="tfcluster")
class MixtureLayer(keras.layers.Layer):
    """Responsibilities of the components of a trained mixture of Gaussians with diagonal covariances.

    ```
    gamma_ac = pi_c N(z_a; mu_c, diag s_c^2) / sum_j pi_j N(z_a; mu_j, diag s_j^2)
    ```

    Weights are the softmax of `weight_logits` and variances the exponential of `log_variances`, so that training keeps
    them what they are; gamma is computed by log-sum-exp. Computation is float32 or better under any dtype policy.

    Args:
        n_components: Number of components k.
        seed: Seed of the initial means, drawn from N(0, I). `set_mixture` takes the parameters of a fitted mixture.

    Input: points z of shape (n, d). Output: gamma of shape (n, k), float32.

    Raises:
        ValueError: If the input is not of rank 2.
    """

    def __init__(self, n_components, seed=0, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.n_components = n_components
        self.seed = seed

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(f"MixtureLayer takes points of shape (n, d). Received: {tuple(input_shape)}")
        shape = (self.n_components, input_shape[-1])
        normal = keras.initializers.RandomNormal(stddev=1.0, seed=self.seed)
        self.weight_logits = self.add_weight(name="weight_logits", shape=shape[:1], initializer="zeros")
        self.means = self.add_weight(name="means", shape=shape, initializer=normal)
        self.log_variances = self.add_weight(name="log_variances", shape=shape, initializer="zeros")

    def set_mixture(self, weights, means, variances):
        """Take weights of shape (k,), means and variances of shape (k, d)."""
        self.weight_logits.assign(tf.math.log(tf.maximum(tf.cast(weights, tf.float32), 1e-30)))
        self.means.assign(means)
        self.log_variances.assign(tf.math.log(tf.cast(variances, tf.float32)))

    def call(self, z):
        return tf.exp(self.log_responsibilities(z))

    def log_weights(self):
        """Ln pi of shape (k,)."""
        return tf.nn.log_softmax(self.weight_logits)

    def log_responsibilities(self, z):
        """Ln gamma of shape (n, k)."""
        return tf.nn.log_softmax(self.log_weights() - 0.5 * self.expected_squares(z))

    def expected_squares(self, mean, variance=None):
        """-2 E ln N(z; mu_c, s_c^2) of Gaussian z, without its constant d ln 2 pi.

        ```
        sum_d [ ln s_cd^2 + (v_ad + (m_ad - mu_cd)^2) / s_cd^2 ]
        ```

        Args:
            mean: m of shape (n, d).
            variance: v of shape (n, d); None for points.

        Returns:
            Tensor of shape (n, k).
        """

        def squares(component):
            means, log_variances = component
            terms = tf.square(mean - means)
            terms = terms if variance is None else terms + variance
            return tf.reduce_sum(log_variances + terms * tf.exp(-log_variances), axis=-1)

        components = tf.convert_to_tensor(self.means), tf.convert_to_tensor(self.log_variances)
        if self.means.shape[0] * self.means.shape[1] > _MOST:  # an (n, k, d) tensor of images would not fit into memory
            return tf.transpose(tf.map_fn(squares, components, fn_output_signature=tf.float32))
        mean = mean[:, None]
        variance = None if variance is None else variance[:, None]
        return squares(components)

    def component(self, labels):
        """Means and standard deviations, each of shape (n, d), of the components of one-hot labels (n, k)."""
        return tf.matmul(labels, self.means), tf.exp(0.5 * tf.matmul(labels, self.log_variances))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.n_components)

    def get_config(self):
        return {**super().get_config(), "n_components": self.n_components, "seed": self.seed}
