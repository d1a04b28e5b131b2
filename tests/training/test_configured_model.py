import keras
import pytest

from tfcluster.models import IDEC, KMeans, StackedAutoencoder
from tfcluster.training.configured_model import ConfiguredModel


class Base(ConfiguredModel):
    def __init__(self, width, layer=None, **kwargs):
        super().__init__(**kwargs)
        self.width, self.layer = width, layer


class Special(Base):
    def __init__(self, width, pair=(1, 2), **kwargs):
        super().__init__(width, **kwargs)
        self.pair = pair


def test_config_holds_the_arguments_of_all_classes():
    model = Special(3, pair=(4, 5), layer=keras.layers.Dense(7), name="special")
    again = Special.from_config(model.get_config())
    assert (again.width, tuple(again.pair), again.name) == (3, (4, 5), "special")
    assert again.layer.units == 7
    assert set(model.get_config()) >= {"width", "pair", "layer", "name", "dtype"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Special(3, pairs=(4, 5)), "Special takes no `pairs`; did you mean pair"),
        (lambda: IDEC(3, pretrain_epoch=1), "IDEC takes no `pretrain_epoch`; did you mean pretrain_epochs"),
        (lambda: KMeans(3, n_inits=1), "KMeans takes no `n_inits`; did you mean n_init"),
        (lambda: StackedAutoencoder(unit=(3,)), "StackedAutoencoder takes no `unit`; did you mean units"),
    ],
)
def test_arguments_that_nothing_takes(make, message):
    with pytest.raises(TypeError, match=message):
        make()
