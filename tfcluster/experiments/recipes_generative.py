"""Recipes of the generative methods.

`default` of VaDE is ClustPy's: an autoencoder of 100 epochs, then 150 epochs with a learning rate of 1e-4, at most
20,000 steps. `paper` has the epochs, the batch and the first learning rate of the published code, but not its
decay (0.9 every 10 epochs), nor the weights of its autoencoder, which came without their making: ours is trained for
100 epochs.
"""

from tfcluster.experiments.recipe import Method, Preset
from tfcluster.models import VaDE

__all__ = ["GENERATIVE_METHODS"]

_SHARED = {"backbone": "mlp", "likelihood": "auto"}
_RANGE = {"range": (0.0, 1.0)}

GENERATIVE_METHODS = {
    "vade": Method(
        VaDE,
        "lowest loss on fixed batches in inference mode",
        {
            "default": Preset(
                model={**_SHARED, "learning_rate": 1e-4},
                epochs=150,
                batch_size=256,
                runs=3,
                steps=(3000, 20_000),
                evaluate_every=5,
                **_RANGE,
            ),
            "paper": Preset(
                model={**_SHARED, "learning_rate": 2e-3, "clipnorm": None},
                epochs=3000,
                batch_size=100,
                runs=10,
                evaluate_every=10,
                sets={"reuters10k": {"epochs": 15}},
                **_RANGE,
            ),
            "fast": Preset(
                model={**_SHARED, "pretrain_epochs": 10},
                epochs=10,
                batch_size=256,
                steps=(300, 1000),
                **_RANGE,
            ),
        },
        "Jiang, Zheng, Tan, Tang, Zhou, IJCAI 2017",
    ),
}
