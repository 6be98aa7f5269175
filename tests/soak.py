"""What soak.sh does to the servers.

    soak.py SECONDS SERVE:PID:MB MOCK:PID:MB
"""
import http.client
import random
import socket
import sys
import threading
import time

until = time.monotonic() + float(sys.argv[1])
(serve, serve_pid, serve_mb), (mock, mock_pid, mock_mb) = (
    tuple(map(int, s.split(":"))) for s in sys.argv[2:])
asked = {}
bad = []


def memory(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f
                    if line.startswith("VmRSS")) / 1024


def connect(port):
    return socket.create_connection(("127.0.0.1", port), 30)


def once(port, head):
    """Some bytes, and what comes back of them."""
    with connect(port) as s:
        try:
            s.sendall(head)
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except OSError:
            pass


def different(rnd):
    c = http.client.HTTPConnection("127.0.0.1", serve, timeout=60)
    for _ in range(100):
        c.request("GET", "/api/v1/historical/AAPL?timeframe=%s&limit=%d&"
                  "start=%d" % (rnd.choice(["1h", "1d"]),
                                rnd.choice([1, 10, 200, 10000]),
                                1000000000000 + rnd.randrange(10 ** 9)),
                  headers=rnd.choice([{}, {"Accept-Encoding": "gzip"},
                                      {"Accept": "text/csv"}]))
        c.getresponse().read()


def mocked(rnd):
    c = http.client.HTTPConnection("127.0.0.1", mock, timeout=60)
    day = rnd.randrange(1, 28)
    c.request("GET", "/v2/aggs/ticker/S%d/range/%d/minute/2024-05-%02d/"
              "2024-06-%02d?apiKey=soak&limit=%d" %
              (rnd.randrange(10 ** 6), rnd.choice([1, 5]), day, day,
               rnd.choice([100, 5000, 50000])))
    c.getresponse().read()


def pages(rnd):
    """The pages, of series that there are and are not; other sites' scripts."""
    c = http.client.HTTPConnection("127.0.0.1", serve, timeout=60)
    for _ in range(50):
        c.request(rnd.choice(["GET", "GET", "GET", "HEAD", "OPTIONS", "POST"]),
                  rnd.choice(["/", "/metrics", "/series/AAPL/1d",
                              "/series/AAPL/1h", "/series/AAPL/1m",
                              "/series/J%d/1d" % rnd.randrange(10 ** 6),
                              "/series/AAPL/%d" % rnd.randrange(10 ** 6),
                              "/series/%%%02x/1d" % rnd.randrange(256),
                              "/api/v1/features/quant/AAPL?timeframe=1d&"
                              "limit=%d" % rnd.randrange(1, 10000),
                              "/api/v1/admin/features/staleness?limit=%d" %
                              rnd.randrange(1000),
                              "/api/v1/admin/scheduler-health"]),
                  headers=rnd.choice([
                      {}, {"Accept-Encoding": "gzip"},
                      {"Origin": "https://o%d.example" %
                       rnd.randrange(10 ** 6),
                       "Access-Control-Request-Method": "GET",
                       "Sec-Fetch-Site": "cross-site"},
                      {"If-None-Match": '"%d"' % rnd.randrange(10 ** 6)}]))
        r = c.getresponse()
        r.read()
        if r.status >= 500:
            bad.append("%d of a page" % r.status)


unread = []


def slow(rnd):
    """Large answers, each another one, that nobody reads."""
    s = connect(serve)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    path = rnd.choice([b"/", b"/metrics", b"/series/AAPL/1h"] + 3 * [
        b"/api/v1/historical/AAPL?timeframe=1h&limit=10000&start=%d" %
        (1000000000000 + rnd.randrange(10 ** 9))])
    s.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
    unread.append(s)
    if len(unread) > 500:
        unread.pop(0).close()
    time.sleep(0.01)


def junk(rnd):
    n = rnd.randrange(10000)
    head = b"Host: " + rnd.choice([b"localhost", b"evil.example"]) + b"\r\n"
    once(serve, rnd.choice([
        b"GET /health?" + b"a&" * n + b" HTTP/1.1\r\n" + head,
        b"GET /health HTTP/1.1\r\n" + head + b"X: y\r\n" * n,
        b"GET /api/v1/historical/J%d HTTP/1.1\r\n" % n + head,
        b"GET /api/v1/historical/J%d HTTP/1.1\r\nOrigin: null\r\n" % n + head,
        b"GET /" + b"x" * n + b" HTTP/1.1\r\n" + head,
        bytes(rnd.randrange(256) for _ in range(n % 300)),
    ]) + b"\r\n")


def work(what, seed):
    rnd = random.Random(seed)
    while time.monotonic() < until and not bad:
        try:
            what(rnd)
            asked[what.__name__] = asked.get(what.__name__, 0) + 1
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)     # refused, or hung up on: it may do that


def health():
    c = http.client.HTTPConnection("127.0.0.1", serve, timeout=60)
    c.request("GET", "/health")
    r = c.getresponse()
    r.read()
    if r.status != 200:
        bad.append("/health: %d" % r.status)


all_ = [threading.Thread(target=work, args=(what, i), daemon=True)
        for i, what in enumerate([different, different, mocked, slow, junk,
                                 pages])]
for t in all_:
    t.start()
most = {serve_pid: 0, mock_pid: 0}
while time.monotonic() < until and not bad:
    try:
        health()
        for pid, mb in (serve_pid, serve_mb), (mock_pid, mock_mb):
            now = memory(pid)
            most[pid] = max(most[pid], now)
            if now > mb:
                bad.append("process %d: %d MB of %d" % (pid, now, mb))
    except Exception as e:      # it is gone, or does not answer
        bad.append(repr(e))
    time.sleep(1)
for t in all_:
    t.join(70)
print("%s; mdserve %.0f MB of %d, mdmock %.0f MB of %d" % (
    ", ".join("%s %d" % x for x in sorted(asked.items())),
    most[serve_pid], serve_mb, most[mock_pid], mock_mb))
if bad:
    sys.exit("; ".join(bad))
