"""Models whose configuration is what their constructors were given."""

import contextlib
import inspect

import keras
import tensorflow as tf

from tfcluster.utils import check_count, check_not_negative, nearest_names

__all__ = ["ConfiguredModel", "dtype_policy", "preprocessed_shape"]

_COUNTS = ("_dim", "batch_size", "depth", "n_init", "n_neighbours", "n_samples", "steps", "units")
_NOT_NEGATIVE = (
    "_weight",
    "balance",
    "burn_in",
    "contraction",
    "gamma",
    "learning_rate",
    "temperature",
    "weight_decay",
)
_LAYERS = ("augmentation", "preprocessing")
_OF_KERAS = ("activity_regularizer", "autocast", "dtype", "name", "trainable")


@contextlib.contextmanager
def dtype_policy(policy):
    """Layers made inside have that dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def preprocessed_shape(layer, input_shape):
    """Shape of preprocessed rows for a layer or None; builds the layer, its constants outside of any graph."""
    if layer is None:
        return tuple(input_shape)
    with tf.init_scope():
        if not layer.built:
            layer.build(input_shape)
    return tuple(layer.compute_output_shape(input_shape))


class ConfiguredModel(keras.Model):
    """A Keras model that stores every argument of its constructors under its name, from which `get_config` follows.

    Raises:
        TypeError: For an argument that neither these constructors nor Keras's take.
    """

    def __init__(self, **kwargs):
        unknown = next((name for name in kwargs if name not in _OF_KERAS), None)
        if unknown is not None:
            known = nearest_names(unknown, self.argument_names())
            raise TypeError(f"{type(self).__name__} takes no `{unknown}`; {known}")
        super().__init__(**kwargs)

    @classmethod
    def argument_names(cls):
        """The arguments of the constructors of the class and its bases, without Keras's."""
        bases = [base for base in cls.__mro__[: cls.__mro__.index(ConfiguredModel)] if "__init__" in vars(base)]
        names = dict.fromkeys(name for base in bases for name in inspect.signature(base.__init__).parameters)
        return [name for name in names if name not in ("self", "kwargs")]

    def get_config(self):
        """The arguments of the constructors of the class and its bases."""
        config = keras.layers.Layer.get_config(self)
        return config | {
            name: keras.saving.serialize_keras_object(getattr(self, name)) for name in self.argument_names()
        }

    def check_arguments(self):
        """Refuse, by a ValueError, counts below 1, weights, factors and rates below 0, and layers that are none."""
        for name in self.argument_names():
            values = getattr(self, name)
            if name in _LAYERS and values is not None and not isinstance(values, keras.layers.Layer):
                raise ValueError(f"`{name}` must be a Keras layer or None. Received: {values!r}")
            for value in values if isinstance(values, list | tuple) else (values,):
                if name.endswith("_epochs") and value is not None:
                    check_count(name, value, 0)
                if name.endswith(_NOT_NEGATIVE) and isinstance(value, int | float):
                    check_not_negative(name, value)
                if name.endswith(_COUNTS) and isinstance(value, int | float):
                    check_count(name, value)

    def require_built(self):
        """Refuse, by a ValueError, what a model cannot do before it has weights."""
        if not self.built:
            raise ValueError(f"{type(self).__name__} has not been trained: call `fit` first, or load a saved model.")

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = {name: keras.saving.deserialize_keras_object(value, custom_objects) for name, value in config.items()}
        return cls(**config)
