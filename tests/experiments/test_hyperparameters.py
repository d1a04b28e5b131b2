import pytest

from tfcluster.experiments.hyperparameters import hyperparameters, parse_assignment
from tfcluster.experiments.presets import METHODS
from tfcluster.models import DDCUCO, GumbelVAE
from tfcluster.models.shallow_model import ShallowModel


@pytest.mark.parametrize("name", METHODS)
def test_every_hyperparameter_has_a_meaning(name):
    known = hyperparameters(METHODS[name].model)
    assert ({"learning_rate", "clipnorm"} <= set(known)) != issubclass(METHODS[name].model, ShallowModel)
    assert all(meaning for _, meaning in known.values()), known


def test_values_have_the_type_of_the_default():
    known = hyperparameters(DDCUCO)
    assert parse_assignment("uco_weight=1", known) == ("uco_weight", 1.0)
    assert parse_assignment("taps=block1_pool,block2_pool", known) == ("taps", ("block1_pool", "block2_pool"))
    assert parse_assignment("kernel=naive", known) == ("kernel", "naive")
    assert parse_assignment("detach_assignments=True", known) == ("detach_assignments", True)
    assert parse_assignment("rank=3", known) == ("rank", 3)
    assert parse_assignment("clipnorm=None", known) == ("clipnorm", None)  # None for no limit


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("uco_weight", "takes name=value"),
        ("uco_wieght=1", "did you mean uco_weight"),
        ("uco_weight=much", "expected float"),
        ("detach_assignments=1", "expected bool"),
        ("hidden_units=2.5", "expected int"),
        ("hidden_units=None", "expected int"),
        ("epochs=4", "use --epochs 4"),
        ("n_clusters=4", "use --clusters 4"),
        ("batch_size=9", "use --batch-size 9"),
    ],
)
def test_wrong_assignments(text, message):
    with pytest.raises(ValueError, match=message):
        parse_assignment(text, hyperparameters(DDCUCO))


def test_words_for_numbers():
    known = hyperparameters(GumbelVAE)
    assert parse_assignment("reconstruction_weight=mean", known) == ("reconstruction_weight", "mean")
    assert parse_assignment("reconstruction_weight=auto", known) == ("reconstruction_weight", "auto")
    with pytest.raises(ValueError, match=r"expected float such as 1\.0\. Received: 'much'"):
        parse_assignment("reconstruction_weight=much", known)
