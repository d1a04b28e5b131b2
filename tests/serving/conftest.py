import contextlib
import socket
import subprocess
import sys
import time

import keras
import pytest

from tfcluster.models import GumbelVAE


@pytest.fixture(scope="module")
def model(easy_images):
    made = GumbelVAE(3, latent_dim=4, preprocessing=keras.layers.Rescaling(1 / 255))
    made.fit(easy_images[0], epochs=1, verbose=0)
    return made


@pytest.fixture(scope="module")
def directory(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rest") / "images"
    model.export_serving(folder, warmup=())
    return folder


@pytest.fixture(scope="module")
def server(directory):
    """Port of a running `tfcluster serve`."""
    with serving(directory) as port:
        yield port


@contextlib.contextmanager
def serving(directory):
    """`tfcluster serve` of a folder of versions, at the port that this gives."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tfcluster.cli", "serve", str(directory), "--port", str(port)]
    process = subprocess.Popen([*command, "--max-rows", "1000", "--max-megabytes", "4"], stderr=subprocess.DEVNULL)
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert process.poll() is None
        time.sleep(0.1)  # until it listens
    yield port
    process.terminate()
    process.wait()
