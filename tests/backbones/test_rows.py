import pytest

from tfcluster.backbones.rows import check_images


def test_images_of_the_size():
    check_images("net", (20, 30, 3), 20)
    check_images("net", (1, 1, 1))


@pytest.mark.parametrize("shape", [(8,), (19, 30, 3), (30, 19, 3), (None, 20, 3)])
def test_refused(shape):
    with pytest.raises(ValueError, match=r"net takes images .* at least 20 pixels\. Received: rows of shape"):
        check_images("net", shape, 20)
