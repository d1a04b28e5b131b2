import keras
import numpy as np

from tfcluster.training import PretrainedWeights


def test_store_and_load(tmp_path, rng):
    shared = PretrainedWeights(tmp_path / "folder")
    first, second = (keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]) for _ in range(2))
    key = shared.key(rng.normal(size=(4, 3)), {"seed": 1})
    assert not shared.load(key, second)
    shared.store(key, first)
    assert shared.load(key, second)
    np.testing.assert_array_equal(first.get_weights()[0], second.get_weights()[0])


def test_key_is_of_everything_but_names(tmp_path):
    shared = PretrainedWeights(tmp_path)
    rows = np.arange(6.0).reshape(2, 3)
    layer = keras.layers.Dense(2)
    key = shared.key(rows, {"layer": layer.get_config(), "seed": 1})
    assert key == shared.key(rows, {"layer": keras.layers.Dense(2, name="another").get_config(), "seed": 1})
    assert key != shared.key(rows, {"layer": layer.get_config(), "seed": 2})
    assert key != shared.key(rows, {"layer": keras.layers.Dense(3).get_config(), "seed": 1})
    assert shared.key(rows, {"precision": "float32"}) != shared.key(rows, {"precision": "mixed_bfloat16"})
    half = keras.layers.Dense(2, dtype="mixed_bfloat16")
    assert key != shared.key(rows, {"layer": keras.saving.serialize_keras_object(half)["config"], "seed": 1})
    assert key != shared.key(rows + 1, {"layer": layer.get_config(), "seed": 1})
    assert key != shared.key(rows.reshape(3, 2), {"layer": layer.get_config(), "seed": 1})
