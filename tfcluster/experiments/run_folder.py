"""What a run's folder holds for those who come after it."""

import json
import pathlib

__all__ = ["load_model", "model_path"]


def model_path(location):
    """The `.keras` file meant by a file, the folder of a run or of one of its seeds.

    Args:
        location: A `.keras` file; a folder with `results.json`, of which it is the chosen run's; or a folder with
            `model.keras`.

    Returns:
        The path.

    Raises:
        ValueError: If there is no model.
    """
    path = pathlib.Path(location)
    if path.suffix == ".keras" and path.is_file():
        return path
    if (path / "results.json").is_file():
        best = json.loads((path / "results.json").read_text())["best_run"]
        path = path / f"run-{best:02d}"
    if (path / "model.keras").is_file():
        return path / "model.keras"
    raise ValueError(
        "A model is a .keras file, or the folder of a run that has come to its end (with results.json). "
        f"Received: {location}"
    )


def load_model(location):
    """The model that `model_path` means.

    Raises:
        ValueError: If there is none, or it is no `ClusteringModel`.
    """
    import keras

    from tfcluster.models.clustering_model import ClusteringModel

    path = model_path(location)
    model = keras.models.load_model(path)
    if not isinstance(model, ClusteringModel):
        raise ValueError(f"{path} must hold a model of tfcluster. Received: a {type(model).__name__}")
    return model
