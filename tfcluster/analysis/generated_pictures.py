"""What a generative model draws, as pictures."""

import numpy as np

from tfcluster.analysis.pictures import image_grid

__all__ = ["generated_pictures"]

_COLUMNS = 10
_SHIFTS = np.linspace(-3.0, 3.0, 9)


def generated_pictures(model, x, low=0.0, high=1.0, seed=0):
    """Grids of images that a generative model draws.

    `generated`: a row for each category, a column for each style drawn from N(0, I). `style`: a row for each row of x,
    itself first, then its style in every category. `reconstructed`: rows of x above their reconstructions.
    `traversal`: a row for each category, with the style of the first row of x and its most active dimension from -3
    to 3. A model that draws without categories has `generated` and `reconstructed` only, one whose styles have no
    distribution no `generated`.

    Args:
        model: A fitted `GenerativeModel` of images with 1 or 3 channels.
        x: Rows, of which the first 10 are shown.
        low: Value of preprocessed rows that is black.
        high: Value that is white.
        seed: Seed of the styles.

    Returns:
        Dict from the names to arrays of bytes.
    """
    shown = x[:_COLUMNS]
    rows = shown if model.preprocessing is None else model.preprocessing(shown)
    rows = np.asarray(rows, np.float32)
    grids = {"reconstructed": np.stack([rows, model.reconstruct(shown)])}
    if model.has_categories:
        categories = range(model.n_clusters)
        if model.has_prior:
            grids["generated"] = np.stack([model.generate(_COLUMNS, category, seed) for category in categories])
        grids["style"] = np.concatenate([rows[:, None], model.style(shown)], axis=1)
        active = model.active_dimensions(x[:1000], least=0.0)
        if len(active):
            drawn = [model.traverse(shown[:1], category, int(active[0]), _SHIFTS)[0] for category in categories]
            grids["traversal"] = np.stack(drawn)
    else:
        drawn = model.generate(_COLUMNS**2, seed=seed)
        grids["generated"] = drawn.reshape(_COLUMNS, _COLUMNS, *drawn.shape[1:])
    return {name: image_grid(grid, low, high) for name, grid in grids.items()}
