"""
A server of the read API's paths that misbehaves as it is told:
    load_server.py PORT_FILE LOG MODE [NUMBER]
/health and /api/v1/symbols are always answered well, and so is the first
request of anything else; what comes then is the mode's.  Modes:
    ok                     answers at once
    delay MS               answers after so long
    stall MS               half a second after the first request nothing is
                           answered for so long, by anybody
    chunked, closing, late_close
                           well, in chunks; well, and closes each time; well,
                           with a body that ends with the connection
    status CODE            every second answer has that status
    always CODE            every answer has it
    truncated, closed, reset, garbage, extra
                           every second answer is such
    silent                 no answer
The log has a line a request: the number of requests then under way, and the
path.
"""
import socket
import struct
import sys
import threading
import time

port_file, log_name, mode = sys.argv[1:4]
number = float(sys.argv[4]) if len(sys.argv) > 4 else 0
log = open(log_name, 'w')
lock = threading.Lock()
count = busy = 0
started = None
BODY = b'{"rows": [1, 2, 3]}'


def answer(status=200, body=BODY, more=b''):
    return (b'HTTP/1.1 %d Status\r\nContent-Length: %d\r\n%s\r\n' %
            (status, len(body), more) + body)


def stall():
    begins = started + 0.5
    now = time.monotonic()
    if begins <= now < begins + number / 1000:
        time.sleep(begins + number / 1000 - now)


class UnderWay:
    """A request until it ends, of which its client must not hear sooner."""

    def __init__(self, path):
        global busy
        busy += 1
        self.ended = False
        log.write('%d %s\n' % (busy, path))
        log.flush()

    def end(self):
        global busy
        with lock:
            busy -= not self.ended
            self.ended = True


def misbehave(c, odd, request):
    """True: the connection goes on."""
    if mode == 'stall':
        stall()
    elif mode == 'delay':
        time.sleep(number / 1000)
    elif mode == 'silent':
        time.sleep(30)
    elif mode == 'chunked':
        c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        time.sleep(0.001)
        c.sendall(b'5\r\nhello\r\n3;a=b\r\nyou\r\n0\r\n\r\n')
        return True
    elif mode == 'closing':
        c.sendall(answer(more=b'Connection: close\r\n'))
        return False
    elif mode == 'late_close':
        c.sendall(b'HTTP/1.1 200 OK\r\n\r\n' + BODY)
        return False
    elif mode == 'always' or (odd and mode == 'status'):
        c.sendall(answer(int(number), b'{"error": "so it is"}'))
        return True
    elif odd and mode == 'truncated':
        c.sendall(answer()[:-3])
        return False
    elif odd and mode == 'closed':
        return False
    elif odd and mode == 'reset':
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack('ii', 1, 0))
        return False
    elif odd and mode == 'garbage':
        c.sendall(b'SSH-2.0-OpenSSH_9.2\r\n')
        return False
    elif odd and mode == 'extra':
        c.sendall(answer() + b'more')
        return True
    request.end()
    c.sendall(answer())
    return True


def serve_one(c, path):
    global count, started
    good = path.startswith(('/health', '/api/v1/symbols'))
    with lock:
        request = UnderWay(path)
        if not good:
            count += 1
            started = started or time.monotonic()
        good = good or count == 1
        odd = count % 2 == 0
    if path.startswith('/api/v1/symbols'):
        request.end()
        c.sendall(answer(body=b'{"symbols": [{"symbol": "BB", "timeframes": '
                              b'["1d"]}, {"symbol": "AA", "timeframes": '
                              b'["1d", "1h"]}, "X:CC"]}'))
        more = True
    elif good:
        request.end()
        c.sendall(answer())
        more = True
    else:
        more = misbehave(c, odd, request)
    request.end()
    return more


def serve(c):
    head = b''
    try:
        while True:
            while b'\r\n\r\n' not in head:
                data = c.recv(65536)
                if not data:
                    return
                head += data
            line, _, head = head.partition(b'\r\n\r\n')
            if not serve_one(c, line.split()[1].decode()):
                return
    except OSError:
        pass
    finally:
        c.close()


s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', 0))
s.listen(1024)
with open(port_file, 'w') as f:
    f.write('%d\n' % s.getsockname()[1])
while True:
    connection, _ = s.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
