"""TF Serving's REST interface on a SavedModel, in one process of Python."""

import json
import pathlib

import numpy as np
import tensorflow as tf

__all__ = ["RequestError", "ServedModel", "make_application"]

_LONGEST = 300  # characters of an unexpected error that a client is told


class RequestError(ValueError):
    """A request that cannot be answered; `status` is that of HTTP."""

    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status


def _versions(directory):
    return [int(path.name) for path in directory.glob("*") if path.name.isdigit() and path.is_dir()]


class ServedModel:
    """The largest version of a SavedModel, answering requests of TF Serving's REST interface.

    Args:
        directory: Folder of the versions, see `export_serving`; its name is that of the model. Or the folder of a run
            with one such folder below `serving/`, as `tfcluster export` leaves it.
        max_rows: Most rows in a request.

    Raises:
        ValueError: If there is no version.
    """

    def __init__(self, directory, max_rows=10_000):
        directory = pathlib.Path(directory)
        versions = _versions(directory)
        if not versions:
            below = [path for path in (*directory.glob("serving/*"), *directory.glob("*")) if _versions(path)]
            directory = below[0] if len(below) == 1 else directory
            versions = _versions(directory)
        if not versions:
            raise ValueError(
                f"A served model is a folder of versions: {directory}/1 and so on, as `tfcluster export` writes it. "
                f"Received: {directory}"
            )
        self.name = directory.resolve().name
        self.version = max(versions)
        self.max_rows = max_rows
        self._loaded = tf.saved_model.load(str(directory / str(self.version)))
        self.signatures = dict(self._loaded.signatures)

    def status(self):
        """What TF Serving says of a model."""
        state = {
            "version": str(self.version),
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
        return {"model_version_status": [state]}

    def metadata(self):
        """The signatures, as TF Serving gives them."""

        def tensors(specs):
            return {
                name: {
                    "dtype": _dtype_name(spec.dtype),
                    "tensor_shape": {
                        "dim": [{"size": str(-1 if side is None else side), "name": ""} for side in spec.shape],
                        "unknown_rank": False,
                    },
                }
                for name, spec in specs.items()
            }

        signatures = {
            name: {
                "inputs": tensors(function.structured_input_signature[1]),
                "outputs": tensors(function.structured_outputs),
                "method_name": "tensorflow/serving/predict",
            }
            for name, function in self.signatures.items()
        }
        return {
            "model_spec": {"name": self.name, "signature_name": "", "version": str(self.version)},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }

    def predict(self, body):
        """Answer the body of a predict request.

        Args:
            body: Bytes of JSON: `{"instances": [...]}`, a row each, or `{"inputs": ...}`, a column each; and
                `"signature_name"`, by default `serving_default`.

        Returns:
            `{"predictions": [...]}` or `{"outputs": ...}`.

        Raises:
            RequestError: For anything else, with the reason.
        """
        request = _parsed(body)
        name = request.get("signature_name", "serving_default")
        if name not in self.signatures:
            raise RequestError(f"Unknown signature {name!r}; known: {', '.join(sorted(self.signatures))}")
        function = self.signatures[name]
        specs = function.structured_input_signature[1]
        by_row = "instances" in request
        columns = _columns(request["instances"], specs) if by_row else _inputs(request["inputs"], specs)
        arrays = {key: _array(columns[key], key, spec) for key, spec in specs.items()}
        rows = {key: len(array) for key, array in arrays.items()}
        if len(set(rows.values())) > 1:
            raise RequestError(f"All inputs must have one number of rows. Received: {rows}")
        count = next(iter(rows.values()))
        if not 0 < count <= self.max_rows:
            raise RequestError(f"A request takes 1 to {self.max_rows} rows. Received: {count}")
        self._check_category(arrays.get("category"))
        found = function(**{key: tf.constant(array) for key, array in arrays.items()})
        found = {key: value.numpy() for key, value in found.items()}
        endless = [key for key, array in found.items() if not np.isfinite(array).all()]
        if endless:
            raise RequestError(
                f"The model gives no finite {' and '.join(endless)} for these inputs: they are too large, or far from "
                "what it was trained on."
            )
        found = {key: array.tolist() for key, array in found.items()}
        if not by_row:
            return {"outputs": found if len(found) > 1 else next(iter(found.values()))}
        if len(found) == 1:
            return {"predictions": next(iter(found.values()))}
        return {"predictions": [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]}

    def _check_category(self, categories):
        """Refuse categories that the model does not have, as far as a signature says how many there are."""
        assigned = self.signatures.get("assign")
        count = assigned.structured_outputs["probabilities"].shape[-1] if assigned is not None else None
        if categories is None or count is None:
            return
        if not ((categories >= 0) & (categories < count)).all():
            raise RequestError(f"'category' must hold whole numbers from 0 to {count - 1}.")


def _dtype_name(dtype):
    from tensorflow.core.framework import types_pb2

    return types_pb2.DataType.Name(tf.dtypes.as_dtype(dtype).as_datatype_enum)


def _parsed(body):
    def refuse(constant):
        raise RequestError(f"Numbers must be finite. Received: {constant}")

    try:
        request = json.loads(body, parse_constant=refuse)
    except RequestError:
        raise
    except (ValueError, RecursionError) as error:
        raise RequestError(f"The body must be JSON: {error}") from error
    if not isinstance(request, dict) or len({"instances", "inputs"} & set(request)) != 1:
        raise RequestError("The body must be an object with either 'instances' (rows) or 'inputs' (columns).")
    unknown = set(request) - {"instances", "inputs", "signature_name"}
    if unknown:
        raise RequestError(f"Unknown keys {sorted(unknown)}; known: instances, inputs, signature_name")
    if not isinstance(request.get("signature_name", ""), str):
        raise RequestError("'signature_name' must be a text.")
    return request


def _columns(instances, specs):
    """Columns by name from rows, which are objects, or values if there is one input."""
    if not isinstance(instances, list):
        raise RequestError("'instances' must be a list of rows.")
    if len(specs) == 1 and not any(isinstance(row, dict) for row in instances):
        return {next(iter(specs)): instances}
    for index, row in enumerate(instances):
        if not isinstance(row, dict) or set(row) != set(specs):
            received = sorted(row) if isinstance(row, dict) else type(row).__name__
            raise RequestError(f"Row {index} must be an object with the keys {sorted(specs)}. Received: {received}")
    return {key: [row[key] for row in instances] for key in specs}


def _inputs(inputs, specs):
    """Columns by name, or the only column itself."""
    if len(specs) == 1 and not isinstance(inputs, dict):
        return {next(iter(specs)): inputs}
    if not isinstance(inputs, dict) or set(inputs) != set(specs):
        received = sorted(inputs) if isinstance(inputs, dict) else type(inputs).__name__
        raise RequestError(f"'inputs' must be an object with the keys {sorted(specs)}. Received: {received}")
    return inputs


def _array(values, key, spec):
    """An input as an array of the signature's shape and dtype, every value of which it holds."""
    shape, dtype = tuple(spec.shape), np.dtype(spec.dtype.as_numpy_dtype)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise RequestError(f"{key!r} must be an array of shape {shape}. Received: rows of unequal shape") from error
    if array.dtype.kind not in "iuf" and array.size:
        raise RequestError(f"{key!r} must hold numbers. Received: {array.dtype.name}")
    if array.ndim != len(shape) or any(
        side not in (None, found) for side, found in zip(shape, array.shape, strict=True)
    ):
        raise RequestError(f"{key!r} must be an array of shape {shape}. Received: {array.shape}")
    if dtype.kind in "iu":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        if not ((array >= low) & (array <= high) & (array == np.floor(array))).all():
            raise RequestError(f"{key!r} must hold whole numbers from {low} to {high}.")
        return array.astype(dtype)
    with np.errstate(over="ignore"):
        array = array.astype(dtype)
    if not np.isfinite(array).all():
        raise RequestError(f"{key!r} must hold numbers that are finite as {dtype.name}.")
    return array


def make_application(model, max_bytes=64 * 2**20):
    """The ASGI application of a `ServedModel`; needs the extra `serve`.

    Args:
        model: The `ServedModel`.
        max_bytes: Largest body of a request.

    Returns:
        A Starlette application: `GET /v1/models/NAME`, `GET /v1/models/NAME/metadata`,
        `POST /v1/models/NAME:predict`, each with `/versions/N` after the name if wanted.
    """
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    def check(request):
        name, version = request.path_params["name"], request.path_params.get("version", model.version)
        if name.endswith(":predict"):  # the path of another method
            raise RequestError(f"{name} takes POST. Received: {request.method}", 405)
        if (name, version) != (model.name, model.version):
            raise RequestError(
                f"Servable not found: {name}, version {version}; known: {model.name}, {model.version}", 404
            )

    async def predict(request):
        check(request)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                raise RequestError(f"The body must have at most {max_bytes} bytes.", 413)
        return JSONResponse(await run_in_threadpool(model.predict, bytes(body)))

    async def status(request):
        check(request)
        return JSONResponse(model.status())

    async def metadata(request):
        check(request)
        return JSONResponse(model.metadata())

    async def refuse(request, error):
        return JSONResponse({"error": str(error)}, error.status)

    async def refuse_http(request, error):
        return JSONResponse({"error": f"{request.method} {request.url.path}: {error.detail}"}, error.status_code)

    async def fail(request, error):
        """Starlette raises the error again behind this answer, for the server to log."""
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:_LONGEST]
        return JSONResponse({"error": reason}, 500)

    routes = [
        Route(f"/v1/models/{{name}}{version}{path}", endpoint, methods=[method])
        for version in ("/versions/{version:int}", "")
        for path, endpoint, method in (
            (":predict", predict, "POST"),
            ("/metadata", metadata, "GET"),
            ("", status, "GET"),
        )
    ]
    return Starlette(
        routes=routes, exception_handlers={RequestError: refuse, HTTPException: refuse_http, Exception: fail}
    )
