import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")

import keras
import numpy as np
import pytest
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.hookimpl(tryfirst=True)  # before the plugin that reads the marks
def pytest_collection_modifyitems(items):
    """Of several processes one takes a whole file, or of the contract all that is about one method."""
    for item in items:
        parameters = getattr(item, "callspec", None)
        method = parameters.params.get("name", "") if parameters and "test_contract" in item.nodeid else ""
        item.add_marker(pytest.mark.xdist_group(f"{item.nodeid.partition('::')[0]}-{method}"))


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True, scope="module")
def _fresh_session():
    yield
    keras.utils.clear_session()  # half a second: once a file


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def easy_images():
    """300 images of 20x20, a bright bar in one of three places, and their classes."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat(np.arange(3), 100))
    x = rng.integers(0, 40, size=(300, 20, 20, 1))
    for image, place in zip(x, y, strict=True):
        low = 2 + 6 * place
        image[low : low + 4, 3:17] += 200
    return x.astype(np.uint8), y.astype(np.int32)


@pytest.fixture(scope="session")
def easy_rows():
    """300 rows of 8 features around three centres, and their classes."""
    rng = np.random.default_rng(1)
    y = rng.permutation(np.repeat(np.arange(3), 100))
    centres = 4.0 * rng.normal(size=(3, 8))
    return (centres[y] + rng.normal(size=(300, 8))).astype(np.float32), y.astype(np.int32)
