"""Unsupervised companion objectives of a clustering model."""

from tfcluster.backbones import default_taps
from tfcluster.layers.tensor_kernel_uco import TensorKernelUCO
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.utils import as_tuple, check_choice, check_not_negative

__all__ = ["CompanionObjectives"]

WEIGHTINGS = ("constant", "linear", "exp")


class CompanionObjectives(ClusteringModel):
    """A term for each tapped layer, added to the loss of a method (tk-uco, figure 1).

    ```
    L = L_method + lambda sum_b w_b d(A, K_b),     b = 1..B
    w_b = 1 (constant),   b / B (linear),   10^(b - B) (exp)
    ```

    K_b is the kernel on the output of the b-th tapped layer of the backbone, see `TensorKernelUCO`. Each term is
    `uco_<b>` in History, factors included. To be named before the method among the bases of a class.

    Args:
        n_clusters: Number of clusters k.
        taps: Names of layers of the backbone; None for the paper's taps of a named backbone.
        uco_weight: lambda.
        weighting: `"constant"`, `"linear"` or `"exp"`.
        kernel: `"tensor"`, or `"naive"` for the Gaussian kernel of the flattened taps.
        solver: `"eigh"` or `"cholesky"` (for XLA and GPUs): the same values.
        rank: Leading directions to keep of each mode, None for all.
        modes: Modes to use, counted from 1; None for all.
        detach_assignments: If True, the companions do not train the head.
        uco_bandwidth: Bandwidth rule of the companions.
        uco_relative_sigma: Factor of that rule.
        uco_quantile: Shift of the rule `"quantile"` there.
        original_distances: If True, the distances of the published code, see `ops.tensor_distances`.
        **kwargs: Arguments of the method.
    """

    couples_rows = True

    def __init__(
        self,
        n_clusters,
        taps=None,
        uco_weight=0.01,
        weighting="constant",
        kernel="tensor",
        solver="eigh",
        rank=None,
        modes=None,
        detach_assignments=False,
        uco_bandwidth="median",
        uco_relative_sigma=0.15,
        uco_quantile=0.05,
        original_distances=False,
        **kwargs,
    ):
        super().__init__(n_clusters, **kwargs)
        check_not_negative("uco_weight", uco_weight)
        check_choice("weighting", weighting, WEIGHTINGS)
        self.taps = as_tuple(taps)
        self.uco_weight = uco_weight
        self.weighting = weighting
        self.kernel = kernel
        self.solver = solver
        self.rank = rank
        self.modes = as_tuple(modes)
        self.detach_assignments = detach_assignments
        self.uco_bandwidth = uco_bandwidth
        self.uco_relative_sigma = uco_relative_sigma
        self.uco_quantile = uco_quantile
        self.original_distances = original_distances
        names = self.tap_names()
        if not names:
            raise ValueError("`taps` must name layers of the user's own backbone. Received: taps=None")
        self.companions = [
            TensorKernelUCO(
                uco_weight * self._factor(b + 1, len(names)),
                kernel=kernel,
                solver=solver,
                rank=rank,
                modes=self.modes,
                bandwidth=uco_bandwidth,
                relative_sigma=uco_relative_sigma,
                quantile=uco_quantile,
                detach_assignments=detach_assignments,
                original_distances=original_distances,
                name=f"uco_{b + 1}",
            )
            for b in range(len(names))
        ]

    def build_network(self, input_shape):
        super().build_network(input_shape)
        ranks = [len(output.shape) - 1 for output in self.encoder.outputs[1:]]
        modes = [rank for rank in ranks if rank > 1 and any(not 1 <= mode <= rank for mode in self.modes or ())]
        if modes:
            raise ValueError(f"`modes` are counted from 1 to {modes[0]} on these taps. Received: modes={self.modes}")

    def _factor(self, b, taps):
        return {"constant": 1.0, "linear": b / taps, "exp": 10.0 ** (b - taps)}[self.weighting]

    def tap_names(self):
        return default_taps(self.backbone) if self.taps is None else self.taps

    def loss_names(self):
        return [*super().loss_names(), *(companion.name for companion in self.companions)]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training, targets)
        assignments = self.views(outputs["assignments"], training)[-1]
        for companion, tap in zip(self.companions, outputs["taps"], strict=True):
            terms[companion.name] = companion.companion_loss(self.views(tap, training)[0], assignments)
        return terms
