import keras
import numpy as np
import pytest

from tfcluster.layers import RandomAffine
from tfcluster.models import DEC, IDEC, AEKMeans, StackedAutoencoder
from tfcluster.training import PretrainedWeights, Session


def test_methods_with_one_encoder_share_its_weights(easy_rows, tmp_path):
    x = easy_rows[0]
    session = Session(pretrained=PretrainedWeights(tmp_path))
    first, second = DEC(3, pretrain_epochs=2), IDEC(3, pretrain_epochs=2)
    assert first.pretrain(x, session) is not None
    assert second.pretrain(x, session) is None  # taken, not trained
    np.testing.assert_array_equal(first.embed(x), second.embed(x))
    assert DEC(3, pretrain_epochs=3).pretrain(x, session) is not None
    assert DEC(3, pretrain_epochs=2, seed=1).pretrain(x, session) is not None
    assert DEC(3, pretrain_epochs=2).pretrain(x + 1, session) is not None
    assert len(list(tmp_path.iterdir())) == 4


def test_a_run_with_shared_weights_is_the_same_as_one_that_trained_them(easy_images, tmp_path):
    x = easy_images[0][:120] / 255.0
    fitted = []
    for _ in range(2):
        model = DEC(3, augmentation=RandomAffine(), pretrain_epochs=2)
        model.fit(x, epochs=2, batch_size=60, verbose=0, session=Session(pretrained=PretrainedWeights(tmp_path)))
        fitted.append(model.get_weights())
    for a, b in zip(*fitted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_greedy_pretraining_comes_out_in_the_encoder(easy_rows):
    x = easy_rows[0]
    options = {"pretraining": "greedy"}
    model = IDEC(3, pretrain_epochs=2, **options)
    model.build((None, 8))
    before = model.encoder.get_weights()
    model.pretrain(x)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, model.encoder.get_weights(), strict=True))
    stack = StackedAutoencoder(layer_epochs=2, finetune_epochs=4)  # the same training on its own
    stack.fit(x)
    outputs = model.training_outputs(x, training=False)
    np.testing.assert_allclose(outputs["reconstruction"], stack(x), rtol=1e-5, atol=1e-5)


def test_greedy_needs_the_mlp():
    with pytest.raises(ValueError, match="needs backbone='mlp'"):
        DEC(3, backbone="cnn_small", pretraining="greedy")


def test_decoder_is_saved_only_where_it_is_trained_on():
    dropped, kept = DEC(3), IDEC(3)
    for model in (dropped, kept):
        model.build((None, 8))
    assert dropped.decoder is None
    assert kept.count_params() > 1.9 * dropped.count_params()


def test_initial_weights_of_dec_keras():
    model = DEC(3, initializer="fan_in")
    model.build((None, 100))
    expand = model.make_decoder().get_layer("expand")
    for layer, fan_in in ((model.encoder.get_layer("dense_1"), 100), (model.embedding, 2000), (expand, 10)):
        limit = fan_in**-0.5
        assert 0.95 * limit < np.abs(layer.kernel.numpy()).max() <= limit, layer.name
    with pytest.raises(ValueError, match="`initializer` must be one of"):
        DEC(3, initializer="zeros").build((None, 8))


def test_a_backbone_of_keras_layers_pretrains(easy_rows):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6, "relu")])
    model = DEC(3, backbone=encoder, embedding_dim=4, pretrain_epochs=3)
    history = model.pretrain(easy_rows[0]).history
    assert history["loss"][-1] < history["loss"][0]
    assert model.embed(easy_rows[0]).shape == (300, 4)


def test_weights_of_a_users_backbone_are_a_fact():
    def facts(seed):
        first = keras.initializers.GlorotUniform(seed)
        backbone = keras.Sequential([keras.Input((8,), name="rows"), keras.layers.Dense(5, name="dense")], name="own")
        backbone.layers[0].set_weights([first((8, 5)), np.zeros(5)])
        model = AEKMeans(3, backbone=backbone)
        model.build((None, 8))
        return model.pretraining_facts()

    assert facts(1) == facts(1) != facts(2)


@pytest.mark.parametrize("name", ["preprocessing", "augmentation"])
def test_weights_of_users_layers_are_a_fact(name):
    facts = []
    for scale in (1.0, 1.0, 2.0):
        layer = keras.layers.Normalization()
        layer.adapt(scale * np.arange(16.0, dtype=np.float32).reshape(2, 8))
        model = DEC(3, **{name: layer})
        model.build((None, 8))
        facts.append(model.pretraining_facts())
    assert facts[0][f"{name}_weights"] == facts[1][f"{name}_weights"] != facts[2][f"{name}_weights"]


def test_a_worker_without_the_file_does_as_the_first(easy_rows, tmp_path, monkeypatch):
    model = DEC(3, pretrain_epochs=1)
    monkeypatch.setattr(model, "of_first_worker", lambda value: 1)  # the first has the file
    assert model.pretrain(easy_rows[0], Session(pretrained=PretrainedWeights(tmp_path))) is None
    assert list(tmp_path.iterdir()) == []
