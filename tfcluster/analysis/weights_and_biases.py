"""What Weights & Biases records."""

import dataclasses
import os
import pathlib
import uuid

import keras
import numpy as np

__all__ = ["WandbRun", "check_access"]


class WandbRun(keras.callbacks.Callback):
    """Logs the numbers of every epoch to a run of Weights & Biases (extra `wandb`).

    Whether it goes to their server or stays in files is theirs to say, by `WANDB_MODE`.

    Args:
        project: Name of the project.
        folder: Folder of the files that the package writes.
        settings: `Settings`, which become the configuration.
        seed: Seed of the run.

    A resumed run goes on with the one that the folder began.
    """

    def __init__(self, project, folder, settings, seed):
        super().__init__()
        self.project = project
        self.folder = folder
        self.settings = settings
        self.seed = seed

    def on_train_begin(self, logs=None):
        import wandb

        known = pathlib.Path(self.folder) / "wandb-id"
        if not known.exists():
            known.write_text(uuid.uuid4().hex[:16])
        self._run = wandb.init(
            project=self.project,
            dir=str(self.folder),
            id=known.read_text(),
            name=f"{self.settings.method} on {self.settings.dataset}, seed {self.seed}",
            config=dataclasses.asdict(self.settings) | {"seed": self.seed},
            resume="allow",
        )

    def on_epoch_end(self, epoch, logs=None):
        known = {name: float(value) for name, value in (logs or {}).items() if np.isfinite(value)}
        self._run.log(known, step=epoch + 1)

    def on_train_end(self, logs=None):
        self._run.finish()


def check_access():
    """Raise a ValueError unless the package is there, and its server may be used if it is to be."""
    try:
        import wandb
    except ImportError:
        raise ValueError("`--wandb` needs the package: pip install 'tfcluster[wandb]'. Received: no wandb") from None
    offline = os.environ.get("WANDB_MODE", "online") in ("offline", "disabled", "dryrun")
    if not offline and not (os.environ.get("WANDB_API_KEY") or wandb.login(prompt=False)):
        raise ValueError("`--wandb` needs a login: `wandb login`, or WANDB_MODE=offline. Received: no credentials")
