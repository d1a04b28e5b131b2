"""What convolutional backbones take."""

__all__ = ["check_images"]


def check_images(name, shape, least=1, instead="mlp"):
    """Raise a `ValueError` unless rows are images of a size that a backbone can take.

    Args:
        name: Name of the backbone.
        shape: Shape of a row.
        least: Smallest side in pixels.
        instead: Name of a backbone for other rows.
    """
    if len(shape) != 3 or None in shape or min(shape[:2]) < least:
        sides = f" with sides of at least {least} pixels" if least > 1 else ""
        raise ValueError(
            f"{name} takes images (H, W, C){sides}. Received: rows of shape {tuple(shape)}. Enlarge images with a "
            f"Resizing layer (`preprocessing`), and take backbone={instead!r} for other rows."
        )
