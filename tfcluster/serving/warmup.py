"""Requests that a server runs before it takes others."""

import pathlib

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

__all__ = ["read_warmup", "write_warmup"]

_FILE = pathlib.Path("assets.extra") / "tf_serving_warmup_requests"
# Numbers of the fields of TF Serving's messages, see its prediction_log.proto, predict.proto and model.proto.
_LOG_PREDICT, _PREDICT_REQUEST, _REQUEST_MODEL, _REQUEST_INPUTS = 6, 1, 1, 2
_MODEL_NAME, _MODEL_SIGNATURE, _KEY, _VALUE = 1, 3, 1, 2


def write_warmup(version, model_name, signatures, sizes):
    """Write a request of each size for each signature, rows of zeros, into a version of a SavedModel.

    The file is what TF Serving looks for: a TFRecord of `PredictionLog` messages.

    Args:
        version: Folder of the SavedModel.
        model_name: The name it is served under.
        signatures: Dict from signatures to lists of `tf.TensorSpec`, whose first dimension is that of the rows.
        sizes: Numbers of rows.
    """
    path = pathlib.Path(version) / _FILE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, inputs in signatures.items():
            for size in sizes:
                model = _field(_MODEL_NAME, model_name.encode()) + _field(_MODEL_SIGNATURE, name.encode())
                request = _field(_REQUEST_MODEL, model)
                for spec in inputs:
                    zeros = tf.make_tensor_proto(np.zeros((size, *spec.shape[1:]), spec.dtype.as_numpy_dtype))
                    entry = _field(_KEY, spec.name.encode()) + _field(_VALUE, zeros.SerializeToString())
                    request += _field(_REQUEST_INPUTS, entry)
                writer.write(_field(_LOG_PREDICT, _field(_PREDICT_REQUEST, request)))


def read_warmup(version):
    """The requests of a version, each a pair of the signature and a dict of arrays."""
    found = []
    for record in tf.data.TFRecordDataset(str(pathlib.Path(version) / _FILE)):
        request = _fields(_fields(_fields(record.numpy())[_LOG_PREDICT][0])[_PREDICT_REQUEST][0])
        inputs = {}
        for entry in map(_fields, request[_REQUEST_INPUTS]):
            tensor = tf.make_ndarray(tensor_pb2.TensorProto.FromString(entry[_VALUE][0]))
            inputs[entry[_KEY][0].decode()] = tensor
        found.append((_fields(request[_REQUEST_MODEL][0])[_MODEL_SIGNATURE][0].decode(), inputs))
    return found


def _field(number, content):
    """A field of bytes in protocol buffers' wire format."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value):
    found = b""
    while value > 127:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def _fields(message):
    """The fields of bytes of a message: lists by number."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        number, length = varint() >> 3, varint()
        found.setdefault(number, []).append(message[at : at + length])
        at += length
    return found
