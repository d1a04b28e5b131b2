"""Autoencoders of one hidden layer: plain, denoising, contractive, sparse."""

import keras
import tensorflow as tf

from tfcluster.layers import ReplicaDropout, TiedDense
from tfcluster.losses.contraction import CONTRACTED_ACTIVATIONS, contraction
from tfcluster.losses.sparsity import SPARSITY_KINDS, sparsity
from tfcluster.models.autoencoder import Autoencoder
from tfcluster.utils import check_choice, check_share

__all__ = ["ShallowAutoencoder"]


@keras.saving.register_keras_serializable(package="tfcluster")
class ShallowAutoencoder(Autoencoder):
    """An autoencoder of one hidden layer, h = phi(x W + b), with the penalties of the literature.

    ```
    L = l(x, g(h(x~))) + contraction mean_a |dh_a/dx_a|_F^2 + sparsity S(h) + decay / 2 sum |W|^2
    ```

    x~ is x with a share `masking` of its values set to 0 (denoising: Vincent et al. 2010). For the contraction see
    `losses.contraction` (Rifai et al. 2011), for S `losses.sparsity`. The weights are tied there, as here with a
    decoder of one `layers.TiedDense`; a decoder with weights of its own can grow as its encoder shrinks, which makes
    the contraction small. It is a sum over the inputs too; beside `"mse"`, which is a mean over them, the same factor
    weighs d times as much. Terms in History: `reconstruction`, `contraction`, `sparsity`, `weight_decay`, those that
    there are.

    Args:
        encoder: Keras model of one `Dense` layer.
        decoder: Keras model of one `Dense` or `TiedDense` layer.
        masking: Share of the input's values that are set to 0 in training, without scaling the others up.
        contraction: Factor on the contraction.
        sparsity: Factor on the sparsity.
        sparsity_kind: `"kl"` (for codes in [0, 1]) or `"l1"`.
        sparsity_target: rho of `"kl"`.
        **kwargs: Arguments of `Autoencoder`.
    """

    def __init__(
        self,
        encoder,
        decoder,
        masking=0.0,
        contraction=0.0,
        sparsity=0.0,
        sparsity_kind="kl",
        sparsity_target=0.05,
        **kwargs,
    ):
        super().__init__(encoder, decoder, **kwargs)
        check_share("masking", masking)
        check_choice("sparsity_kind", sparsity_kind, SPARSITY_KINDS)
        self.masking = masking
        self.contraction = contraction
        self.sparsity = sparsity
        self.sparsity_kind = sparsity_kind
        self.sparsity_target = sparsity_target
        self.layer = encoder.layers[-1]
        activation = keras.activations.serialize(self.layer.activation)
        if contraction:
            check_choice("activation", activation, CONTRACTED_ACTIVATIONS)
        if sparsity and sparsity_kind == "kl" and activation != "sigmoid":
            raise ValueError(
                "The KL sparsity is of codes in [0, 1]: use sigmoid units, or sparsity_kind='l1'. "
                f"Received: activation={activation!r}"
            )
        self.mask = ReplicaDropout(masking, seed=self.seed + 2)
        self.check_arguments()

    @classmethod
    def from_config(cls, config, custom_objects=None):
        model = super().from_config(config, custom_objects)
        back = model.decoder.layers[-1]
        if not isinstance(back, TiedDense) or back.tied_to.name != model.layer.name:
            return model
        options = {"name": back.name, "dtype": back.dtype_policy, "trainable": back.trainable}
        tied = TiedDense(model.layer, back.activation, **options)  # it was tied to a copy
        shape = [keras.Input(model.decoder.input_shape[1:])] if model.decoder.built else []
        decoder = keras.Sequential([*shape, *model.decoder.layers[:-1], tied], name=model.decoder.name)
        arguments = {name: getattr(model, name) for name in cls.argument_names()} | {"decoder": decoder}
        return cls(**arguments, name=model.name, dtype=model.dtype_policy, trainable=model.trainable)

    def corrupt(self, x, training):
        x = super().corrupt(x, training)
        return self.mask(x, training=training) * (1.0 - self.masking) if training and self.masking else x

    def loss_names(self):
        return [*super().loss_names(), *(name for name in ("contraction", "sparsity") if getattr(self, name))]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training, targets)
        code = outputs["code"]
        if self.contraction:
            activation = keras.activations.serialize(self.layer.activation)
            terms["contraction"] = self.contraction * contraction(code, self.layer.kernel, activation)
        if self.sparsity:
            terms["sparsity"] = self.sparsity * sparsity(code, self.sparsity_kind, self.sparsity_target)
        return {name: tf.cast(value, tf.float32) for name, value in terms.items()}
