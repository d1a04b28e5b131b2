import json
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tfcluster.models import DEC, GumbelVAE, VaDE
from tfcluster.serving import serving_signatures


@pytest.fixture(scope="module")
def model(easy_images):
    x, _ = easy_images
    made = DEC(3, pretrain_epochs=2, preprocessing=keras.layers.Rescaling(1 / 127.5, -1.0))
    made.fit(x, epochs=1, verbose=0)
    return made


@pytest.fixture(scope="module")
def version(model, tmp_path_factory):
    return model.export_serving(tmp_path_factory.mktemp("models") / "images")


def test_versions_count_up_and_nothing_else_is_left(model, tmp_path):
    assert [model.export_serving(tmp_path, warmup=()).name for _ in range(2)] == ["1", "2"]
    (tmp_path / "9").mkdir()
    assert model.export_serving(tmp_path, warmup=()).name == "10"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "10", "2", "9"]


def test_a_failed_export_leaves_nothing(model, tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("tfcluster.serving.export.write_warmup", fail)
    with pytest.raises(OSError, match="disk full"):
        model.export_serving(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_was_not_built_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not been built"):
        DEC(3).export_serving(tmp_path)


def test_rows_have_the_dtype_of_training(model, easy_images, tmp_path):
    assert serving_signatures(model)["assign"][1][0].dtype == tf.uint8
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert serving_signatures(again)["assign"][1][0].dtype == tf.uint8
    floats = DEC(3, pretrain_epochs=1)
    floats.fit(easy_images[0] / 255.0, epochs=1, verbose=0)
    assert serving_signatures(floats)["assign"][1][0].dtype == tf.float32


def test_a_process_with_tensorflow_alone_serves_it(version, model, easy_images, tmp_path):
    np.save(tmp_path / "x.npy", easy_images[0])
    code = f"""
import sys
sys.path = [path for path in sys.path if path]
import numpy as np, tensorflow as tf
x = np.load({str(tmp_path / "x.npy")!r})
served = tf.saved_model.load({str(version)!r})
found = served.signatures["assign"](rows=tf.constant(x))["cluster"].numpy()
assert "tfcluster" not in sys.modules
np.save({str(tmp_path / "found.npy")!r}, found)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "found.npy"), model.cluster(easy_images[0]))


def test_what_is_drawn_follows_from_means(easy_images, tmp_path):
    x, _ = easy_images
    for cls in (GumbelVAE, VaDE):
        options = {"latent_dim": 5} if cls is GumbelVAE else {"pretrain_epochs": 2}
        model = cls(3, likelihood="mse", preprocessing=keras.layers.Rescaling(1 / 255), **options)
        model.fit(x, epochs=1, verbose=0)
        served = tf.saved_model.load(str(model.export_serving(tmp_path / cls.__name__))).signatures
        first, second = (served["reconstruct"](rows=tf.constant(x[:4]))["reconstruction"] for _ in range(2))
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(first, model.reconstruct(x[:4]), atol=1e-5)
        style = np.random.default_rng(0).normal(size=(4, model.latent_dim)).astype(np.float32)
        drawn = served["generate"](category=tf.constant([0, 1, 2, 0]), style=tf.constant(style))["generated"]
        categories = tf.constant(np.eye(3, dtype=np.float32)[[0, 1, 2, 0]])
        np.testing.assert_allclose(drawn, model.decode(categories, tf.constant(style)), atol=1e-5)


def test_lite(version, model, easy_images):
    x = easy_images[0][:7]
    lite = tf.lite.TFLiteConverter.from_saved_model(str(version), signature_keys=["serving_default"]).convert()
    with pytest.warns(UserWarning, match="deprecated"):
        interpreter = tf.lite.Interpreter(model_content=lite)
    found = interpreter.get_signature_runner("serving_default")(rows=x)
    np.testing.assert_array_equal(found["cluster"], model.cluster(x))
    np.testing.assert_allclose(found["probabilities"], model.predict(x, verbose=0), atol=1e-5)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")
def test_the_loader_of_tensorflow_in_c(version, model, easy_images, tmp_path):
    x = easy_images[0][:5]
    signature = signature_of(version, "assign")
    names = [signature.outputs["cluster"].name, signature.inputs["rows"].name]
    source = tmp_path / "serve.c"
    source.write_text(C_PROGRAM)
    folder = tf.sysconfig.get_lib()
    program = tmp_path / "serve"
    libraries = [f"{folder}/libtensorflow_cc.so.2", f"{folder}/libtensorflow_framework.so.2"]
    command = ["gcc", "-o", program, source, f"-I{tf.sysconfig.get_include()}", *libraries, f"-Wl,-rpath,{folder}"]
    subprocess.run(command, check=True, capture_output=True)
    (tmp_path / "x.bin").write_bytes(x.tobytes())
    arguments = [program, version, *(part for name in names for part in name.split(":")), tmp_path / "x.bin"]
    shape = [str(side) for side in x.shape]
    run = subprocess.run([*arguments, *shape], check=True, capture_output=True, text=True)
    assert json.loads(run.stdout) == model.cluster(x).tolist()


def signature_of(version, signature):
    saved = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    return saved.meta_graphs[0].signature_def[signature]


# serve FOLDER OUTPUT INDEX INPUT INDEX FILE SHAPE...: clusters of rows of bytes, as JSON
C_PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "tensorflow/c/c_api.h"

int main(int argc, char **argv) {
  TF_Status *status = TF_NewStatus();
  TF_Graph *graph = TF_NewGraph();
  const char *tags[] = {"serve"};
  TF_Session *session =
      TF_LoadSessionFromSavedModel(TF_NewSessionOptions(), NULL, argv[1], tags, 1, graph, NULL, status);
  if (TF_GetCode(status) != TF_OK) { fprintf(stderr, "%s\n", TF_Message(status)); return 1; }
  int64_t shape[8], count = 1;
  int rank = argc - 7;
  for (int i = 0; i < rank; i++) count *= shape[i] = atoi(argv[7 + i]);
  TF_Tensor *rows = TF_AllocateTensor(TF_UINT8, shape, rank, count), *clusters = NULL;
  FILE *file = fopen(argv[6], "rb");
  if (fread(TF_TensorData(rows), 1, count, file) != (size_t)count) return 1;
  TF_Output output = {TF_GraphOperationByName(graph, argv[2]), atoi(argv[3])};
  TF_Output input = {TF_GraphOperationByName(graph, argv[4]), atoi(argv[5])};
  TF_SessionRun(session, NULL, &input, &rows, 1, &output, &clusters, 1, NULL, 0, NULL, status);
  if (TF_GetCode(status) != TF_OK) { fprintf(stderr, "%s\n", TF_Message(status)); return 1; }
  int32_t *found = TF_TensorData(clusters);
  for (int64_t i = 0; i < shape[0]; i++) printf("%s%d", i ? ", " : "[", found[i]);
  printf("]\n");
  return 0;
}
"""
