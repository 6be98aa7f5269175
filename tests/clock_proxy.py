"""A server before mdmock whose clock is its own.

clock_proxy.py URL PORT-FILE DATE-FILE: passes requests on to URL, and answers
with the header Date that stands in DATE-FILE, or none when that is empty.
"""
import http.client
import http.server
import sys
import urllib.parse

upstream = urllib.parse.urlsplit(sys.argv[1])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        behind = http.client.HTTPConnection(upstream.netloc)
        behind.request('GET', self.path, headers={
            'Authorization': self.headers['Authorization'] or ''})
        answer = behind.getresponse()
        body = answer.read()
        self.send_response_only(answer.status)
        with open(sys.argv[3]) as f:
            date = f.read().strip()
        if date:
            self.send_header('Date', date)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
with open(sys.argv[2], 'w') as f:
    print(server.server_port, file=f)
server.serve_forever()
