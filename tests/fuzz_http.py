#!/usr/bin/env python3
"""Malformed requests against an HTTP server on loopback.

    fuzz_http.py PORT [COUNT [SECONDS [SEED]]]

Sends at most COUNT requests (2000), for at most SECONDS (10): whole ones bent
at random, and noise.  Now and then it asks for /health as anybody would, which
must be answered with 200.  Ends with 0 when it always was and every answer
that came began like one; else with 1 and the seed, which repeats the run.
"""
import errno
import random
import socket
import sys
import time

port = int(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 10.0
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
rnd = random.Random(seed)

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
HEADERS = [b"Host: x", b"Host:", b"Accept: text/csv", b"Accept: */*",
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


def query():
    pairs = [rnd.choice(NAMES) + rnd.choice([b"=", b"=", b"", b"=="]) +
             rnd.choice(VALUES) for _ in range(rnd.choice([0, 1, 1, 2, 3, 40]))]
    return (b"?" if pairs else b"") + rnd.choice([b"&", b"&", b"&&"]).join(pairs)


def request():
    if rnd.random() < 0.1:
        return bytes(rnd.randrange(256) for _ in range(rnd.randrange(400)))
    path = rnd.choice(PATHS)
    if rnd.random() < 0.05:
        path += b"/x" * rnd.choice([1, 20, 3000])
    text = (rnd.choice(METHODS) + b" " + path + query() + b" " +
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


def failed(why, text=b""):
    print("seed %d, request %d: %s %r" % (seed, sent, why, text[:300]))
    sys.exit(1)


def connect(timeout):
    return socket.create_connection(("127.0.0.1", port), timeout)


def check():
    try:
        with connect(10) as s:
            s.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n"
                      b"Connection: close\r\n\r\n")
            answer = b""
            while True:
                part = s.recv(65536)
                if not part:
                    break
                answer += part
    except OSError as e:
        failed("/health: %s" % e)
    if not answer.startswith(b"HTTP/1.1 200 "):
        failed("/health", answer)


sent = 0
until = time.monotonic() + seconds
kept = []       # left open, half asked
while sent < count and time.monotonic() < until:
    text = request()
    try:
        s = connect(15)
        s.sendall(text)
        if rnd.random() < 0.05:
            kept.append(s)
            if len(kept) > 50:
                kept.pop(0).close()
        else:
            if rnd.random() < 0.7:
                s.shutdown(socket.SHUT_WR)
                s.settimeout(15)
                try:
                    answer = s.recv(65536)
                except socket.timeout:
                    failed("no answer and not closed", text)
                if answer and not answer.startswith(b"HTTP/1."):
                    failed("not an answer: %r to" % answer[:60], text)
            s.close()
    except ConnectionError:
        pass                    # it may hang up on whom it likes
    except OSError as e:
        if e.errno != errno.ENOTCONN:
            failed("%s" % e, text)
    sent += 1
    if sent % 200 == 0:
        check()
check()
print("%d requests, seed %d" % (sent, seed))
