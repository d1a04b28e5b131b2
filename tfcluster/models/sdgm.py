"""Skip deep generative model (Maaloe, Sonderby, Sonderby, Winther, ICML 2016)."""

import keras

from tfcluster.models.adgm import ADGM

__all__ = ["SDGM"]


@keras.saving.register_keras_serializable(package="tfcluster")
class SDGM(ADGM):
    """Skip deep generative model: the auxiliary variable is a second layer of latents, with a connection to x.

    ```
    q(a | x),   q(c | a, x),   q(z | a, c, x),   p(x | a, c, z),   p(a | c, z)
    L(x, c) = E[-ln p(x | a, c, z) + KL(q(z | a, c, x) || N(0, I)) + ln q(a | x) - ln p(a | c, z)] + ln k
    ```

    What is drawn has a at the mean of p(a | c, z). See `M2` for the loss, `ADGM` for the arguments.
    """

    decodes_auxiliary = True

    def decoded(self, z, classes, *others, training=False):
        a = others[0] if others else self.prior(z, classes, None, training)[0]
        return self.reconstruction(self.decoder_hidden([z, classes, a], training=training))
