#!/usr/bin/env python3
"""Malformed requests against an HTTP server on loopback.

    fuzz_http.py PORT [COUNT [SECONDS [SEED]]]

Sends at most COUNT requests (2000), for at most SECONDS (10): whole ones bent
at random, and noise; over many connections at once, since a server waits for
the rest of what was half sent.  Meanwhile it asks for /health as anybody
would, which must be answered with 200.  Ends with 0 when it always was and
every answer that came began like one; else with 1 and the seed: with it each
connection sends again what it sent.
"""
import errno
import random
import socket
import sys
import threading
import time

port = int(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 10.0
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)

SENDERS = min(200, max(1, count // 20))
PATIENCE = 30               # seconds for an answer, on a loaded machine

PATHS = [b"/", b"/health", b"/metrics", b"/api/v1/symbols",
         b"/api/v1/admin/features/staleness",
         b"/api/v1/admin/scheduler/execution-history",
         b"/api/v1/admin/scheduler-health",
         b"/api/v1/historical/AAPL", b"/api/v1/features/quant/X:BTCUSD",
         b"/api/v1/historical/", b"/api/v1/historical/%2e%2e%2fetc%2fpasswd",
         b"/../../etc/passwd", b"//", b"/%00", b"/%", b"*", b"http://x/"]
NAMES = [b"limit", b"start", b"end", b"timeframe", b"order", b"adjusted",
         b"cursor", b"status", b"clock", b"", b"a", b"%6cimit"]
VALUES = [b"", b"1", b"-1", b"0", b"99999999999999999999", b"1e9", b"NaN",
          b"2024-01-01", b"2024-02-30", b"9999-12-31T23:59:59Z", b"desc",
          b"1d", b"%", b"%zz", b"%00", b"'; DROP TABLE bars; --",
          b"\xff\xfe", b"%ff%fe", b"a" * 200, b"../../x", b"%n%s%s", b"true",
          b"-9223372036854775808", b"fresh,stale", b",", b"market"]
METHODS = [b"GET"] * 8 + [b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS",
                          b"TRACE", b"CONNECT", b"get", b"G\x00T", b""]
HEADERS = [b"Host: localhost"] * 6 + [
           b"Host: x", b"Host:", b"Host: [::1]:8", b"Origin: null",
           b"Origin: http://localhost", b"Sec-Fetch-Site: cross-site",
           b"Accept: text/csv", b"Accept: */*",
           b"Accept-Encoding: gzip", b"Accept-Encoding: gzip;q=0, *",
           b"Accept-Encoding: " + b"gzip," * 100, b"If-None-Match: *",
           b"If-None-Match: W/\"", b"If-None-Match: \"\"\"\"",
           b"Authorization: Bearer", b"Authorization: Bearer " + b"x" * 4000,
           b"Content-Length: 5", b"Content-Length: -1",
           b"Content-Length: 99999999999999999999", b"Content-Length: 0",
           b"Transfer-Encoding: chunked", b"Expect: 100-continue",
           b"Connection: close", b"Connection: keep-alive", b"Range: bytes=0-1",
           b"X: " + b"y" * 9000, b": no name", b"no colon", b"\x00: \x00",
           b"Upgrade: h2c", b" folded"]


def query(rnd):
    pairs = [rnd.choice(NAMES) + rnd.choice([b"=", b"=", b"", b"=="]) +
             rnd.choice(VALUES) for _ in range(rnd.choice([0, 1, 1, 2, 3, 40]))]
    return (b"?" if pairs else b"") + rnd.choice([b"&", b"&", b"&&"]).join(pairs)


def request(rnd):
    if rnd.random() < 0.1:
        return bytes(rnd.randrange(256) for _ in range(rnd.randrange(400)))
    path = rnd.choice(PATHS)
    if rnd.random() < 0.05:
        path += b"/x" * rnd.choice([1, 20, 3000])
    text = (rnd.choice(METHODS) + b" " + path + query(rnd) + b" " +
            rnd.choice([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/9.9", b"x",
                                            b""]) + b"\r\n")
    for _ in range(rnd.choice([0, 1, 2, 3, 30])):
        text += rnd.choice(HEADERS) + rnd.choice([b"\r\n"] * 8 + [b"\n", b"\r"])
    text += b"\r\n"
    if rnd.random() < 0.3:      # some bytes changed, lost or doubled
        bent = bytearray(text)
        for _ in range(rnd.randrange(1, 8)):
            at = rnd.randrange(len(bent))
            how = rnd.randrange(3)
            if how == 0:
                bent[at] = rnd.randrange(256)
            elif how == 1:
                del bent[at:at + rnd.randrange(1, 10)]
            else:
                bent[at:at] = bent[at:at + rnd.randrange(1, 10)]
            if not bent:
                break
        text = bytes(bent)
    if rnd.random() < 0.1:      # only the beginning
        text = text[:rnd.randrange(len(text) + 1)]
    if rnd.random() < 0.1:      # several at once
        text *= rnd.randrange(2, 6)
    return text


class Failed(Exception):
    pass


def connect():
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def check():
    try:
        with connect() as s:
            s.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
                      b"Connection: close\r\n\r\n")
            answer = b""
            while True:
                part = s.recv(65536)
                if not part:
                    break
                answer += part
    except OSError as e:
        raise Failed("/health: %s" % e)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise Failed("/health: %r" % answer[:300])


def half_closed(s, text):
    s.shutdown(socket.SHUT_WR)
    try:
        answer = s.recv(65536)
    except socket.timeout:
        raise Failed("no answer and not closed: %r" % text[:300])
    if answer and not answer.startswith(b"HTTP/1."):
        raise Failed("not an answer: %r to %r" % (answer[:60], text[:300]))


class Sender(threading.Thread):
    """Sends one request after another, each over a connection of its own."""

    def __init__(self, nth, share):
        super().__init__(daemon=True)
        self.rnd = random.Random(seed * 1000 + nth)
        self.share = share
        self.sent = 0
        self.kept = []      # left open, perhaps half asked
        self.why = None

    def send(self):
        text = request(self.rnd)
        keep, half = self.rnd.random() < 0.05, self.rnd.random() < 0.7
        try:
            s = connect()
            s.sendall(text)
            if keep:
                self.kept.append(s)
                if len(self.kept) > 3:
                    self.kept.pop(0).close()
                return
            if half:
                half_closed(s, text)
            s.close()
        except ConnectionError:
            pass            # it may hang up on whom it likes
        except OSError as e:
            if e.errno != errno.ENOTCONN:
                raise Failed("%s: %r" % (e, text[:300]))

    def run(self):
        try:
            while self.sent < self.share and not over.is_set():
                self.send()
                self.sent += 1
        except Failed as e:
            self.why = str(e)
            over.set()


over = threading.Event()
until = time.monotonic() + seconds
senders = [Sender(i, (count + i) // SENDERS) for i in range(SENDERS)]
for sender in senders:
    sender.start()
try:
    while any(s.is_alive() for s in senders) and not over.wait(0.1):
        check()
        if time.monotonic() > until:
            over.set()
    for sender in senders:
        sender.join()
    check()
    why = next((s.why for s in senders if s.why is not None), None)
except Failed as e:
    why = str(e)
if why is not None:
    print("seed %d: %s" % (seed, why))
    sys.exit(1)
print("%d requests, seed %d" % (sum(s.sent for s in senders), seed))
