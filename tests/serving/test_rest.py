import asyncio
import http.client
import json
import shutil
import socket

import numpy as np
import pytest
import tensorflow as tf

from tfcluster.cli import main
from tfcluster.serving import RequestError, ServedModel, make_application


@pytest.fixture(scope="module")
def served(directory):
    return ServedModel(directory, max_rows=1000)


def ask(served, **request):
    return served.predict(json.dumps(request).encode())


def test_rows_and_columns(served, model, easy_images):
    x = easy_images[0][:5]
    rows = ask(served, instances=x.tolist())["predictions"]
    assert [row["cluster"] for row in rows] == model.cluster(x).tolist()
    np.testing.assert_allclose([row["probabilities"] for row in rows], model.predict(x, verbose=0), atol=1e-6)
    named = ask(served, instances=[{"rows": row} for row in x.tolist()])
    assert named["predictions"] == rows
    columns = ask(served, inputs=x.tolist())["outputs"]
    assert columns["cluster"] == model.cluster(x).tolist()
    assert ask(served, inputs={"rows": x.tolist()})["outputs"] == columns
    one = ask(served, instances=x.tolist(), signature_name="embed")["predictions"]
    np.testing.assert_allclose(one, model.embed(x), atol=1e-5)


def test_two_inputs(served, model):
    request = [{"category": 2, "style": [0.0] * 4}, {"category": 0, "style": [1.0, 0.0, 0.0, 0.0]}]
    found = ask(served, signature_name="generate", instances=request)["predictions"]
    assert np.shape(found) == (2, 20, 20, 1)
    columns = {"category": [2, 0], "style": [row["style"] for row in request]}
    assert ask(served, signature_name="generate", inputs=columns)["outputs"] == found


ROW = np.zeros((20, 20, 1), int).tolist()
WRONG = {
    b"": "must be JSON",
    b"{": "must be JSON",
    b"\xff\xfe": "must be JSON",
    b"[" * 100_000: "must be JSON",
    b"[]": "must be an object",
    b"{}": "either 'instances'",
    b'{"instances": [], "inputs": []}': "either 'instances'",
    b'{"instances": [1], "rows": 3}': "Unknown keys ['rows']",
    b'{"instances": []}': "Received: (0,)",
    b'{"instances": 3}': "must be a list",
    b'{"instances": [1, 2]}': "shape (None, 20, 20, 1). Received: (2,)",
    b'{"instances": [[1, 2], [3]]}': "unequal shape",
    b'{"instances": [NaN]}': "must be finite",
    b'{"instances": [Infinity]}': "must be finite",
    b'{"instances": ["a"]}': "must hold numbers",
    b'{"instances": [null]}': "must hold numbers",
    b'{"instances": [{"row": 1}]}': "keys ['rows']. Received: ['row']",
    b'{"inputs": {"row": 1}}': "keys ['rows']. Received: ['row']",
    b'{"instances": [1], "signature_name": "sing"}': "known: assign, embed",
    b'{"instances": [1], "signature_name": 3}': "'signature_name' must be a text",
    json.dumps({"instances": [np.full((20, 20, 1), 256).tolist()]}).encode(): "whole numbers from 0 to 255",
    json.dumps({"instances": [np.full((20, 20, 1), 0.5).tolist()]}).encode(): "whole numbers from 0 to 255",
    json.dumps({"instances": [ROW] * 1001}).encode(): "1 to 1000 rows. Received: 1001",
    b'{"signature_name": "generate", "instances": [1]}': "keys ['category', 'style']. Received: int",
    b'{"signature_name": "generate", "inputs": {"category": [1], "style": [[0,0,0,0],[0,0,0,1]]}}': "number of rows",
    b'{"signature_name": "generate", "inputs": {"category": [1], "style": [[0,0,0,1e999]]}}': "finite",
    b'{"signature_name": "generate", "inputs": {"category": [1], "style": [[0,0,0,1e99]]}}': "finite as float32",
    b'{"signature_name": "generate", "inputs": {"category": [3], "style": [[0,0,0,0]]}}': "numbers from 0 to 2",
    b'{"signature_name": "generate", "inputs": {"category": [-3], "style": [[0,0,0,0]]}}': "numbers from 0 to 2",
}


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_wrong_requests_say_what_is_wrong(served, body):
    with pytest.raises(RequestError) as found:
        served.predict(body)
    assert WRONG[body] in str(found.value)
    assert found.value.status == 400


def test_outputs_are_finite(served, monkeypatch):
    known = served.signatures["embed"]

    def endless(rows):
        return {"embedding": tf.fill((len(rows), 4), np.inf)}

    endless.structured_input_signature = known.structured_input_signature
    monkeypatch.setitem(served.signatures, "embed", endless)
    with pytest.raises(RequestError, match="gives no finite embedding for these inputs") as found:
        ask(served, signature_name="embed", instances=[ROW])
    assert found.value.status == 400


def test_over_http(server, model, easy_images):
    connection = http.client.HTTPConnection("127.0.0.1", server)

    def get(method, path, body=None):
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    assert get("GET", "/v1/models/images") == get("GET", "/v1/models/images/versions/1")
    assert get("GET", "/v1/models/images")[1]["model_version_status"][0]["state"] == "AVAILABLE"
    signatures = get("GET", "/v1/models/images/metadata")[1]["metadata"]["signature_def"]["signature_def"]
    rows = signatures["serving_default"]["inputs"]["rows"]
    assert rows["dtype"] == "DT_UINT8"
    assert [side["size"] for side in rows["tensor_shape"]["dim"]] == ["-1", "20", "20", "1"]

    x = easy_images[0]
    body = json.dumps({"signature_name": "assign", "instances": x.tolist()})
    for path in ("/v1/models/images:predict", "/v1/models/images/versions/1:predict"):
        status, answer = get("POST", path, body)
        assert status == 200
        assert [row["cluster"] for row in answer["predictions"]] == model.cluster(x).tolist()

    assert get("POST", "/v1/models/other:predict", body)[0] == 404
    assert get("GET", "/v1/models/images/versions/7")[0] == 404
    assert get("GET", "/nowhere")[0] == 404
    assert get("GET", "/v1/models/images:predict") == (405, {"error": "images:predict takes POST. Received: GET"})
    assert get("POST", "/v1/models/images")[0] == 405
    status, answer = get("POST", "/v1/models/images:predict", b" " * (5 * 2**20))
    assert status == 413
    assert "at most" in answer["error"]
    connection.close()  # what was left of the body
    bodies = list(WRONG)
    for index in range(1000):
        wrong = bodies[index % len(bodies)]
        status, answer = get("POST", "/v1/models/images:predict", wrong)
        assert 400 <= status < 500
        assert WRONG[wrong] in answer["error"]
    assert get("POST", "/v1/models/images:predict", body)[0] == 200
    connection.close()


def test_what_goes_wrong_inside_is_json_too(served, monkeypatch):
    def fail(body):
        raise RuntimeError("no\n  memory" + 1000 * "!")

    monkeypatch.setattr(served, "predict", fail)
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/models/images:predict", "headers": [], "query_string": b""}
    with pytest.raises(RuntimeError):  # for the server's log, after the answer
        asyncio.run(make_application(served)(scope, receive, send))
    assert sent[0]["status"] == 500
    error = json.loads(sent[1]["body"])["error"]
    assert error.startswith("RuntimeError: no memory!")
    assert len(error) == 300


def test_interrupted_and_a_free_port(directory, capsys, monkeypatch):
    def interrupt(server, sockets):
        assert sockets[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)  # answers do not wait
        assert sockets[0].getsockname()[1] == int(capsys.readouterr().out.split(":")[2].partition("/")[0])
        raise KeyboardInterrupt

    monkeypatch.setattr("uvicorn.Server.run", interrupt)
    monkeypatch.setattr("uvicorn.Config", lambda application, log_level: None)  # it would set up logging
    assert main(["serve", str(directory), "--port", "0"]) == 0


def test_a_folder_without_versions_is_refused(tmp_path, capsys):
    with pytest.raises(ValueError, match="folder of versions"):
        ServedModel(tmp_path)
    assert main(["serve", str(tmp_path)]) == 2
    assert "folder of versions" in capsys.readouterr().err


def test_the_folder_of_a_run_will_do(directory, tmp_path):
    shutil.copytree(directory, tmp_path / "run" / "serving" / "mine")
    for folder in (tmp_path / "run", tmp_path / "run" / "serving", tmp_path / "run" / "serving" / "mine"):
        assert ServedModel(folder).name == "mine"
    shutil.copytree(directory, tmp_path / "run" / "serving" / "other")
    with pytest.raises(ValueError, match="A served model is a folder of versions"):  # which one?
        ServedModel(tmp_path / "run")


def test_an_address_that_is_taken(directory, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", str(directory), "--port", str(taken.getsockname()[1])]) == 2
    said = capsys.readouterr()
    assert "take another --port or --host" in said.err
    assert "http://" not in said.out
    assert main(["serve", str(directory), "--port", "99999"]) == 2
    assert "--port must be from 0 to 65535. Received: 99999" in capsys.readouterr().err
