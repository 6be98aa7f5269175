"""A server before mdmock that goes wrong below HTTP.

bad_server.py PORT-FILE MODE [--to PORT] [--tls CERTIFICATE KEY] [--most 1.1]

  forward   passes bytes on to PORT
  reset     the same, but resets the first three connections
  deaf      accepts, and never reads
  drip      a body that comes byte by byte, for a day
  headers   headers without end
  line      one header line without end
  password  PostgreSQL's protocol: repeats the password that it was told
With --tls the way to it is TLS, of the version --most at most.
"""
import argparse
import itertools
import socket
import ssl
import struct
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument('port_file')
parser.add_argument('mode')
parser.add_argument('--to', type=int)
parser.add_argument('--tls', nargs=2)
parser.add_argument('--most')
options = parser.parse_args()


def copy(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def forward(client):
    server = socket.create_connection(('127.0.0.1', options.to))
    threading.Thread(target=copy, args=(server, client), daemon=True).start()
    copy(client, server)


def drip(client):
    client.recv(65536)
    client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
    while True:
        client.sendall(b' ')
        time.sleep(0.1)


def password(client):
    if client.recv(65536)[4:8] == struct.pack('!I', 80877103):  # TLS?
        client.sendall(b'N')
        client.recv(65536)
    client.sendall(b'R' + struct.pack('!II', 8, 3))  # a password, as it is
    told = client.recv(65536)[5:].rstrip(b'\0')
    text = b'SFATAL\0C28P01\0Mno user has the password ' + told + b'\0\0'
    client.sendall(b'E' + struct.pack('!I', len(text) + 4) + text)
    client.close()


def headers(client):
    client.recv(65536)
    client.sendall(b'HTTP/1.1 200 OK\r\n')
    while True:
        client.sendall(b'X-More: and more of it\r\n' * 100)
        time.sleep(0.01)


def line(client):
    client.recv(65536)
    client.sendall(b'HTTP/1.1 200 OK\r\nX-Long: ')
    while True:
        client.sendall(b'x' * 65536)
        time.sleep(0.01)


def serve(client, nth):
    try:
        if options.mode == 'reset' and nth < 3:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              struct.pack('ii', 1, 0))
            client.close()
            return
        if options.mode == 'deaf':
            time.sleep(3600)
        if context is not None:
            client = context.wrap_socket(client, server_side=True)
        {'forward': forward, 'reset': forward, 'drip': drip,
         'headers': headers, 'line': line,
         'password': password}[options.mode](client)
    except OSError:
        pass


context = None
if options.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if options.most == '1.1':
        context.set_ciphers('ALL:@SECLEVEL=0')
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(*options.tls)
listener = socket.create_server(('127.0.0.1', 0), backlog=64)
with open(options.port_file, 'w') as f:
    print(listener.getsockname()[1], file=f)
for n in itertools.count():
    threading.Thread(target=serve, args=(listener.accept()[0], n),
                     daemon=True).start()
