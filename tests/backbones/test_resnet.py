import numpy as np
import pytest

from tfcluster.backbones import load_resnet_weights, resnet18, resnet50


def test_published_size():
    model = resnet18((64, 64, 3))
    assert model.count_params() - sum(np.prod(v.shape) for v in model.non_trainable_variables) == 11_176_512
    assert model.output_shape == (None, 512)
    assert model.get_layer("stage4").output.shape[1:] == (2, 2, 512)


def test_published_size_of_50_layers():
    model = resnet50((64, 64, 3))
    trained = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert trained == 25_557_032 - 2_049_000  # without its classifier of 1000 classes
    assert model.output_shape == (None, 2048)
    assert model.get_layer("stage1").output.shape[1:] == (16, 16, 256)
    assert model.get_layer("stage4").output.shape[1:] == (2, 2, 2048)
    assert sum(layer.name.endswith("_shortcut_conv") for layer in model.layers) == 4


def test_cifar_stem_keeps_the_side():
    model = resnet18((32, 32, 3), stem="cifar")
    assert model.get_layer("stage1").output.shape[1:] == (32, 32, 64)
    assert model.get_layer("stage4").output.shape[1:] == (4, 4, 512)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`stem` must be one of"):
        resnet18((32, 32, 3), stem="none")
    with pytest.raises(ValueError, match="takes images"):
        resnet18((32,))


def test_torchvision_arrays_go_where_they_belong(tmp_path, rng):
    model = resnet18((32, 32, 3))
    path = tmp_path / "weights.npz"
    arrays = {"conv1.weight": rng.normal(size=(64, 3, 7, 7)), "fc.weight": rng.normal(size=(1000, 512))}
    norms = {"bn1": 64}
    widths = [64, 64, 128, 256, 512]
    for stage in (1, 2, 3, 4):
        for block in (0, 1):
            first = widths[stage - 1] if block == 0 else widths[stage]
            prefix = f"layer{stage}.{block}"
            arrays[f"{prefix}.conv1.weight"] = rng.normal(size=(widths[stage], first, 3, 3))
            arrays[f"{prefix}.conv2.weight"] = rng.normal(size=(widths[stage], widths[stage], 3, 3))
            norms |= {f"{prefix}.bn1": widths[stage], f"{prefix}.bn2": widths[stage]}
            if first != widths[stage]:
                arrays[f"{prefix}.downsample.0.weight"] = rng.normal(size=(widths[stage], first, 1, 1))
                norms[f"{prefix}.downsample.1"] = widths[stage]
    for name, width in norms.items():
        arrays |= {
            f"{name}.{part}": rng.uniform(size=width) for part in ("weight", "bias", "running_mean", "running_var")
        }
    np.savez(path, **arrays)
    load_resnet_weights(model, path)
    kernel = model.get_layer("stage3_block1_shortcut_conv").get_weights()[0]
    np.testing.assert_allclose(kernel, arrays["layer3.0.downsample.0.weight"].transpose(2, 3, 1, 0), rtol=1e-6)
    variance = model.get_layer("stage4_block2_1_norm").get_weights()[3]
    np.testing.assert_allclose(variance, arrays["layer4.1.bn1.running_var"], rtol=1e-6)
    del arrays["layer4.1.bn1.running_var"]
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=r"no array 'layer4\.1\.bn1\.running_var'"):
        load_resnet_weights(model, path)


def test_weights_of_keras(tmp_path):
    first, second = resnet18((32, 32, 3), seed=1), resnet18((32, 32, 3), seed=2)
    first.save_weights(tmp_path / "r.weights.h5")
    load_resnet_weights(second, tmp_path / "r.weights.h5")
    np.testing.assert_array_equal(first.get_weights()[0], second.get_weights()[0])


def test_names_of_torchvision_for_bottlenecks(tmp_path):
    model = resnet50((32, 32, 3))
    arrays = {}
    for layer in model.layers:
        if layer.weights:
            place, kind = layer.name.rsplit("_", 1)
            parts = place.split("_")
            if place == "stem":
                prefix = {"conv": "conv1", "norm": "bn1"}[kind]
            elif parts[-1] == "shortcut":
                prefix = f"layer{place[5]}.{int(parts[1][5:]) - 1}.downsample.{'0' if kind == 'conv' else '1'}"
            else:
                prefix = f"layer{place[5]}.{int(parts[1][5:]) - 1}.{'conv' if kind == 'conv' else 'bn'}{parts[-1]}"
            names = ("weight",) if kind == "conv" else ("weight", "bias", "running_mean", "running_var")
            for name, weight in zip(names, layer.get_weights(), strict=True):
                arrays[f"{prefix}.{name}"] = weight.transpose(3, 2, 0, 1) if weight.ndim == 4 else weight
    assert arrays["layer1.0.downsample.0.weight"].shape == (256, 64, 1, 1)
    assert len(arrays) == 53 * 5
    assert arrays["layer3.5.conv3.weight"].shape == (1024, 256, 1, 1)
    np.savez(tmp_path / "r.npz", **arrays)
    other = resnet50((32, 32, 3), seed=5)
    load_resnet_weights(other, tmp_path / "r.npz")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
