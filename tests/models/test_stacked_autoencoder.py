import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models import RBM, StackedAutoencoder
from tfcluster.training import BurnInSGD, Session

QUICK = {"layer_epochs": 2, "intermediate_epochs": 2, "finetune_epochs": 3, "batch_size": 50, "burn_in": 5}


@pytest.fixture(scope="module")
def squashed(easy_rows):
    return (1 / (1 + np.exp(-easy_rows[0]))).astype(np.float32)


def make(**arguments):
    return StackedAutoencoder(**{"units": (16, 12, 4), "initial_scale": None, **QUICK, **arguments})


def stages(model):
    return [stage["stage"] for stage in model.stages]


def test_stages_and_schedules(squashed):
    model = make()
    model.fit(squashed, validation_data=squashed[:50])
    assert stages(model) == ["layer-1", "layer-2", "layer-3", "finetune"]
    assert all(stage["seconds"] >= 0 and np.isfinite(stage["val_reconstruction"]) for stage in model.stages)
    assert model.stages[-1]["reconstruction"] < model.stages[-2]["reconstruction"]
    model = make(intermediate_finetune="layer")
    model.fit(squashed)
    assert stages(model) == ["layer-1", "layer-2", "stack-2", "layer-3", "finetune"]
    assert model.stages[2]["reconstruction"] < model.stages[1]["reconstruction"]
    model = StackedAutoencoder((16, 12, 8, 6, 4), intermediate_finetune="pair", **QUICK)
    model.fit(squashed)
    assert stages(model) == ["layer-1", "layer-2", "stack-2", "layer-3", "layer-4", "stack-4", "layer-5", "finetune"]


def test_greedy_layers_are_frozen_while_the_next_are_trained(squashed):
    model = make(finetune_epochs=0, layer_epochs=2)
    seen = []

    def spy(phase, epochs):
        if phase == "layer-2":
            seen.append([layer.get_weights() for layer in (model.encoders[0], model.decoders[0])])
        return []

    model.fit(squashed, session=Session(callbacks=spy))
    for before, layer in zip(seen[0], (model.encoders[0], model.decoders[0]), strict=True):
        for a, b in zip(before, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_layer_that_has_died_is_named(squashed):
    model = make()
    model.build((None, *squashed.shape[1:]))
    model.encoders[0].set_weights([np.zeros_like(weight) for weight in model.encoders[0].get_weights()])
    model.learning_rate = 1e-30
    with pytest.raises(ValueError, match=f"Layer 1 of the stack gives all {len(squashed)} rows the same code"):
        model.fit(squashed)


def test_sparse_layers():
    names = {"none": (False,) * 5, "all": (True,) * 4 + (False,), "alternate": (True, False, True, False, False)}
    for name, expected in names.items():
        assert StackedAutoencoder((9, 8, 7, 6, 5), sparsity=name).sparse_layers() == expected
    assert StackedAutoencoder((9, 8), sparsity=[False, True]).sparse_layers() == (False, True)


@pytest.mark.parametrize("kind", ["plain", "denoising", "contractive", "rbm", ("rbm", "contractive", "denoising")])
def test_sigmoid_stacks_of_every_kind_learn(kind, squashed):
    sparsity = "none" if "rbm" in kind else "alternate"
    model = make(kind=kind, activation="sigmoid", sparsity=sparsity, sparsity_weight=0.01, weight_decay=1e-5)
    model.fit(squashed)
    mean = squashed.mean(0)
    of_the_mean = -(squashed * np.log(mean) + (1 - squashed) * np.log(1 - mean)).sum(1).mean()
    assert model.stages[-1]["reconstruction"] < 1.05 * of_the_mean
    codes = model.encode(squashed).numpy()
    assert 0.0 <= codes.min() <= codes.max() <= 1.0


def test_a_linear_code_is_pretrained_by_gaussian_units(squashed, monkeypatch):
    trained, fit = [], RBM.fit
    monkeypatch.setattr(
        RBM,
        "fit",
        lambda rbm, *args, **kwargs: trained.append((rbm.hidden, rbm.persistent)) or fit(rbm, *args, **kwargs),
    )
    model = make(kind="rbm", activation="sigmoid", linear_code=True, gibbs_chains=7)
    model.fit(squashed)
    assert model.encoders[-1].activation is keras.activations.linear
    assert trained == [("binary", 7), ("binary", 7), ("gaussian", 7)]


def test_save_and_load(squashed, tmp_path):
    model = make(preprocessing=keras.layers.Rescaling(0.5))
    model.fit(squashed)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(squashed, verbose=0), model.predict(squashed, verbose=0))
    assert again.units == (16, 12, 4)


@pytest.mark.parametrize("compiled", [False, True])
def test_penalty_kept_in_fine_tuning(squashed, monkeypatch, compiled):
    monkeypatch.setattr("tfcluster.training.keras_compat._JIT_STEPS", 1 if compiled else 10**9)
    options = {"sparsity": [True, True, False], "sparsity_weight": 2.0, "activation": "sigmoid"}
    options |= {"layer_epochs": 0, "finetune_epochs": 1, "batch_size": len(squashed)}
    stack = make(**options, keep_in_finetune=True)
    stack.build((None, squashed.shape[1]))
    h, expected = squashed, 0.0
    for layer in stack.encoders[:2]:
        h = layer(h).numpy()
        r = h.mean(0)
        expected += 2.0 * (0.05 * np.log(0.05 / r) + 0.95 * np.log(0.95 / (1 - r))).sum()
    history = stack.fit(squashed).history
    np.testing.assert_allclose(history["sparsity"], [expected], rtol=1e-4)
    np.testing.assert_allclose(history["loss"][0], history["sparsity"][0] + history["reconstruction"][0], rtol=1e-5)
    assert "sparsity" not in make(**options).fit(squashed).history


SIGMOIDS = {"activation": "sigmoid", "initial_scale": 0.1, "learning_rate": 0.01}


@pytest.mark.parametrize(
    ("phase", "arguments"),
    [
        ("layer-1", {}),
        ("layer-3", {}),
        ("finetune", {}),
        ("stack-2", {"intermediate_finetune": "layer"}),
        ("layer-3", {"intermediate_finetune": "layer", "tied": True}),
        ("layer-2", {"kind": "rbm", "gibbs_chains": 5, **SIGMOIDS}),
        ("finetune", {"kind": "rbm", "tied": True, **SIGMOIDS}),
        ("finetune", {"sparsity": "all", "keep_in_finetune": True, **SIGMOIDS}),
    ],
)
def test_killed_in_any_stage_and_resumed(phase, arguments, squashed, tmp_path):
    class KilledError(Exception):
        pass

    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KilledError

    whole, broken, resumed = (make(**arguments) for _ in range(3))
    whole.fit(squashed)
    with pytest.raises(KilledError):
        broken.fit(
            squashed, session=Session(tmp_path, save_seconds=0.0, callbacks=lambda p, _: [Kill()] * (p == phase))
        )
    resumed.fit(squashed, session=Session(tmp_path, save_seconds=0.0))
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_bad_arguments(squashed):
    for arguments, message in (
        ({"kind": "gated"}, "`kind` must be one of"),
        ({"kind": ("plain", "plain")}, "a value for each of the 3 layers"),
        ({"kind": "rbm"}, "need activation='sigmoid'"),
        ({"kind": "rbm", "activation": "sigmoid", "sparsity": "all"}, "take no `sparsity`"),
        ({"sparsity": "all", "sparsity_kind": "kl"}, "takes sigmoid units"),
        (
            {"activation": "sigmoid", "linear_code": True, "sparsity": [False, False, True]},
            r"takes sigmoid units; use 'l1'. Received: .* for layer 3",
        ),
        ({"activation": "sigmoid", "sparsity": "all", "sparsity_target": 0.0}, "must be above 0"),
        ({"sparsity": "some"}, "`sparsity` must be one of"),
        ({"units": ()}, "the width of at least one layer"),
        ({"units": (8, 0)}, "`units` must be an integer of at least 1. Received: 0"),
        ({"contraction": -1.0}, "`contraction` must be at least 0"),
        ({"batch_size": 0}, "`batch_size` must be an integer of at least 1"),
        ({"intermediate_finetune": "always"}, "`intermediate_finetune` must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            make(**arguments)
    with pytest.raises(ValueError, match=r"values in \[0, 1\]"):
        make(activation="sigmoid").fit(squashed * 3)


@pytest.fixture
def trained(monkeypatch):
    """What stands in for the models that a stack trains takes down (class, arguments, optimiser) of each."""
    found = []

    def stand_in(name):
        class Untrained:
            def __init__(self, *layers, **arguments):
                self.arguments = arguments
                if name == "RBM":
                    self.units = layers[0]

            def fit(self, rows, optimizer, **options):
                found.append((name, self.arguments, optimizer))
                if name == "RBM":
                    self.kernel = tf.ones((rows.shape[1], self.units))
                    self.hidden_bias, self.visible_bias = tf.zeros(self.units), tf.zeros(rows.shape[1])

        return Untrained

    for name in ("ShallowAutoencoder", "RBM", "Autoencoder"):
        monkeypatch.setattr(f"tfcluster.models.stacked_autoencoder.{name}", stand_in(name))
    return found


def of_pairs(trained, name):
    return [arguments.get(name) for _, arguments, _ in trained[:-1]]


def test_denoising_layers_of_relu_have_dropout_around_the_code(squashed, trained):
    make(kind="denoising", corruption=0.3).fit(squashed)
    assert of_pairs(trained, "input_dropout") == [0.0, 0.3, 0.3]  # none on x
    assert of_pairs(trained, "code_dropout") == [0.3, 0.3, 0.0]  # none on the code
    assert of_pairs(trained, "masking") == [None] * 3
    assert of_pairs(trained, "reconstruction") == ["mse"] * 3


def test_denoising_layers_of_sigmoids_are_masked(squashed, trained):
    make(kind="denoising", activation="sigmoid", corruption=0.3).fit(squashed)
    assert of_pairs(trained, "masking") == [0.3] * 3
    assert of_pairs(trained, "input_dropout") == [None] * 3
    assert of_pairs(trained, "reconstruction") == ["cross_entropy"] * 3


def test_contraction_sparsity_and_decay_reach_their_layers(squashed, trained):
    kinds = ("contractive", "plain", "contractive")
    make(kind=kinds, activation="sigmoid", contraction=0.7, sparsity="alternate", weight_decay=0.2).fit(squashed)
    assert of_pairs(trained, "contraction") == [0.7, None, 0.7]
    assert of_pairs(trained, "sparsity") == [3.0, None, None]
    assert of_pairs(trained, "sparsity_kind") == ["kl", None, None]
    assert [arguments["weight_decay"] for _, arguments, _ in trained] == [0.2] * 4  # and the whole


def test_machines_have_their_steps_and_rates(squashed, trained):
    options = {"kind": "rbm", "activation": "sigmoid", "linear_code": True, "gibbs_steps": 4, "rbm_scale": 0.01}
    make(**options, learning_rate=0.5, weight_decay=0.2, decay_steps=None).fit(squashed)
    assert [name for name, _, _ in trained] == ["RBM"] * 3 + ["Autoencoder"]
    assert of_pairs(trained, "steps") == [4] * 3
    assert of_pairs(trained, "weight_decay") == [0.2] * 3
    rates = [float(optimizer.learning_rate) for _, _, optimizer in trained]
    np.testing.assert_allclose(rates, [0.5, 0.5, 0.005, 0.5])  # the Gaussian code slowly


@pytest.mark.parametrize(("activation", "rate"), [("relu", 0.05), ("sigmoid", 0.1)])
def test_descent_of_every_stage(activation, rate, squashed, trained):
    make(activation=activation, momentum=0.8, burn_in=7, decay_steps=100).fit(squashed)
    for _, _, optimizer in trained:
        assert isinstance(optimizer, BurnInSGD)
        assert (optimizer.momentum, optimizer.burn_in) == (0.8, 7)
        schedule = optimizer._learning_rate
        np.testing.assert_allclose([schedule(step) for step in (0, 99, 100, 200)], [rate, rate, rate / 10, rate / 100])


@pytest.mark.parametrize("kind", ["contractive", "rbm"])
def test_tied_decoders_have_the_kernels_of_the_encoder(kind, squashed, tmp_path):
    model = make(kind=kind, activation="sigmoid", tied=True, weight_decay=1e-5)
    model.fit(squashed)
    assert len(model.trainable_weights) == 9  # three kernels, six biases
    h = model.encode(squashed).numpy()
    for encoder, decoder in reversed([*zip(model.encoders, model.decoders, strict=True)]):
        assert np.abs(decoder.bias).max() > 0
        h = 1 / (1 + np.exp(-(h @ encoder.kernel.numpy().T + decoder.bias.numpy())))
    np.testing.assert_allclose(model(squashed), h, rtol=1e-4, atol=1e-6)
    mean = squashed.mean(0)
    of_the_mean = -(squashed * np.log(mean) + (1 - squashed) * np.log(1 - mean)).sum(1).mean()
    assert model.stages[-1]["reconstruction"] < 1.05 * of_the_mean
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again(squashed), model(squashed))
