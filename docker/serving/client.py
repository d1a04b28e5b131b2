"""Clusters of the rows of a .npy file from a served model, over REST or gRPC.

    python client.py ddc_uco-usps rows.npy                              # http://localhost:8501
    python client.py ddc_uco-usps rows.npy --grpc localhost:8500        # needs tensorflow-serving-api

Over REST it needs numpy alone. It works on TF Serving and on `tfcluster serve`.
"""

import argparse
import json
import time
import urllib.error
import urllib.request

import numpy as np


def main():
    """Ask for all rows and write their clusters."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="name of the model")
    parser.add_argument("rows", help=".npy file of raw rows, of the shape and dtype that the model was trained on")
    parser.add_argument("--url", default="http://localhost:8501", help="address of the REST interface")
    parser.add_argument("--grpc", metavar="HOST:PORT", help="use gRPC, which is faster for images")
    parser.add_argument("--batch", type=int, default=256, help="rows in a request")
    parser.add_argument("-o", "--output", default="clusters.npy", help=".npy file to write")
    options = parser.parse_args()
    rows = np.load(options.rows, mmap_mode="r")
    ask = grpc_asker(options) if options.grpc else rest_asker(options)
    parts = [ask(rows[start : start + options.batch]) for start in range(0, len(rows), options.batch)]
    clusters = np.concatenate(parts)
    np.save(options.output, clusters)
    print(f"{len(clusters)} rows -> {options.output}; rows in each cluster: {np.bincount(clusters).tolist()}")


def rest_asker(options):
    """Function that asks for the clusters of rows over REST, once the model is there."""
    address = f"{options.url}/v1/models/{options.model}"
    for _ in range(60):  # until the model is there
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if any(one["state"] == "AVAILABLE" for one in json.load(answer)["model_version_status"]):
                    break
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise SystemExit(f"{address}: {error.read().decode()}") from error
        except OSError:
            pass
        time.sleep(1)
    else:
        raise SystemExit(f"{address} is not there after a minute.")

    def ask(rows):
        body = json.dumps({"signature_name": "assign", "instances": rows.tolist()}).encode()
        try:
            with urllib.request.urlopen(f"{address}:predict", body, timeout=60) as answer:
                return np.array([row["cluster"] for row in json.load(answer)["predictions"]], np.int32)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{address}: {error.read().decode()}") from error

    return ask


def grpc_asker(options):
    """The same over gRPC."""
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    most = 256 * 2**20  # bytes of a message
    limits = [("grpc.max_send_message_length", most), ("grpc.max_receive_message_length", most)]
    stub = prediction_service_pb2_grpc.PredictionServiceStub(grpc.insecure_channel(options.grpc, options=limits))

    def ask(rows):
        request = predict_pb2.PredictRequest()
        request.model_spec.name = options.model
        request.model_spec.signature_name = "assign"
        request.inputs["rows"].CopyFrom(tf.make_tensor_proto(np.ascontiguousarray(rows)))
        answer = stub.Predict(request, timeout=60, wait_for_ready=True)
        return tf.make_ndarray(answer.outputs["cluster"])

    return ask


if __name__ == "__main__":
    main()
