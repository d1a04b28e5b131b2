"""`tfcluster serve`: a SavedModel over HTTP, as TF Serving's REST interface has it."""

import contextlib
import socket
import sys

from tfcluster.command_parser import CommandParser

__all__ = ["main"]


def main(arguments=None):
    """Run the command; returns the exit status: 0 stopped, 2 the request is wrong."""
    parser = CommandParser(
        prog="tfcluster serve", description="Serve a SavedModel by TF Serving's REST interface; needs the extra serve."
    )
    add = parser.add_argument
    add("directory", help="folder of the versions, as tfcluster export writes it, or of the run that holds it")
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    add("--port", type=int, default=8501, help="port (default: 8501, that of TF Serving; 0: a free one)")
    add("--max-rows", type=int, default=10_000, help="most rows in a request")
    add("--max-megabytes", type=int, default=64, help="largest body of a request")
    options = parser.parse_args(arguments)
    if not 0 <= options.port < 2**16:
        print(f"error: --port must be from 0 to {2**16 - 1}. Received: {options.port}", file=sys.stderr)
        return 2
    try:
        import uvicorn

        from tfcluster.serving.rest import ServedModel, make_application

        model = ServedModel(options.directory, options.max_rows)
        application = make_application(model, options.max_megabytes * 2**20)
        listening = _listen(options.host, options.port)
    except ImportError as error:
        print(f"error: serving needs more packages: pip install 'tfcluster[serve]' ({error})", file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    port = listening.getsockname()[1]  # a free one for 0
    print(f"http://{options.host}:{port}/v1/models/{model.name}:predict (version {model.version})", flush=True)
    with listening, contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(application, log_level="warning")).run(sockets=[listening])
    return 0


def _listen(host, port):
    """A socket at that address; an OSError says which other one to take."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address[:2], family=family)
        # Connections take it over; otherwise the end of an answer waits some 40 ms for the client's acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except (OSError, OverflowError) as error:
        raise OSError(f"cannot listen on {host}:{port} ({error}); take another --port or --host") from error
