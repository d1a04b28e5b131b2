import dataclasses

import numpy as np

from tfcluster.data import load
from tfcluster.experiments.settings import resolve


def test_large_images_have_a_recipe_of_their_own():
    digits = load("digits")
    large = dataclasses.replace(digits, x=np.zeros((200, 64, 64, 3), np.uint8), y=digits.y[:200])
    names = ("backbone", "augmentation", "sobel")
    found = [[resolve("deepcluster", data).model[name] for name in names] for data in (digits, large, load("blobs"))]
    assert found == [["cnn_small", "affine", False], ["alexnet", "crop", True], ["mlp", None, False]]
