"""A TCP relay on loopback that keeps the bytes of each direction of each connection."""

import socket
import threading
import time


class Connection:
    """What one TCP connection carried."""

    def __init__(self, client, server):
        self.client = client
        self.server = server
        self.server_side_port = server.getsockname()[1]
        self.request = bytearray()
        self.response = bytearray()
        self.request_bytes_before_response = 0

    def start(self):
        self.pumps = [
            threading.Thread(target=pump, args=(self.client, self.server, self.saw_request)),
            threading.Thread(target=pump, args=(self.server, self.client, self.saw_response)),
        ]
        for thread in self.pumps:
            thread.daemon = True
            thread.start()

    def saw_request(self, data):
        if not self.response:
            self.request_bytes_before_response += len(data)
        self.request += data

    def saw_response(self, data):
        self.response += data

    def finish(self, deadline):
        """Waits until both directions have ended; cuts the connection at the deadline."""
        for thread in self.pumps:
            thread.join(max(0.0, deadline - time.monotonic()))
        for side in (self.client, self.server):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.pumps:
            thread.join(1)
        self.client.close()
        self.server.close()


def pump(source, sink, saw):
    try:
        while data := source.recv(65536):
            saw(data)
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Relay:
    """Passes connections on to a port on 127.0.0.1. Use it as a context manager; the
    connections are complete after the block."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.connections = []

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join(5)
        self.listener.close()
        deadline = time.monotonic() + 5
        for connection in self.connections:
            connection.finish(deadline)

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target_port))
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(client, server)
            self.connections.append(connection)
            connection.start()

    def wait_for_end(self, seconds):
        """Waits until a connection was made and both its directions have ended."""
        deadline = time.monotonic() + seconds
        while not self.connections or any(pump.is_alive() for pump in self.connections[0].pumps):
            if time.monotonic() > deadline:
                raise RuntimeError("no connection came and ended")
            time.sleep(0.05)

    def only(self):
        """The connection of an exchange that must have used exactly one."""
        if len(self.connections) != 1:
            raise AssertionError(f"expected 1 connection, saw {len(self.connections)}")
        return self.connections[0]
