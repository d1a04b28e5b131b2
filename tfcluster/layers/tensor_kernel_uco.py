"""The companion objective layer."""

import keras
import tensorflow as tf

from tfcluster.ops.distances import squared_distances
from tfcluster.ops.divergences import cauchy_schwarz_similarity
from tfcluster.ops.kernels import check_bandwidth, gaussian_kernel
from tfcluster.ops.subspaces import check_solver
from tfcluster.ops.tensor_distances import tensor_distances
from tfcluster.utils import check_choice, check_not_negative

__all__ = ["TensorKernelUCO"]

KERNELS = ("tensor", "naive")


@keras.saving.register_keras_serializable(package="tfcluster")
class TensorKernelUCO(keras.layers.Layer):
    """Unsupervised companion objective on the output of an intermediate layer (tk-uco, figure 1).

    ```
    u = weight * d(A, K),    d(A, K) = 2 / (k (k - 1)) * sum_{i<j}  N_ij / sqrt(N_ii N_jj),    N = A' K A
    K_ab = exp(-D_ab / (2 sigma)),    D_ab = sum_m ||P_a^(m) - P_b^(m)||_F^2
    ```

    The soft assignments A of the network's head should separate the samples under a kernel on the tap. P^(m) projects
    onto the subspace of the mode-m unfolding of a sample's feature map. For vector taps (rank 2), and for
    `kernel="naive"`, D is the squared Euclidean distance of the flattened features.

    The layer takes `[tap, assignments]` and returns `assignments` unchanged, so it lies on the path to the output:

    ```python
    inputs = keras.Input((28, 28, 1))
    tap = keras.layers.Conv2D(16, 3, activation="relu")(inputs)
    features = keras.layers.GlobalAveragePooling2D()(tap)
    outputs = keras.layers.Dense(10, activation="softmax")(features)
    outputs = tfcluster.layers.TensorKernelUCO(weight=0.1)([tap, outputs])
    model = keras.Model(inputs, outputs)
    model.compile("adam")
    model.fit(x)
    ```

    In training the layer adds u to the model's losses; otherwise it adds a constant 0 and builds no kernel, so nothing
    that couples the rows of a batch reaches an exported graph. The loss sees the batch of one replica. It needs batches
    of at least 2 rows. Computation is float32 or better under any dtype policy.

    Args:
        weight: Factor on the loss.
        kernel: `"tensor"` or `"naive"`.
        solver: `"eigh"`, or `"cholesky"` where the layer should run under XLA; the same values and gradients.
        rank: Leading directions to keep in each mode (needs `solver="eigh"`), None for all.
        modes: Modes to use, counted from 1, None for all.
        bandwidth: Rule for sigma: `"median"`, `"off_diagonal"` or `"quantile"`, see `ops.gaussian_kernel`.
        relative_sigma: Factor of that rule.
        quantile: Shift of the rule `"quantile"`.
        detach_assignments: If True, the loss trains the tap only.
        original_distances: If True, the distances of the published TensorFlow code, see `ops.tensor_distances`.

    Call arguments:
        inputs: `[tap, assignments]` of shapes (n, ...) and (n, k); k >= 2.
        training: Whether to add the loss.

    Returns:
        `assignments`.

    Raises:
        ValueError: If an argument is not one of its choices, or the inputs are not such a pair.
    """

    def __init__(
        self,
        weight=0.01,
        kernel="tensor",
        solver="eigh",
        rank=None,
        modes=None,
        bandwidth="median",
        relative_sigma=0.15,
        quantile=0.05,
        detach_assignments=False,
        original_distances=False,
        **kwargs,
    ):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        check_not_negative("weight", weight)
        check_choice("kernel", kernel, KERNELS)
        check_solver(solver, rank)
        check_bandwidth(bandwidth, relative_sigma, quantile)
        self.weight = weight
        self.kernel = kernel
        self.solver = solver
        self.rank = rank
        self.modes = modes
        self.bandwidth = bandwidth
        self.relative_sigma = relative_sigma
        self.quantile = quantile
        self.detach_assignments = detach_assignments
        self.original_distances = original_distances
        self.supports_jit = solver != "eigh"

    def build(self, input_shape):
        _check_pair(input_shape)

    def call(self, inputs, training=False):
        _check_pair([value.shape for value in inputs])
        tap, assignments = inputs
        self.add_loss(self.companion_loss(tap, assignments) if training else tf.zeros(()))
        return assignments

    def companion_loss(self, tap, assignments):
        """The loss u of the class docstring for one batch, a scalar."""
        tap, assignments = tf.convert_to_tensor(tap), tf.convert_to_tensor(assignments)
        if self.detach_assignments:
            assignments = tf.stop_gradient(assignments)
        if self.kernel == "tensor" and tap.shape.rank > 2:
            distances = tensor_distances(tap, self.modes, self.solver, self.rank, self.original_distances)
        else:
            distances = squared_distances(tf.reshape(tap, [-1, tap.shape[1:].num_elements()]))
        kernel = gaussian_kernel(distances, self.bandwidth, self.relative_sigma, self.quantile)
        return self.weight * cauchy_schwarz_similarity(tf.cast(assignments, kernel.dtype), kernel)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[1])

    def get_config(self):
        return {
            **super().get_config(),
            "weight": self.weight,
            "kernel": self.kernel,
            "solver": self.solver,
            "rank": self.rank,
            "modes": self.modes,
            "bandwidth": self.bandwidth,
            "relative_sigma": self.relative_sigma,
            "quantile": self.quantile,
            "detach_assignments": self.detach_assignments,
            "original_distances": self.original_distances,
        }


def _check_pair(shapes):
    valid = (
        isinstance(shapes, list | tuple)
        and len(shapes) == 2
        and all(isinstance(s, list | tuple) or hasattr(s, "rank") for s in shapes)
    )
    if not valid or len(shapes[0]) < 2 or len(shapes[1]) != 2 or shapes[1][-1] is None or shapes[1][-1] < 2:
        raise ValueError(
            "TensorKernelUCO takes [tap, assignments] of shapes (n, ...) and (n, k) with k >= 2. "
            f"Received shapes: {shapes}"
        )
