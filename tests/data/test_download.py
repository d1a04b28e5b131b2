import functools
import hashlib
import http.server
import threading
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from tfcluster.data.download import OriginUnreachableError, download_entry, download_file, require_origin
from tfcluster.data.registry import Entry


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(tmp_path):
    """A server on loopback and the folder that it serves."""
    folder = tmp_path / "served"
    folder.mkdir()
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}", folder
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_download_checks_and_reports(server, tmp_path):
    url, folder = server
    content = bytes(range(256)) * 1000
    (folder / "file").write_bytes(content)
    seen = []
    path = download_file(
        f"{url}/file",
        tmp_path / "new" / "file",
        hashlib.sha256(content).hexdigest(),
        lambda done, total: seen.append((done, total)),
    )
    assert path.read_bytes() == content
    assert seen[-1] == (256000, 256000)


def test_wrong_checksum_keeps_nothing(server, tmp_path):
    url, folder = server
    (folder / "file").write_bytes(b"abc")
    with pytest.raises(ValueError, match="does not have the expected SHA-256"):
        download_file(f"{url}/file", tmp_path / "into" / "file", "0" * 64)
    assert list((tmp_path / "into").iterdir()) == []


def test_unreachable(server, tmp_path):
    url, _ = server
    with pytest.raises(OriginUnreachableError, match="cannot be downloaded"):
        download_file(f"{url}/missing", tmp_path / "file")
    with pytest.raises(OriginUnreachableError, match="does not answer"):
        require_origin("http://127.0.0.1:9")
    require_origin(url)


def test_zip_of_images(server, tmp_path, monkeypatch):
    url, folder = server
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with zipfile.ZipFile(folder / "coil.zip", "w") as archive:
        for thing in (10, 2):
            for view in (1, 0):
                image = np.full((4, 4, 1), 10 * thing + view, np.uint8)
                archive.writestr(f"proc/obj{thing}__{view}.png", tf.io.encode_png(image).numpy())
    entry = Entry("coil20", 4, (4, 4, 1), 2, (0.0, 255.0), ("coil20.npz",), fetch=f"{url}/coil.zip")
    other = tmp_path / "cache" / "tfcluster" / "coil20.part.npz"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"of another process")
    with np.load(download_entry(entry)) as file:
        assert file["x"][:, 0, 0, 0].tolist() == [20, 21, 100, 101]
        assert file["y"].tolist() == [1, 1, 9, 9]
    assert other.read_bytes() == b"of another process"
    assert sorted(path.name for path in other.parent.iterdir()) == ["coil20.npz", other.name, "coil20.zip"]
    wrong = Entry("coil20", 5, (4, 4, 1), 2, (0.0, 255.0), ("coil20.npz",), fetch=f"{url}/coil.zip")
    with pytest.raises(ValueError, match="another number or shape"):
        download_entry(wrong)


def test_a_transfer_that_breaks_off(tmp_path):
    class Broken(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"10\r\nabc")
            self.close_connection = True

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Broken) as httpd:
        threading.Thread(target=httpd.handle_request).start()
        with pytest.raises(OriginUnreachableError, match="cannot be downloaded"):
            download_file(f"http://127.0.0.1:{httpd.server_address[1]}/file", tmp_path / "file")
