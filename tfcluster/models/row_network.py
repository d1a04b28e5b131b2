"""A network on preprocessed rows."""

import keras
import tensorflow as tf

from tfcluster.training.configured_model import dtype_policy, preprocessed_shape
from tfcluster.training.keras_compat import CompiledFit

__all__ = ["RowNetwork"]


class RowNetwork(CompiledFit):
    """What a clustering model computes of raw rows: preprocessing, distortion in training, layers.

    ```
    y = network(a(p(x)))    p: `preprocessing`, a: `augmentation`, in training only
    ```

    With `two_views` and an augmentation a batch of n rows in training is one of 2 n: the rows as they are, then the
    same distorted. Arguments are those of `ClusteringModel`.
    """

    rows_dtype = None
    """Dtype to which preprocessed rows are cast; None for that of the model's computation."""

    two_views = False
    """Whether with augmentation a batch is seen as it is and distorted, or distorted only."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.row_dtype = "float32"
        self.row_facts = {}  # what `predict_file` is to know of the rows trained on, kept in the saved model

    # What a subclass gives.

    def build_network(self, input_shape):
        """Make the layers for preprocessed rows of shape `input_shape` (without the batch). None here."""

    def network(self, x, training):
        """Outputs for preprocessed rows: a dict with `assignments`, `embedding` and what the losses need.

        Called with a symbolic `keras.Input` too, so that it is made of Keras layers.
        """
        raise NotImplementedError

    def tap_names(self):
        """Names of the backbone's layers whose outputs the losses need."""
        return ()

    # Keras.

    def build(self, input_shape):
        if self.built:
            return
        self.check_arguments()
        self.row_shape = tuple(input_shape)[1:]
        self.epochs_done = self.add_weight(name="epochs_done", dtype="int32", initializer="zeros", trainable=False)
        shape = preprocessed_shape(self.preprocessing, input_shape)
        if None in shape[1:]:
            raise ValueError(f"The shape of a row must be known. Received: {tuple(input_shape)}")
        with dtype_policy(self.dtype_policy):
            self.build_network(shape[1:])
            self.network(keras.Input(shape[1:]), training=False)  # a symbolic pass builds every layer
        self.make_term_means()
        self.built = True

    def get_build_config(self):
        if not self.built:
            return None
        facts = {name: None if value is None else list(value) for name, value in self.row_facts.items()}
        return {"input_shape": (None, *self.row_shape), "row_dtype": self.row_dtype, "row_facts": facts}

    def build_from_config(self, config):
        self.build(config["input_shape"])
        self.row_dtype = config["row_dtype"]
        self.row_facts = config.get("row_facts", {})

    def _prepare(self, row_shape, row_dtype=None):
        """Build for rows of that shape, or check that the model was built for it; keep what they are trained on as."""
        if not self.built:
            self.build((None, *row_shape))
        elif tuple(row_shape) != self.row_shape:
            raise ValueError(f"The model was built for rows of shape {self.row_shape}. Received: {tuple(row_shape)}")
        if row_dtype is not None:
            self.row_dtype = row_dtype

    # From raw rows to outputs.

    def preprocessed(self, x):
        """Preprocessed rows."""
        x = x if self.preprocessing is None else self.preprocessing(x)
        return tf.cast(x, self.rows_dtype or self.compute_dtype)

    def encoder_inputs(self, x):
        """What the backbone takes of raw rows."""
        return self.preprocessed(x)

    def call(self, x, training=False, everything=False):
        x = self.preprocessed(x)
        if training and self.augmentation is not None:
            distorted = tf.cast(self.augmentation(x, training=True), x.dtype)
            x = tf.concat([x, distorted], axis=0) if self.two_views else distorted
        outputs = self.network(x, training=training)
        return outputs if everything else outputs["assignments"]

    def training_outputs(self, x, training):
        """All outputs for a batch; in training with augmentation see `two_views`."""
        return self(x, training=training, everything=True)

    def views(self, output, training):
        """The views of a batch's output: in training with augmentation and `two_views` as it is and distorted."""
        return tf.split(output, 2) if training and self.augmentation is not None and self.two_views else [output]

    def of_other_view(self, output, training):
        """What each row has in the other view, where there are two; otherwise the output as it is."""
        views = self.views(output, training)
        return tf.concat(views[::-1], axis=0) if len(views) > 1 else output
