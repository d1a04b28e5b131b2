"""Generated images whose latent variables are known."""

import numpy as np

__all__ = ["GENERATORS", "big_small_digits", "robot_arm", "room", "square"]

_SIDE = 30
_CHUNK = 1000


def square(n=10_000, side=_SIDE, size=6, seed=0):
    """White squares on black; two degrees of freedom.

    A square of `size` pixels lies at (x, y), uniform where it fits; pixels that it covers in part are grey.

    Args:
        n: Number of images.
        side: Side of an image in pixels.
        size: Side of the square in pixels.
        seed: Seed.

    Returns:
        Images (n, side, side, 1), uint8, and the latents (x, y) of shape (n, 2): the upper left corner in pixels.
    """
    places = np.random.default_rng(seed).uniform(0, side - size, size=(n, 2))
    return _to_bytes(_squares(places, side, size)), places.astype(np.float32)


def room(n=10_000, side=_SIDE, size=4, seed=0):
    """A square agent in a room of two chambers, seen from above; two degrees of freedom.

    Outer walls, a dividing wall with a door and a goal are grey and always the same. The agent is white and lies
    anywhere where it meets no wall.

    Args:
        n: Number of images.
        side: Side of an image in pixels.
        size: Side of the agent in pixels.
        seed: Seed.

    Returns:
        Images (n, side, side, 1), uint8, and the latents (x, y) of shape (n, 2): the agent's upper left corner.
    """
    walls = np.zeros((side, side))
    walls[[0, -1]] = walls[:, [0, -1]] = 0.5
    middle, door = side // 2, slice(side // 2 - size, side // 2 + size)
    walls[:, middle] = 0.5
    walls[door, middle] = 0.0
    background = walls.copy()
    background[3 : 3 + size, side - 3 - size : side - 3] = 0.75
    rng = np.random.default_rng(seed)
    places = np.empty((0, 2))
    while len(places) < n:
        drawn = rng.uniform(1, side - 1 - size, size=(n, 2))
        meets = (_squares(drawn, side, size)[..., 0] * (walls > 0)).sum(axis=(1, 2)) > 0
        places = np.concatenate([places, drawn[~meets]])
    places = places[:n]
    images = np.maximum(_squares(places, side, size), background[None, ..., None])
    return _to_bytes(images), places.astype(np.float32)


def robot_arm(n=10_000, links=2, side=32, width=3.0, view="planar", seed=0):
    """Images of a robot arm; as many degrees of freedom as links, 3 for `view="3d"`.

    `"planar"`: links of equal length from the centre of the image, as long in all as 0.9 of half the side. The first
    angle is uniform on the circle, the others are uniform relative to the link before. `"3d"`: an arm with a yaw, a
    shoulder and an elbow angle, seen by orthographic projection from a fixed camera 30 degrees above the horizon.

    Args:
        n: Number of images.
        links: Links of the planar arm.
        side: Side of an image in pixels.
        width: Width of a link in pixels; its edges are smoothed over a pixel.
        view: `"planar"` or `"3d"`.
        seed: Seed.

    Returns:
        Images (n, side, side, 1), uint8, and the latents: angles in radians, of shape (n, degrees of freedom).

    Raises:
        ValueError: For an unknown view.
    """
    if view not in ("planar", "3d"):
        raise ValueError(f"`view` must be 'planar' or '3d'. Received: {view!r}")
    rng = np.random.default_rng(seed)
    reach = 0.45 * side
    if view == "planar":
        angles = rng.uniform(0, 2 * np.pi, size=(n, links))
        turned = np.cumsum(angles, axis=1)
        steps = np.stack([np.cos(turned), -np.sin(turned)], axis=2) * reach / links  # (n, links, 2): right, down
    else:
        angles = rng.uniform([0, 0, -np.pi / 2], [2 * np.pi, np.pi / 2, np.pi / 2], size=(n, 3))
        yaw, heights = angles[:, :1], np.cumsum(angles[:, 1:], axis=1)
        flat, up = np.cos(heights), np.sin(heights)
        right, depth = flat * np.cos(yaw), flat * np.sin(yaw)
        camera = np.pi / 6
        steps = np.stack([right, -(up * np.cos(camera) + depth * np.sin(camera))], axis=2) * reach / 2
    joints = np.concatenate([np.zeros((n, 1, 2)), np.cumsum(steps, axis=1)], axis=1) + (side - 1) / 2
    images = [_strokes(joints[start : start + _CHUNK], side, width) for start in range(0, n, _CHUNK)]
    return _to_bytes(np.concatenate(images)), angles.astype(np.float32)


def big_small_digits(images, digits, seed=0):
    """Digits at full and at half size, centred.

    Args:
        images: Digits of shape (n, H, W, 1) with even sides, uint8.
        digits: Their classes, shape (n,).
        seed: Seed of the choice of sizes.

    Returns:
        Images of the same shape, and the latents (digit, scale) of shape (n, 2).
    """
    n, height, width = images.shape[:3]
    small = np.random.default_rng(seed).random(n) < 0.5
    halved = images[small].reshape(-1, height // 2, 2, width // 2, 2, 1).mean(axis=(2, 4))
    result = images.copy()
    result[small] = 0
    top, left = height // 4, width // 4
    result[small, top : top + height // 2, left : left + width // 2] = np.rint(halved)
    return result, np.stack([digits, np.where(small, 0.5, 1.0)], axis=1).astype(np.float32)


GENERATORS = {
    "square": square,
    "room": room,
    "robot_arm_2d": robot_arm,
    "robot_arm_3d": lambda: robot_arm(links=3),
}
"""Functions that make a registered set from nothing."""


def _squares(places, side, size):
    """Share of each pixel that a square at each place covers, shape (n, side, side, 1)."""
    pixels = np.arange(side)
    low = places[:, :, None]  # (n, 2, 1)
    covered = np.clip(np.minimum(pixels + 1, low + size) - np.maximum(pixels, low), 0.0, 1.0)  # (n, 2, side)
    return (covered[:, 1, :, None] * covered[:, 0, None, :])[..., None]


def _strokes(joints, side, width):
    """Lines through the joints, (n, links + 1, 2) in pixels, drawn with smooth edges."""
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=2)[None]  # (1, side, side, 2): x, y
    drawn = np.zeros((len(joints), side, side))
    for start, end in zip(joints[:, :-1].swapaxes(0, 1), joints[:, 1:].swapaxes(0, 1), strict=True):
        start, step = start[:, None, None], (end - start)[:, None, None]
        share = ((grid - start) * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-12)
        nearest = start + np.clip(share, 0.0, 1.0)[..., None] * step
        distance = np.sqrt(((grid - nearest) ** 2).sum(-1))
        drawn = np.maximum(drawn, np.clip(width / 2 + 0.5 - distance, 0.0, 1.0))
    return drawn[..., None]


def _to_bytes(images):
    return np.rint(255 * images).astype(np.uint8)
