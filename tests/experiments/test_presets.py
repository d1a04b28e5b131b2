import pytest

from tfcluster.data import load
from tfcluster.experiments.presets import METHODS, PRESETS, get_method
from tfcluster.experiments.settings import resolve


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_resolves(name, preset):
    settings = resolve(name, load("digits"), preset)
    assert settings.n_clusters == 10
    assert settings.fingerprint() == resolve(name, load("digits"), preset).fingerprint()


def test_paper_is_the_published_recipe():
    settings = resolve("ddc_uco", load("digits"), "paper")
    assert (settings.epochs, settings.batch_size, settings.runs) == (200, 120, 20)
    assert settings.model == {"backbone": "cnn_small", "learning_rate": 1e-4}
    assert resolve("ddc", load("digits"), "paper").model == {"backbone": "cnn_small"}
    coil = METHODS["ddc"].presets["paper"].for_set("coil100")
    assert (coil.range, coil.image_side) == ((0.0, 1.0), 64)


def test_epochs_follow_the_number_of_steps():
    data = load("digits")
    small = resolve("ddc", data)
    assert small.epochs * (len(data) // small.batch_size) >= 300
    large = resolve("ddc", data, batch_size=2)  # 898 steps an epoch, at most 3000
    assert large.epochs == 3
    assert resolve("ddc", data, epochs=7).epochs == 7


def test_small_sets_of_images_pretrain_for_more_epochs():
    digits = load("digits")
    assert resolve("vade", digits).model["pretrain_epochs"] == 1250  # 8 steps an epoch, 10,000 at least
    assert resolve("vade", digits, overrides=["pretrain_epochs=3"]).model["pretrain_epochs"] == 3
    assert resolve("vade", load("blobs")).model["pretrain_epochs"] == 100
    assert "pretrain_epochs" not in resolve("vade", digits, preset="paper").model


def test_what_changes_a_run_changes_the_fingerprint():
    data = load("digits")
    base = resolve("ddc", data).fingerprint()
    assert resolve("ddc", data, runs=9, seed=4).fingerprint() == base
    assert resolve("ddc", data, epochs=9).fingerprint() != base
    assert resolve("ddc", data, overrides=["balance=0.5"]).fingerprint() != base
    assert resolve("ddc", data, precision="mixed_bfloat16").fingerprint() != base


def test_unknown_method():
    with pytest.raises(ValueError, match="did you mean ddc_uco"):
        get_method("ddc-uco")


def test_dec_keeps_the_settings_of_its_originals():
    usps = METHODS["dec"].presets["default"].for_set("usps")
    assert (usps.model["pretrain_epochs"], usps.model["update_interval"], usps.model["backbone"]) == (50, 30, "mlp")
    mnist = METHODS["dec"].presets["default"].for_set("mnist").model
    assert (mnist["initializer"], mnist["pretrain_learning_rate"], mnist["pretrain_momentum"]) == ("fan_in", 1.0, 0.9)
    paper = METHODS["dec"].presets["paper"].for_set("mnist")
    assert (paper.model["pretraining"], paper.model["update_interval"], paper.range) == ("greedy", 160, (0.0, 5.1))
    epochs = {"mnist": 183, "fashion_mnist": 183, "usps": 1351, "reuters10k": 1250}  # 50,000 steps of 256 rows
    for method, intervals in (("dec", (160, None, None, 20)), ("idec", (140, 140, 30, 3))):
        recipe = METHODS[method].presets["paper"]
        for (name, count), interval in zip(epochs.items(), intervals, strict=True):
            model = recipe.for_set(name).model
            assert (model["pretraining"], model["pretrain_epochs"]) == ("greedy", count)
            assert (model["pretrain_learning_rate"], model["pretrain_momentum"]) == (0.05, 0.9)
            assert model.get("update_interval") == interval
    assert METHODS["dec"].presets["paper"].model["reset_momentum"]
    for preset in ("default", "paper"):
        idec = METHODS["idec"].presets[preset]
        for name in ("usps", "reuters10k"):
            model = idec.for_set(name).model
            assert (model["learning_rate"], model["momentum"]) == (0.1, 0.99)
        assert "momentum" not in idec.for_set("mnist").model  # Adam
    depict = METHODS["depict"].presets["paper"].model
    assert depict == {"pretrain_epochs": 4000, "n_init": 40, "tolerance": 0.0, "clipnorm": None}
    for method in ("dec_da", "conv_dec_da"):
        da = METHODS[method].presets["paper"].for_set("usps").model
        assert (da["augmentation"], da["pretrain_epochs"], da["update_interval"]) == ("rotate_shift", 500, 30)
        assert (da["learning_rate"], da["momentum"]) == (1e-3, None)
    uco = METHODS["dec_uco"].presets["paper"].for_set("usps")
    assert (uco.model["update_interval"], uco.model["kernel"], uco.model["learning_rate"]) == (140 * 36, "naive", 1e-4)


def test_the_most_steps_of_dec_are_those_of_the_original():
    settings = resolve("dec", load("digits"))
    assert 19_000 < settings.epochs * 8 <= 20_000  # 1797 rows in batches of 256, the last one too
