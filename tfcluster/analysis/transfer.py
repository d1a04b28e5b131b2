"""A backbone learnt without labels as the start of a classifier."""

import keras
import numpy as np

from tfcluster.utils import derive_seeds

__all__ = ["fine_tune"]


def fine_tune(
    model,
    train,
    train_labels,
    test,
    test_labels,
    whole=True,
    epochs=30,
    batch_size=64,
    learning_rate=1e-3,
    seed=0,
):
    """Accuracy of a classifier that starts from the backbone of a model, which stays as it is itself.

    A linear layer on relu(f(x)) is trained by Adam with the cross-entropy, and with `whole` the backbone f with it.
    Batch normalisation keeps its statistics. The rate falls to 0 along a cosine. To see what was learnt without labels,
    put the accuracy beside that from an untrained model of the same configuration.

    Args:
        model: A clustering model with a backbone.
        train: Raw rows of shape (n, ...).
        train_labels: Their labels.
        test: Raw rows of shape (m, ...).
        test_labels: Their labels, of no influence on the training.
        whole: Whether the backbone is trained too, or the linear layer alone.
        epochs: Epochs of training.
        batch_size: Rows in a step.
        learning_rate: Of Adam, at the beginning.
        seed: Seed of the linear layer and of the order of the batches.

    Returns:
        Share of test rows with the right label, in [0, 1].
    """
    classes, known = np.unique(train_labels, return_inverse=True)
    head_seed, order_seed = derive_seeds(seed, 2)
    encoder = keras.models.clone_model(model.encoder)
    encoder.set_weights(model.encoder.get_weights())
    encoder.trainable = whole
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    inputs = keras.Input(encoder.input_shape[1:])
    features = keras.layers.ReLU()(keras.layers.Flatten()(encoder(inputs)))
    initial = keras.initializers.GlorotUniform(head_seed)
    logits = keras.layers.Dense(len(classes), kernel_initializer=initial, dtype="float32")(features)
    classifier = keras.Model(inputs, logits)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * -(-len(train) // batch_size))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(rate), loss)
    keras.utils.set_random_seed(order_seed)
    classifier.fit(_inputs(model, train), known, batch_size, epochs, verbose=0)
    found = classifier.predict(_inputs(model, test), batch_size, verbose=0).argmax(axis=1)
    return float(np.mean(classes[found] == np.asarray(test_labels)))


def _inputs(model, x, size=500):
    """What the backbone takes of all rows."""
    parts = (model.encoder_inputs(x[start : start + size]) for start in range(0, len(x), size))
    return np.concatenate([keras.ops.convert_to_numpy(part) for part in parts])
