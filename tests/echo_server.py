"""echo_server.py PORT_FILE: an API that sends back the key that it was sent,
in all the places where somebody might print or keep it."""

import http.server
import json
import os
import socketserver
import sys


def escaped(key):
    return ''.join('\\u%04X' % ord(c) if i % 2 else c
                   for i, c in enumerate(key))


def row(day, extra):
    # 2024-01-02 to 2024-01-09, at New York's midnight
    t = 1704171600000 + 86400000 * day
    return '{"v":"%s","o":1,"c":1,"h":1,"l":1,"t":%d}' % (extra, t)


def body(symbol, key):
    rows = {'AAA': [row(0, key), row(1, 'a\\u0000' + key)],
            'BBB': [row(0, escaped(key)), '{"t":' + key + '}'],
            'FFF': [row(0, key.replace('_', '%5f'))]}
    if symbol in rows:
        return ('{"ticker":"%s","status":"OK","request_id":"%s","results":[%s]}'
                % (symbol, key, ','.join(rows[symbol])))
    return json.dumps({'status': 'X' * 30 + key, 'error': 'Y' * 190 + key})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, code, text, headers=()):
        data = text.encode('latin-1')
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        key = self.headers['Authorization'].split()[1]
        if '/splits?' in self.path:
            self.answer(200, '{"status":"OK","results":['
                        '{"ticker":"AAA","execution_date":"2023-05-01",'
                        '"split_from":1,"split_to":2},'
                        '{"ticker":"AAA","execution_date":"2023-06-01",'
                        '"split_from":1,"split_to":0,"id":"%s"},'
                        '{"ticker":"A\\u0000","execution_date":"%s"},'
                        '{"ticker":NaN}]}' % (key, key))
            return
        if '/grouped/' in self.path:
            self.answer(403, '{"status":"NOT_AUTHORIZED","message":"%s"}'
                        % escaped(key))
            return
        symbol = self.path.split('/')[4]
        if symbol == 'DDD':
            self.answer(302, '', [('Location', 'http://other.example/'
                                   + 'z' * 160 + key)])
        elif symbol == 'EEE':
            self.answer(200, '<p>\0' + key + '</p>')
        elif symbol == 'GGG':
            self.answer(404, '\0' + json.dumps({'error': key}))
        else:
            self.answer(200, body(symbol, key))


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(('127.0.0.1', 0), Handler)
with open(sys.argv[1] + '.new', 'w') as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[1] + '.new', sys.argv[1])
server.serve_forever()
