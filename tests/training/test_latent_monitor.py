import numpy as np
import pytest

from tfcluster.models import M2


@pytest.mark.parametrize(("weight", "silent"), [(1.0, False), (0.0, True)])
def test_warns_of_a_latent_that_carries_nothing(weight, silent, easy_rows, caplog):
    x, y = easy_rows
    known = np.where(np.arange(len(y)) % 9 == 0, y, -1)
    model = M2(3, units=20, latent_dim=4, likelihood="mse", reconstruction_weight=weight, learning_rate=1e-2)
    model.fit(x, known, epochs=60, batch_size=60, verbose=0)
    found = [text for text in caplog.messages if text.startswith("the latent carries nothing")]
    assert len(found) == silent
