"""Convolutions with as many zeros on every side."""

from keras import layers

__all__ = ["padded_convolution"]


def padded_convolution(x, filters, size, stride, padding, initial, name):
    """Convolution of images with `padding` zeros on every side, without bias.

    At stride 2, "same" has one zero more at the end of an even side than at its beginning. Where the two are one thing
    it is "same" all the same: on a CPU, of few positions, up to four times as fast as behind a layer of zeros.

    Args:
        x: Symbolic images of shape (B, H, W, C).
        filters: Number of filters.
        size: Side of a filter.
        stride: Positions from one application to the next.
        padding: Zeros on every side.
        initial: Initializer of the filters.
        name: Name of the layer.

    Returns:
        Shape (B, H', W', filters) with H' = (H + 2 padding - size) // stride + 1.
    """
    same = stride == 1 and size == 2 * padding + 1
    if padding and not same:
        x = layers.ZeroPadding2D(padding, name=f"{name}_pad")(x)
    mode = "same" if same else "valid"
    return layers.Conv2D(filters, size, stride, mode, use_bias=False, kernel_initializer=initial, name=name)(x)
