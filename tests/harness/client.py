"""Requests as WeCom sends them, and odd ones: over TCP with http.client, or byte by byte over a raw socket.

Never retries and never follows a redirect: a test wants to see the first answer.
"""

import http.client
import socket
from dataclasses import dataclass, field


@dataclass
class Answer:
    """status 0: the connection was closed without an answer."""

    status: int
    body: bytes = b""
    headers: dict = field(default_factory=dict)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


def request(port, method, target, body=None, headers=None, timeout=15, host="127.0.0.1"):
    """One request on its own connection.  body: bytes, str, or an iterable of bytes (then chunked)."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        data = body.encode() if isinstance(body, str) else body
        is_chunked = data is not None and not isinstance(data, (bytes, bytearray))
        connection.request(method, target, data, {"Content-Type": "text/xml", **(headers or {})},
                           encode_chunked=is_chunked)
        return _answer(connection)
    except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
        return Answer(0)
    finally:
        connection.close()


def _answer(connection):
    found = connection.getresponse()
    return Answer(found.status, found.read(), {name.lower(): value for name, value in found.getheaders()})


def open_socket(port, timeout=15, host="127.0.0.1"):
    """A connected socket to write any bytes to; the caller closes it."""
    return socket.create_connection((host, port), timeout)


def read_answer(connection):
    """The answer on a raw socket; status 0 when there is none."""
    found = http.client.HTTPResponse(connection)
    try:
        found.begin()
        return Answer(found.status, found.read(), {name.lower(): value for name, value in found.getheaders()})
    except (http.client.HTTPException, ConnectionError):
        return Answer(0)
    finally:
        found.close()


def raw_request(port, data, timeout=15, finish=False):
    """Send exactly these bytes (finish: then close our writing side) and read one answer."""
    with open_socket(port, timeout) as connection:
        try:
            connection.sendall(data)
            if finish:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_answer(connection)


def unix_request(path, data, timeout=15):
    """Bytes to a Unix socket and everything that comes back until it closes (FastCGI by hand)."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        connection.sendall(data)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)
