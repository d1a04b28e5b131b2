import numpy as np
import pytest

from tfcluster.data import generators, load


def test_square_lies_where_its_latents_say():
    images, places = generators.square(n=50, seed=1)
    mass = images[..., 0] / 255.0
    np.testing.assert_allclose(mass.sum(axis=(1, 2)), 36.0, atol=0.1)
    pixels = np.arange(30) + 0.5
    centre_x = (mass.sum(1) * pixels).sum(1) / mass.sum(axis=(1, 2))
    centre_y = (mass.sum(2) * pixels).sum(1) / mass.sum(axis=(1, 2))
    np.testing.assert_allclose(np.stack([centre_x, centre_y], 1), places + 3.0, atol=0.02)


def test_the_agent_meets_no_wall():
    images, _ = generators.room(n=200)
    empty = np.median(images, axis=0)  # what is always there
    assert {0.0, 128.0, 191.0} <= set(np.unique(empty).tolist())
    walls = empty == 128.0
    assert (images[:, walls] == 128).all()
    agents = ((images.astype(int) - empty) > 0)[..., 0]
    columns = agents.any(axis=1).argmax(axis=1)
    assert (columns < 15).any()
    assert (columns > 15).any()


@pytest.mark.parametrize(("links", "view", "freedom"), [(2, "planar", 2), (3, "planar", 3), (2, "3d", 3)])
def test_arm(links, view, freedom):
    images, angles = generators.robot_arm(n=40, links=links, view=view)
    assert images.shape == (40, 32, 32, 1)
    assert angles.shape == (40, freedom)
    assert (images[:, 15:17, 15:17] == 255).all()  # the base
    assert images[:, [0, 0, -1, -1], [0, -1, 0, -1]].max() == 0  # its reach is a circle


def arm_at(angles, monkeypatch, **options):
    """Images of an arm with given angles."""

    class Given:
        def uniform(self, low, high, size):
            assert size == angles.shape
            return angles

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Given())
    return generators.robot_arm(n=len(angles), **options)[0]


@pytest.mark.parametrize(("links", "view", "freedom"), [(2, "planar", 2), (3, "planar", 3), (2, "3d", 3)])
def test_every_angle_moves_the_arm_in_its_own_way(links, view, freedom, monkeypatch):
    base = np.full(freedom, 0.6)
    angles = np.stack([base, *(base + 0.1 * np.eye(freedom))])
    images = arm_at(angles, monkeypatch, links=links, view=view).reshape(freedom + 1, -1) / 255.0
    moves = images[1:] - images[0]
    values = np.linalg.svd(moves / np.linalg.norm(moves, axis=1, keepdims=True), compute_uv=False)
    assert values[-1] > 0.15  # as many dimensions as there are angles


def test_a_straight_arm_is_a_line_to_the_right(monkeypatch):
    images = arm_at(np.zeros((1, 2)), monkeypatch)
    row = images[0, 15, :, 0] / 255.0
    assert (row[16:29] == 1.0).all()
    assert row[:13].max() == 0.0


def test_local_dimension_is_the_number_of_latents():
    """Singular values of small displacements around one state: as many as there are degrees of freedom."""
    x, places = generators.square(n=30_000, seed=2)
    near = np.linalg.norm(places - places[0], axis=1) < 0.5
    values = np.linalg.svd(x[near].reshape(near.sum(), -1) / 255.0 - x[0].ravel() / 255.0, compute_uv=False) ** 2
    assert values[:2].sum() / values.sum() > 0.7
    assert values[1] > 2 * values[2]


def test_big_and_small(rng):
    images = np.full((40, 8, 8, 1), 200, np.uint8)
    digits = np.arange(40) % 10
    result, latents = generators.big_small_digits(images, digits)
    np.testing.assert_array_equal(latents[:, 0], digits)
    for image, scale in zip(result, latents[:, 1], strict=True):
        assert (image > 0).sum() == (64 if scale == 1.0 else 16)
    assert 0 < (latents[:, 1] == 0.5).sum() < 40


@pytest.mark.parametrize("name", ["square", "room", "robot_arm_2d", "robot_arm_3d"])
def test_registered(name):
    data, again = load(name), load(name)
    np.testing.assert_array_equal(data.x, again.x)
    assert data.y is None
    assert len(data.latents) == len(data) == 10000
    test = load(name, split="test")
    assert len(test.latents) == len(test) == 2000


def test_unknown_view():
    with pytest.raises(ValueError, match="`view` must be"):
        generators.robot_arm(view="side")
