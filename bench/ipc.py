"""A client of ipc.sock, see docs/protocol.md. Many deploys in flight on one connection."""

import json
import socket
import struct

from bench.connection import Failed

DEPLOY, SHOW, OK = 0x03, 0x05, 0x80
IN_FLIGHT = 32
"""ipcd works on 64 of a connection at a time."""


class Ipc:
    """A connection to ipcd."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def show(self, name):
        """Everything about a function in service."""
        self.send(SHOW, 1, {"function": name})
        return self.receive()

    def deploy(self, manifest, names_and_sources):
        """Deploys them all with one manifest but for the name; each with the answer `created`."""
        waiting = 0
        for number, (name, source) in enumerate(names_and_sources, 1):
            bundle = source.encode()
            self.send(DEPLOY, number, {"manifest": dict(manifest, name=name), "bundle_bytes": len(bundle)}, bundle)
            waiting += 1
            if waiting >= IN_FLIGHT:
                self.deployed()
                waiting -= 1
        for _ in range(waiting):
            self.deployed()

    def deployed(self):
        answer = self.receive()
        if answer["outcome"] != "created":
            raise Failed(f"a deploy that should be new: {answer}")

    def send(self, kind, number, payload, raw=b""):
        text = json.dumps(payload).encode()
        self.socket.sendall(struct.pack(">IBBII", 10 + len(text) + len(raw), 1, kind, number, len(text)) + text + raw)

    def receive(self):
        """The JSON of the next answer, whichever request it is for."""
        header = self.file.read(14)
        if len(header) < 14:
            raise Failed("ipcd has closed the connection")
        length, _, status, _, text_length = struct.unpack(">IBBII", header)
        rest = self.file.read(length - 10)
        if status != OK:
            raise Failed(f"ipcd answered {rest[:text_length].decode()}")
        return json.loads(rest[:text_length])
