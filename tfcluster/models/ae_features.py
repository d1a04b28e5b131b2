"""What the methods of scikit-learn on the embeddings of an autoencoder share."""

from tfcluster.models.pretrained_model import PretrainedModel

__all__ = ["AEFeatures"]


class AEFeatures(PretrainedModel):
    """A `ShallowModel` on the embeddings of an autoencoder, which is trained first.

    To be named before the `ShallowModel` among the bases of a class. Of several runs that is chosen which agrees most
    with the others: each has its criterion in an embedding of its own.
    """

    selection = "agreement"
    without_effect = ("clipnorm", "learning_rate", "momentum")

    def build_network(self, input_shape):
        super().build_network(input_shape)
        self.make_weights(self.embedding_width)

    def features(self, x, training):
        return self.encode(x, training)["embedding"]
