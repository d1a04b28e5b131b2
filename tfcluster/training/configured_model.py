"""Models whose configuration is what their constructors were given."""

import inspect

import keras

__all__ = ["ConfiguredModel"]


class ConfiguredModel(keras.Model):
    """A Keras model that stores every argument of its constructors under its name, from which `get_config` follows."""

    def get_config(self):
        """The arguments of the constructors of the class and its bases."""
        config = keras.layers.Layer.get_config(self)
        for cls in type(self).__mro__[: type(self).__mro__.index(ConfiguredModel)]:
            for name in inspect.signature(cls.__init__).parameters if "__init__" in vars(cls) else ():
                if name not in ("self", "kwargs"):
                    config[name] = keras.saving.serialize_keras_object(getattr(self, name))
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = {name: keras.saving.deserialize_keras_object(value, custom_objects) for name, value in config.items()}
        return cls(**config)
