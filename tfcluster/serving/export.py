"""A trained model as a versioned SavedModel."""

import pathlib
import shutil
import tempfile

import keras
import tensorflow as tf

from tfcluster.models.generative_model import GenerativeModel
from tfcluster.serving.warmup import write_warmup

__all__ = ["export_serving", "serving_signatures"]


def serving_signatures(model):
    """The functions that a served model has, by the name of their signature.

    ```
    serving_default   rows -> cluster (n,), probabilities (n, k), embedding (n, d)
    assign            rows -> cluster, probabilities
    embed             rows -> embedding
    reconstruct       rows -> reconstruction (n, ...)                  of a generative model
    generate          category (n,), style (n, s) -> generated (n, ...)    of a generative model; M1 takes no category
    ```

    Rows are raw, of the dtype and shape that the model was trained on. Nothing is random: latents are their means, and
    a style of zeros is the mean of its category. What is drawn has the range of preprocessed rows.

    Args:
        model: A built `ClusteringModel`.

    Returns:
        Dict from names to pairs of a function and the list of its `tf.TensorSpec`.
    """
    rows = [tf.TensorSpec((None, *model.row_shape), model.row_dtype, name="rows")]

    def outputs(rows):
        return model(rows, training=False, everything=True)

    def everything(rows):
        found = model.inference(outputs(rows))
        return {
            "cluster": found["labels"],
            "probabilities": tf.cast(found["assignments"], tf.float32),
            "embedding": found["embedding"],
        }

    def assign(rows):
        found = everything(rows)
        return {"cluster": found["cluster"], "probabilities": found["probabilities"]}

    def embed(rows):
        return {"embedding": everything(rows)["embedding"]}

    signatures = {"serving_default": (everything, rows), "assign": (assign, rows), "embed": (embed, rows)}
    if not isinstance(model, GenerativeModel):
        return signatures

    def reconstruct(rows):
        return {"reconstruction": tf.cast(model.decode(*model.latents_of(outputs(rows))), tf.float32)}

    def generate(category, style):
        return {"generated": tf.cast(model.decode(tf.one_hot(category, model.n_clusters), style), tf.float32)}

    def generate_without_category(style):
        return generate(tf.zeros(tf.shape(style)[:1], tf.int32), style)

    drawing = [tf.TensorSpec((None, model.style_width), tf.float32, name="style")]
    if model.has_categories:
        drawn = generate, [tf.TensorSpec((None,), tf.int32, name="category"), *drawing]
    else:
        drawn = generate_without_category, drawing
    return signatures | {"reconstruct": (reconstruct, rows), "generate": drawn}


def export_serving(model, directory, warmup=(1, 64)):
    """Write the next version of a SavedModel: `directory/1`, then `directory/2`, ...

    TF Serving polls the directory and serves the largest version; a version appears there whole, by renaming. It holds
    the signatures of `serving_signatures`, preprocessing inside, and needs TensorFlow alone. A request for each
    signature and batch size of `warmup` lies in `assets.extra`, for TF Serving to run before it takes others.

    Args:
        model: A built `ClusteringModel`.
        directory: Where the versions are; its name is that of the model to serve.
        warmup: Numbers of rows in the warmup requests; empty for none.

    Returns:
        Path of the version.

    Raises:
        ValueError: If the model has not been built.
    """
    if not model.built:
        raise ValueError(f"{type(model).__name__} has not been built: call `fit` or `build` before it is exported.")
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    signatures = serving_signatures(model)
    archive = keras.export.ExportArchive()
    archive.track(model)
    for name, (function, inputs) in signatures.items():
        archive.add_endpoint(name, function, input_signature=inputs)
    # A name that is no number is no version for a server that looks meanwhile.
    beside = pathlib.Path(tempfile.mkdtemp(prefix=".writing-", dir=directory))
    try:
        archive.write_out(beside, verbose=False)
        if warmup:
            write_warmup(beside, directory.name, {name: inputs for name, (_, inputs) in signatures.items()}, warmup)
        beside.chmod(0o755)
        version = directory / str(
            1 + max((int(path.name) for path in directory.iterdir() if path.name.isdigit()), default=0)
        )
        beside.rename(version)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return version
