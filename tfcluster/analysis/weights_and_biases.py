"""What Weights & Biases records."""

import dataclasses

import keras
import numpy as np

__all__ = ["WandbRun"]


class WandbRun(keras.callbacks.Callback):
    """Logs the numbers of every epoch to a run of Weights & Biases (extra `wandb`).

    Whether it goes to their server or stays in files is theirs to say, by `WANDB_MODE`.

    Args:
        project: Name of the project.
        folder: Folder of the files that the package writes.
        settings: `Settings`, which become the configuration.
        seed: Seed of the run. A resumed run goes on with the one of the same settings and seed.

    Raises:
        ValueError: If the package is not installed.
    """

    def __init__(self, project, folder, settings, seed):
        super().__init__()
        check_installed()
        self.project = project
        self.folder = folder
        self.settings = settings
        self.seed = seed

    def on_train_begin(self, logs=None):
        import wandb

        self._run = wandb.init(
            project=self.project,
            dir=str(self.folder),
            id=f"{self.settings.method}-{self.settings.fingerprint()[:16]}-{self.seed}",
            name=f"{self.settings.method} on {self.settings.dataset}, seed {self.seed}",
            config=dataclasses.asdict(self.settings) | {"seed": self.seed},
            resume="allow",
        )

    def on_epoch_end(self, epoch, logs=None):
        known = {name: float(value) for name, value in (logs or {}).items() if np.isfinite(value)}
        self._run.log(known, step=epoch + 1)

    def on_train_end(self, logs=None):
        self._run.finish()


def check_installed():
    """Raise a ValueError unless the package is there."""
    try:
        import wandb  # noqa: F401
    except ImportError:
        raise ValueError("`--wandb` needs the package: pip install 'tfcluster[wandb]'. Received: no wandb") from None
