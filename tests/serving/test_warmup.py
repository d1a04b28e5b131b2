import numpy as np
import tensorflow as tf

from tfcluster.serving import read_warmup, write_warmup

SIGNATURES = {
    "assign": [tf.TensorSpec((None, 3, 2), tf.uint8, name="rows")],
    "generate": [tf.TensorSpec((None,), tf.int32, name="category"), tf.TensorSpec((None, 4), name="style")],
}


def test_what_is_written_is_read(tmp_path):
    write_warmup(tmp_path, "digits", SIGNATURES, (1, 200))
    found = read_warmup(tmp_path)
    assert [name for name, _ in found] == ["assign", "assign", "generate", "generate"]
    assert found[1][1]["rows"].shape == (200, 3, 2)
    assert found[1][1]["rows"].dtype == np.uint8
    assert {name: value.shape for name, value in found[2][1].items()} == {"category": (1,), "style": (1, 4)}


def test_tensorflow_serving_reads_it(tmp_path):
    from tensorflow_serving.apis import prediction_log_pb2

    write_warmup(tmp_path, "digits", SIGNATURES, (2,))
    records = tf.data.TFRecordDataset(str(tmp_path / "assets.extra" / "tf_serving_warmup_requests"))
    logs = [prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in records]
    requests = [log.predict_log.request for log in logs]
    assert [request.model_spec.name for request in requests] == ["digits", "digits"]
    assert [request.model_spec.signature_name for request in requests] == ["assign", "generate"]
    assert set(requests[1].inputs) == {"category", "style"}
    assert tf.make_ndarray(requests[0].inputs["rows"]).shape == (2, 3, 2)
