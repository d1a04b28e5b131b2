import numpy as np
import pytest

from tfcluster.backbones import load_resnet18_weights, resnet18


def test_published_size():
    model = resnet18((64, 64, 3))
    assert model.count_params() - sum(np.prod(v.shape) for v in model.non_trainable_variables) == 11_176_512
    assert model.output_shape == (None, 512)
    assert model.get_layer("stage4").output.shape[1:] == (2, 2, 512)


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
    load_resnet18_weights(model, path)
    kernel = model.get_layer("stage3_block1_shortcut_conv").get_weights()[0]
    np.testing.assert_allclose(kernel, arrays["layer3.0.downsample.0.weight"].transpose(2, 3, 1, 0), rtol=1e-6)
    variance = model.get_layer("stage4_block2_1_norm").get_weights()[3]
    np.testing.assert_allclose(variance, arrays["layer4.1.bn1.running_var"], rtol=1e-6)
    del arrays["layer4.1.bn1.running_var"]
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=r"no array 'layer4\.1\.bn1\.running_var'"):
        load_resnet18_weights(model, path)


def test_weights_of_keras(tmp_path):
    first, second = resnet18((32, 32, 3), seed=1), resnet18((32, 32, 3), seed=2)
    first.save_weights(tmp_path / "r.weights.h5")
    load_resnet18_weights(second, tmp_path / "r.weights.h5")
    np.testing.assert_array_equal(first.get_weights()[0], second.get_weights()[0])
