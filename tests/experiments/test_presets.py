import pytest

from tfcluster.data import load
from tfcluster.experiments.command import main
from tfcluster.experiments.hyperparameters import hyperparameters
from tfcluster.experiments.presets import METHODS, PRESETS, get_method
from tfcluster.experiments.settings import resolve
from tfcluster.models.decaying_rate import RATE_ARGUMENTS
from tfcluster.models.semi_supervised import SemiSupervised


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


@pytest.mark.long
@pytest.mark.parametrize("name", METHODS)
def test_paper_trains(name, tmp_path, capsys):
    options = ["--preset", "paper", "--limit", "120", "--runs", "1", "--epochs", "1", "--quiet", "--no-report"]
    known = hyperparameters(METHODS[name].model)
    short = ("pretrain_epochs=1", "label_epochs=1", "n_prototypes=20")
    short = [text for text in short if text.partition("=")[0] in known]
    options += ["--set", "image_side=64"] if name.startswith("deepcluster") else []  # a quarter of the paper's
    options += ["--labels", "10"] if issubclass(METHODS[name].model, SemiSupervised) else []
    options += [part for text in short for part in ("--set", text)]
    assert main(name, [*options, "--output", str(tmp_path / "out")]) == 0, capsys.readouterr().err
    assert (tmp_path / "out" / "run-00" / "model.keras").exists()


def test_generative_methods_keep_the_settings_of_their_originals():
    vade = METHODS["vade"].presets["paper"]
    assert (vade.epochs, vade.batch_size) == (3000, 100)
    assert [vade.model[name] for name in ("learning_rate", "decay_steps", "least_learning_rate")] == [2e-3, 7000, 2e-4]
    for preset in ("default", "paper"):
        reuters = METHODS["vade"].presets[preset].for_set("reuters10k")
        assert (reuters.epochs, reuters.batch_size, reuters.steps[0]) == (15, 100, 0)
        names = ("learning_rate", "decay_steps", "decay_rate", "first_mixture", "initializer")
        assert [reuters.model[name] for name in names] == [2e-3, 500, 0.5, "kmeans", "fan_in"]
    gmvae = METHODS["gmvae"].presets["paper"]
    assert (gmvae.epochs, gmvae.batch_size) == (100, 50)
    assert [gmvae.model[name] for name in ("embedding_dim", "style_dim", "n_samples")] == [200, 150, 10]
    gumbel = METHODS["gumbel_vae"].presets["paper"]
    assert (gumbel.epochs, gumbel.batch_size, gumbel.model["hidden_sum"]) == (300, 200, False)


def test_few_labels_keep_the_settings_of_their_originals():
    aux = METHODS["auxiliary_task_vae"].presets["paper"]
    assert (aux.epochs, aux.batch_size, aux.model["learning_rate"]) == (100, 200, 1e-2)
    mnist = aux.for_set("mnist").model
    assert (mnist["decay_steps"], mnist["decay_rate"]) == (18_000, 0.5)  # 30 epochs
    for method in ("adgm", "sdgm"):
        mnist = METHODS[method].presets["paper"].for_set("mnist").model
        assert [mnist[name] for name in RATE_ARGUMENTS] == [120_000, 0.75, 3e-5]
    svhn = aux.for_set("svhn")
    weights = [svhn.model[f"{name}_weight"] for name in ("gaussian", "category", "metric", "assignment")]
    assert weights == [4.9, 1.5, 0.95, 3.2]
    assert (svhn.model["likelihood"], svhn.model["reconstruction_weight"]) == ("mse", "mean")
    assert (svhn.model["n_neighbours"], svhn.model["margin"], svhn.model["labelled_per_batch"]) == (5, 0.9, 200)
    assert (svhn.model["temperature_rate"], svhn.model["learning_rate"], svhn.batch_size) == (0.01386, 1e-3, 400)
    assert svhn.model["backbone"] == "cnn_valid_deep"
    for method in ("m1", "m1_m2"):
        paper = METHODS[method].presets["paper"]
        assert [paper.model[f"pretrain_{name}"] for name in ("epochs", "learning_rate")] == [3000, 3e-4]
        features = paper.for_set("svhn").model
        assert [features[name] for name in ("feature_dim", "feature_units", "likelihood")] == [300, 600, "mse"]
    for method, epochs in (("m2", 3000), ("m1_m2", 3000), ("adgm", 1000), ("sdgm", 1000)):
        assert METHODS[method].presets["paper"].epochs == epochs
    assert METHODS["m2"].presets["paper"].model["units"] == 300


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
