import keras

from tfcluster.losses import weight_decay


def test_kernels_by_hand():
    layer = keras.layers.Dense(2)
    layer.build((None, 2))
    layer.kernel.assign([[1.0, -2.0], [3.0, 0.0]])
    layer.bias.assign([5.0, 5.0])
    assert float(weight_decay(layer.weights)) == 7.0
    assert float(weight_decay([layer.bias])) == 0.0
