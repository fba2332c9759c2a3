"""Many clients of `graphql-transport-ws`, each on a socket of its own, in one thread of this process.

When a message arrived is told by the kernel (SO_TIMESTAMPNS): the moment it lay in the client's socket, whenever this
process finds the time to read it. So many clients on the server's own machine would otherwise mostly measure themselves.
They take their share of its processors all the same.
"""

import json
import resource
import select
import socket
import struct
import time
from collections import Counter, namedtuple

SO_TIMESTAMPNS = 35
STAMP = struct.Struct("qq")
TEXT, CLOSE, PING = 1, 8, 9
PONG = bytes([0x8A, 0x80, 0, 0, 0, 0])

Heard = namedtuple("Heard", "client at_ns text")


class Crowd:
    """Clients that all watch the same. What they hear is kept, each text once, until it is taken."""

    def __init__(self, server, number, query, variables):
        self.server, self.number = server, number
        init = {"type": "connection_init", "payload": {"authorization": f"Bearer {server.token}"}}
        subscribe = {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}}
        self._init, self._subscribe = frame(init), frame(subscribe)
        self._epoll = select.epoll()
        self._clients = {}
        self._texts = {}
        self._times = Counter()
        self._heard = []

    def __enter__(self):
        for _ in range(self.number):
            client = Client(self._open())
            self._clients[client.socket.fileno()] = client
            self._epoll.register(client.socket, select.EPOLLIN)
            self.listen(0)
        return self

    def __exit__(self, *_):
        for client in self._clients.values():
            client.socket.close()
        self._epoll.close()

    def listen(self, seconds):
        """Hear what comes, and answer pings, for so long."""
        until = time.monotonic() + seconds
        while True:
            ready = self._epoll.poll(max(0.0, until - time.monotonic()), self.number)
            for number, _ in ready:
                self._read(self._clients[number])
            if time.monotonic() >= until:
                return

    def listen_until(self, is_so, seconds, what, every=0.02):
        """Hear what comes until something is so, which is looked at every so often."""
        until = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > until:
                raise SystemExit(f"waited {seconds} s for subscribers {what}")
            self.listen(every)

    def take(self):
        """What was heard since the last time, in the order each client heard it."""
        taken, self._heard = self._heard, []
        return taken

    def count(self):
        """How much was heard since it was last taken."""
        return len(self._heard)

    def times(self, text):
        """How often a text was heard, ever."""
        return self._times[text]

    def _open(self):
        """A socket that is signed in and has asked."""
        opened = socket.create_connection(("127.0.0.1", self.server.port), timeout=60)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(upgrade(self.server.port))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += opened.recv(1)
        if not head.startswith(b"HTTP/1.1 101"):
            raise SystemExit(f"a socket was refused: {head.decode()}")
        opened.sendall(self._init)
        acknowledged = opened.recv(4096)
        if b"connection_ack" not in acknowledged:
            raise SystemExit(f"a client was not let in: {acknowledged}")
        opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        opened.sendall(self._subscribe)
        opened.setblocking(False)
        return opened

    def _read(self, client):
        data, told, _, _ = client.socket.recvmsg(8192, 64)
        if not data:
            raise SystemExit(f"the server cut a subscriber off: see {self.server.log}")
        seconds, nanoseconds = STAMP.unpack(told[0][2])
        at_ns = seconds * 1_000_000_000 + nanoseconds
        for kind, text in client.messages(data):
            if kind == TEXT:
                text = self._texts.setdefault(text, text)
                self._times[text] += 1
                self._heard.append(Heard(client, at_ns, text))
            elif kind == PING:
                client.socket.sendall(PONG)
            elif kind == CLOSE:
                raise SystemExit(f"the server closed a subscriber: {text[2:].decode()}")


class Client:
    """One socket, and what of a message has come."""

    __slots__ = ("socket", "rest")

    def __init__(self, opened):
        self.socket, self.rest = opened, b""

    def messages(self, data):
        """The kind and the content of each whole message."""
        data, found, at = self.rest + data, [], 0
        while len(data) - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif length == 127:
                length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            if start + length > len(data):
                break
            found.append((data[at] & 15, data[start : start + length]))
            at = start + length
        self.rest = data[at:]
        return found


def upgrade(port):
    """The request for a socket."""
    lines = [
        "GET /graphql/ws HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: graphql-transport-ws", "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def frame(message):
    """A text message of a client. It has to be masked; a mask of zeros leaves it as it is."""
    text = json.dumps(message).encode()
    length = bytes([0x80 | len(text)]) if len(text) < 126 else bytes([0x80 | 126]) + len(text).to_bytes(2, "big")
    return b"\x81" + length + b"\0\0\0\0" + text


def allow_files(number):
    """Sockets are files, of which a process may have few: for this one and the servers it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        raise SystemExit(f"{number:,} open files are needed; this process may have {hard:,} (ulimit -Hn)")
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


def processor_seconds(pid):
    """What a process has used, ended threads included, to the nanosecond: the clock of another process."""
    return time.clock_gettime((~pid << 3) | 2)
