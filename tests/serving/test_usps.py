"""A model of real images from training to a client."""

import http.client
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from tests.serving.conftest import serving
from tests.serving.test_rest import WRONG
from tfcluster.cli import main
from tfcluster.data import load
from tfcluster.experiments.run_folder import load_model

CLIENT = pathlib.Path(__file__).parents[2] / "docker" / "serving" / "client.py"


@pytest.mark.data
def test_usps_from_training_to_the_client(tmp_path):
    try:
        data = load("usps", download=False)
    except FileNotFoundError as error:
        pytest.skip(f"usps: no file ({error})")
    run = tmp_path / "run"
    assert (
        main(["run", "ddc", "--dataset", "usps", "--preset", "fast", "--output", str(run), "--export", "--quiet"]) == 0
    )
    assert (run / "report.html").stat().st_size < 10 * 2**20
    rows = np.concatenate([data.x, data.x])[:10_000]
    np.save(tmp_path / "rows.npy", rows)
    expected = load_model(run).cluster(rows)
    assert len(np.unique(expected)) > 5
    (directory,) = (run / "serving").iterdir()
    with serving(directory) as port:
        line = [sys.executable, str(CLIENT), directory.name, "rows.npy", "--url", f"http://127.0.0.1:{port}"]
        subprocess.run(line, cwd=tmp_path, check=True, capture_output=True)
        np.testing.assert_array_equal(np.load(tmp_path / "clusters.npy"), expected)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        bodies = list(WRONG)
        for index in range(1000):
            connection.request("POST", f"/v1/models/{directory.name}:predict", bodies[index % len(bodies)])
            answer = connection.getresponse()
            assert 400 <= answer.status < 500
            assert json.loads(answer.read())["error"]
        body = json.dumps({"signature_name": "assign", "instances": rows[:3].tolist()})
        connection.request("POST", f"/v1/models/{directory.name}:predict", body)
        found = json.loads(connection.getresponse().read())["predictions"]
        assert [row["cluster"] for row in found] == expected[:3].tolist()
        connection.close()
