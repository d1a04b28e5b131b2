import numpy as np
import pytest

from tfcluster.models import DDC, DDCUCO, DEC, DECUCO


@pytest.mark.parametrize(("weighting", "factors"), [("constant", (1, 1)), ("linear", (0.5, 1)), ("exp", (0.1, 1))])
def test_factors_of_the_taps(weighting, factors):
    model = DECUCO(3, uco_weight=2.0, weighting=weighting)
    np.testing.assert_allclose([companion.weight for companion in model.companions], 2.0 * np.array(factors))


@pytest.mark.parametrize(("method", "plain"), [(DDCUCO, DDC), (DECUCO, DEC)])
def test_adds_to_the_terms_of_its_method(method, plain, easy_rows):
    arguments = {"backbone": "mlp"}
    made, without = method(3, kernel="naive", **arguments), plain(3, **arguments)
    x = easy_rows[0][:40]
    for model in (made, without):
        model.build((None, 8))
    terms = made.loss_terms(x, made.training_outputs(x, training=False), training=False)
    base = without.loss_terms(x, without.training_outputs(x, training=False), training=False)
    assert list(terms) == [*base, "uco_1", "uco_2"] == made.loss_names()
    for name in base:
        np.testing.assert_allclose(terms[name], base[name], rtol=1e-5)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`weighting` must be one of"):
        DECUCO(3, weighting="cubic")
