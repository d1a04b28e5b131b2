"""A model at work on all rows."""

import functools

import numpy as np
import tensorflow as tf

from tfcluster.models.row_network import RowNetwork
from tfcluster.training.keras_compat import own_function
from tfcluster.training.rows import batches_of, check_finite, is_read_as_rows, refuse_table, require_rows
from tfcluster.training.sources import ResidentSource

__all__ = ["InferenceModel"]

_INFERENCE_BATCH = 500


class InferenceModel(RowNetwork):
    """What a clustering model computes without training, a batch at a time; see `ClusteringModel`."""

    def inference(self, outputs):
        """What `map_rows` gives, by name, from the outputs of `network`; a subclass adds to it."""
        return {
            "labels": tf.argmax(outputs["assignments"], axis=1, output_type=tf.int32),
            "assignments": outputs["assignments"],
            "embedding": tf.cast(outputs["embedding"], tf.float32),
        }

    def export_serving(self, directory, warmup=(1, 64)):
        """Write the next version of a SavedModel for TF Serving, see `tfcluster.serving.export_serving`."""
        from tfcluster.serving import export_serving

        return export_serving(self, directory, warmup)

    def predict(self, x, *args, **kwargs):
        """Soft assignments of shape (n, k), as Keras's `predict`.

        Raises:
            ValueError: As `map_rows`; of a data set with `steps` only if the model has not been built.
        """
        self.require_built()
        if is_read_as_rows(x) or (isinstance(x, tf.data.Dataset) and not args and set(kwargs) <= {"verbose"}):
            return self.map_rows(x, "assignments")
        refuse_table(x)
        if isinstance(x, np.ndarray | tf.Tensor | list | tuple):
            x = np.asarray(x)
            require_rows(x)
            self._prepare(x.shape[1:])
            for start, rows in enumerate(batches_of(x, _INFERENCE_BATCH)):
                check_finite(rows, start * _INFERENCE_BATCH)
        return super().predict(x, *args, **kwargs)

    def save(self, filepath, *args, **kwargs):
        """Keras's `save`, as `.keras`: the older format keeps nothing by which the model could be loaded again."""
        if str(filepath).endswith((".h5", ".hdf5")):
            raise ValueError(f"A model is saved as .keras; weights alone by `save_weights`. Received: {filepath}")
        return super().save(filepath, *args, **kwargs)

    def cluster(self, x, batch_size=_INFERENCE_BATCH):
        """Labels of shape (n,), int32: the cluster with the largest soft assignment."""
        return self.map_rows(x, "labels", batch_size)

    def embed(self, x, batch_size=_INFERENCE_BATCH):
        """Embeddings of shape (n, d), float32."""
        return self.map_rows(x, "embedding", batch_size)

    def map_rows(self, x, key, batch_size=_INFERENCE_BATCH):
        """`"labels"`, `"assignments"`, `"embedding"` or what else `inference` gives, for all rows of x.

        Args:
            x: Array or what is read like one, data set of batches, or `Rows`.
            key: What is wanted, or a tuple of such names.
            batch_size: Rows at a time.

        Returns:
            Array, or a tuple of arrays from one pass over x.

        Raises:
            ValueError: If the model has not been built, or x has no rows, rows of another shape, or values that are not
                finite.
        """
        self.require_built()
        keys = (key,) if isinstance(key, str) else key
        found, start = [], 0
        for rows in batches_of(x, batch_size):
            self._prepare(rows.shape[1:])
            check_finite(rows, start)
            outputs = self._infer(tf.convert_to_tensor(rows))
            found.append([outputs[name].numpy() for name in keys])
            start += len(rows)
        require_rows(found)
        arrays = tuple(np.concatenate(parts) for parts in zip(*found, strict=True))
        return arrays[0] if isinstance(key, str) else arrays

    def map_source(self, source, key):
        """What `map_rows` gives, for all rows of a source, as one array."""
        if key == "assignments" and type(source) is ResidentSource:  # narrow, and wanted every few steps
            return self._assign_all(source.x, source.batch_size).numpy()
        found, start = None, 0
        for rows, *_ in source.consecutive():
            part = self._infer(rows)[key].numpy()
            found = np.empty((source.n, *part.shape[1:]), part.dtype) if found is None else found  # never held twice
            found[start : start + len(part)] = part
            start += len(part)
        return found

    def assess(self, source, with_loss=True):
        """Labels of all rows, and the criterion: the mean total loss on fixed random batches in inference mode.

        Args:
            source: The rows, as `fit` sees them.
            with_loss: Whether the criterion is wanted.

        Returns:
            Labels of shape (n,), and a float, NaN if it is not wanted.
        """
        labels, losses = np.empty(source.n, np.int32), []
        for indices, (rows, *_) in source.fixed():
            whole = with_loss and len(indices) == source.batch_size
            found = (self._infer_with_loss if whole else self._infer)(rows)
            labels[indices] = found["labels"]
            if whole:
                losses.append(float(found["loss"]))
        return labels, float(np.mean(losses)) if losses else float("nan")

    @functools.cached_property
    def _infer(self):
        return own_function(lambda rows: self.inference(self(rows, training=False, everything=True)))

    @functools.cached_property
    def _assign_all(self):
        return own_function(self._assignments_of_all)

    def _assignments_of_all(self, x, size):
        """Soft assignments of rows on the device, a batch at a time, in one call."""

        def body(i, parts):
            rows = x[i * size : (i + 1) * size]
            found = self.inference(self(rows, training=False, everything=True))["assignments"]
            return i + 1, parts.write(i, tf.cast(found, tf.float32))

        count = (tf.shape(x)[0] + size - 1) // size
        parts = tf.TensorArray(tf.float32, count, infer_shape=False)
        _, parts = tf.while_loop(lambda i, _: i < count, body, (tf.constant(0), parts), parallel_iterations=1)
        return parts.concat()

    @functools.cached_property
    def _infer_with_loss(self):
        return own_function(self._inference_and_loss)

    def _inference_and_loss(self, rows):
        outputs = self.training_outputs(rows, training=False)
        terms = self.loss_terms(rows, outputs, training=False)
        return {**self.inference(outputs), "loss": self.total_loss(terms)}
