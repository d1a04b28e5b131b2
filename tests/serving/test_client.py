"""The client of docker/serving, against `tfcluster serve` and against a gRPC server that runs the same SavedModel."""

import pathlib
import subprocess
import sys
from concurrent import futures

import numpy as np
import pytest
import tensorflow as tf

CLIENT = pathlib.Path(__file__).parents[2] / "docker" / "serving" / "client.py"


@pytest.fixture
def rows(easy_images):
    return np.tile(easy_images[0], (34, 1, 1, 1))[:10_000]


def run(folder, rows, *options):
    np.save(folder / "rows.npy", rows)
    command = [sys.executable, str(CLIENT), "images", "rows.npy", "-o", "clusters.npy", "--batch", "500", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done, np.load(folder / "clusters.npy") if done.returncode == 0 else None


@pytest.mark.long
def test_ten_thousand_rows_over_http(server, model, rows, tmp_path):
    done, clusters = run(tmp_path, rows, "--url", f"http://127.0.0.1:{server}")
    np.testing.assert_array_equal(clusters, model.cluster(rows))
    assert "10000 rows" in done.stdout
    done, _ = run(tmp_path, rows[:, :5], "--url", f"http://127.0.0.1:{server}")
    assert done.returncode == 1
    assert "must be an array of shape" in done.stderr


def test_over_grpc(directory, model, rows, tmp_path):
    import grpc
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    signatures = tf.saved_model.load(str(directory / "1")).signatures

    class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):  # noqa: N802
            assert request.model_spec.name == "images"
            inputs = {name: tf.constant(tf.make_ndarray(proto)) for name, proto in request.inputs.items()}
            answer = predict_pb2.PredictResponse()
            for name, value in signatures[request.model_spec.signature_name](**inputs).items():
                answer.outputs[name].CopyFrom(tf.make_tensor_proto(value.numpy()))
            return answer

    served = grpc.server(futures.ThreadPoolExecutor(1))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Service(), served)
    port = served.add_insecure_port("127.0.0.1:0")
    served.start()
    try:
        done, clusters = run(tmp_path, rows[:1200], "--grpc", f"127.0.0.1:{port}")
        assert done.returncode == 0, done.stderr
        np.testing.assert_array_equal(clusters, model.cluster(rows[:1200]))
    finally:
        served.stop(None)
