"""A backbone learnt without labels as the start of a classifier."""

import keras
import numpy as np
import tensorflow as tf

from tfcluster.analysis.layer_outputs import backbone_of
from tfcluster.training.keras_compat import all_layers
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
    Batch normalisation stays as it is, scale and shift too. The rate falls to 0 along a cosine. To see what was learnt
    without labels, put the accuracy beside that from an untrained model of the same configuration.

    Args:
        model: A clustering model with a backbone, or a functional Keras model.
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
    own = backbone_of(model)
    encoder = keras.models.clone_model(own)
    encoder.set_weights(own.get_weights())
    encoder.trainable = whole
    for layer in all_layers(encoder):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    inputs = keras.Input(encoder.input_shape[1:])
    features = keras.layers.ReLU()(keras.layers.Flatten()(encoder(inputs, training=None if whole else False)))
    initial = keras.initializers.GlorotUniform(head_seed)
    logits = keras.layers.Dense(len(classes), kernel_initializer=initial, dtype="float32")(features)
    classifier = keras.Model(inputs, logits)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * -(-len(train) // batch_size))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(rate), loss)
    inputs = getattr(model, "encoder_inputs", tf.convert_to_tensor)
    rows = tf.data.Dataset.range(len(train)).shuffle(len(train), order_seed).batch(batch_size)
    rows = rows.map(
        lambda index: tf.numpy_function(lambda i: (train[i], known[i]), [index], (train.dtype, known.dtype))
    )
    rows = rows.map(lambda x, y: (inputs(tf.ensure_shape(x, [None, *train.shape[1:]])), tf.ensure_shape(y, [None])))
    classifier.fit(rows, epochs=epochs, shuffle=False, verbose=0)
    parts = (inputs(test[start : start + batch_size]) for start in range(0, len(test), batch_size))
    found = np.concatenate([np.argmax(classifier(part, training=False), axis=1) for part in parts])
    return float(np.mean(classes[found] == np.asarray(test_labels)))
