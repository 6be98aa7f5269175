#!/usr/bin/env python3
"""A store of objects for the tests: a folder as a bucket, with faults.

s3_server.py PORT_FILE LOG FOLDER [--page N]

Requests are to be signed with the keys below by AWS's rules, which are checked
here apart from any other implementation.  The log has a line a request: STATUS
METHOD PATH RANGE.  The file "faults" in the current folder has lines KIND PART
TIMES [ARGUMENT], read anew at each request: of the first so many requests whose
path (with its query) holds PART.  Kinds: status CODE[:ERROR], cut BYTES,
replace BYTES (cut there, and the file becomes FILE.new), grow BYTES (slowly, so
many at a time), wait SECONDS (before the answer), meet N (refused unless N of
them are under way at once), garbage (no XML), again (the token of before), noetag,
fewer ROWS (a whole gzip, by the same ETag).
"""
import base64
import datetime
import email.utils
import gzip
import hashlib
import hmac
import http.server
import os
import sys
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

ID, SECRET = "MDTESTACCESSKEY", "md/test+secret=0123456789abcdefghijkl"
port_file, log_file, root = sys.argv[1:4]
page = int(sys.argv[5]) if len(sys.argv) > 5 else 1000
fired, lock = {}, threading.Lock()
meeting = {}
EMPTY = hashlib.sha256(b"").hexdigest()


def fault(target):
    """The first that applies: its kind and its argument."""
    try:
        with open("faults", encoding="ascii") as f:
            lines = f.read().splitlines()
    except FileNotFoundError:
        return "", ""
    for line in lines:
        kind, part, times, *rest = line.split()
        with lock:
            if part in target and fired.get(line, 0) < int(times):
                fired[line] = fired.get(line, 0) + 1
                return kind, rest[0] if rest else ""
    return "", ""


def meet(number):
    """Are there so many, before long?"""
    with lock:
        barrier = meeting.setdefault(number, threading.Barrier(number))
    try:
        barrier.wait(20)
    except threading.BrokenBarrierError:
        return False
    return True


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def quoted(text):
    return urllib.parse.quote(text, safe="-_.~")


def signature(method, target, headers, names, date, scope):
    """By https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html"""
    path, _, query = target.partition("?")
    pairs = sorted(
        (quoted(urllib.parse.unquote(k)), quoted(urllib.parse.unquote(v)))
        for k, _, v in (p.partition("=") for p in query.split("&") if p)
    )
    canonical = "\n".join(
        [method, path, "&".join(f"{k}={v}" for k, v in pairs)]
        + [f"{n}:{' '.join(headers.get(n, '').split())}" for n in names]
        + ["", ";".join(names), headers.get("x-amz-content-sha256", "")]
    )
    day, region, service, end = scope.split("/")
    text = "\n".join(
        ["AWS4-HMAC-SHA256", date, scope,
         hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = sign(("AWS4" + SECRET).encode(), day)
    for part in (region, service, end):
        key = sign(key, part)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def refusal(method, target, headers):
    """Why the request is not let in: status and code; none: it is."""
    kind, _, rest = headers.get("authorization", "").partition(" ")
    fields = dict(p.strip().partition("=")[::2] for p in rest.split(","))
    names = fields.get("SignedHeaders", "").split(";")
    date = headers.get("x-amz-date", "")
    if kind != "AWS4-HMAC-SHA256":
        return 403, "AccessDenied"
    if names != sorted(names) or any(
        n == "host" or n.startswith("x-amz-") for n in headers if n not in names
    ):
        return 403, "AccessDenied"
    if headers.get("x-amz-content-sha256") not in (EMPTY, "UNSIGNED-PAYLOAD"):
        return 400, "InvalidRequest"
    owner, _, scope = fields.get("Credential", "").partition("/")
    if owner != ID:
        return 403, "InvalidAccessKeyId"
    at = datetime.datetime.strptime(date + "+0000", "%Y%m%dT%H%M%SZ%z")
    now = datetime.datetime.now(datetime.timezone.utc)
    if abs((now - at).total_seconds()) > 900:
        return 403, "RequestTimeTooSkewed"
    if signature(method, target, headers, names, date, scope) != fields.get(
        "Signature"
    ):
        return 403, "SignatureDoesNotMatch"
    return None


def etag(path):
    with open(path, "rb") as f:
        return hashlib.md5(f.read()).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, status):
        with lock, open(log_file, "a", encoding="ascii") as f:
            f.write(f"{status} {self.command} {self.path} "
                    f"{self.headers.get('range', '-')}\n")

    def answer(self, status, body, **headers):
        self.note(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, code):
        text = f"The words of the server; {SECRET}"
        where = ("<Endpoint>flatfiles.s3.eu-west-1.example.com</Endpoint>"
                 if code == "PermanentRedirect" else "")
        self.answer(status, b"" if not code else (
            f"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{code}"
            f"</Code><Message>{text}</Message>{where}</Error>").encode())

    def list(self, parameters, kind):
        prefix = parameters.get("prefix", "")
        token = parameters.get("continuation-token", "")
        keys = sorted(
            os.path.relpath(os.path.join(d, f), root)
            for d, _, files in os.walk(root) for f in files
        )
        after = base64.b64decode(token[3:]).decode() if token else ""
        keys = [k for k in keys if k.startswith(prefix) and k > after
                and not k.endswith(".new")]
        if kind == "again":
            keys = keys[:1] * 2
        more = len(keys) > page or kind == "again"
        keys = keys[:page]
        token = "+/=" + base64.b64encode(keys[-1].encode()).decode() \
            if more else ""
        if kind == "again":
            token = "+/=" + base64.b64encode(b"a").decode()
        objects = "".join(
            f"<Contents><Key>{escape(k)}</Key><LastModified>"
            + datetime.datetime.fromtimestamp(
                os.path.getmtime(os.path.join(root, k)),
                datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            + f"</LastModified><ETag>&quot;{etag(os.path.join(root, k))}"
            f"&quot;</ETag><Size>{os.path.getsize(os.path.join(root, k))}"
            "</Size></Contents>" for k in keys)
        self.answer(200, (
            "<?xml version='1.0'?><ListBucketResult xmlns='http://s3.amazonaws"
            f".com/doc/2006-03-01/'><IsTruncated>{str(more).lower()}"
            "</IsTruncated>" + (f"<NextContinuationToken>{escape(token)}"
                                "</NextContinuationToken>" if more else "")
            + objects + "</ListBucketResult>").encode()
            if kind != "garbage" else b"<html>Sign in<br></html>")

    def send(self, name, kind, argument):
        path = os.path.join(root, name)
        if not os.path.isfile(path):
            return self.refuse(404, "NoSuchKey")
        tag, whole = f'"{etag(path)}"', os.path.getsize(path)
        first = 0
        if self.headers.get("if-match", tag) != tag:
            return self.refuse(412, "PreconditionFailed")
        if "range" in self.headers:
            first = int(self.headers["range"].removeprefix("bytes=")
                        .split("-")[0])
            if first >= whole:
                return self.refuse(416, "InvalidRange")
        with open(path, "rb") as f:
            body = f.read()[first:]
        if kind == "fewer":
            body = gzip.compress(b"".join(gzip.decompress(body).splitlines(
                True)[:int(argument) + 1]))
            argument = ""
        self.note(206 if first else 200)
        self.send_response(206 if first else 200)
        if kind != "noetag":
            self.send_header("ETag", tag)
        self.send_header("Last-Modified", email.utils.formatdate(
            int(os.path.getmtime(path)), usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        if first:
            self.send_header("Content-Range",
                             f"bytes {first}-{whole - 1}/{whole}")
        self.end_headers()
        step = int(argument) if argument else len(body)
        if kind in ("cut", "replace"):
            self.wfile.write(body[:step])
            self.wfile.flush()
            if kind == "replace":
                os.replace(path + ".new", path)
            self.connection.close()
            self.close_connection = True
            return None
        for at in range(0, len(body), max(step, 1)):
            self.wfile.write(body[at:at + step])
            if kind == "grow":
                self.wfile.flush()
                time.sleep(0.1)
        return None

    def do_GET(self):
        headers = {k.lower(): v.strip() for k, v in self.headers.items()}
        kind, argument = fault(self.path)
        why = refusal(self.command, self.path, headers)
        if kind == "wait":
            time.sleep(float(argument))
        if kind == "meet" and not meet(int(argument)):
            return self.refuse(400, "InvalidRequest")
        path, _, query = self.path.partition("?")
        parameters = {k: urllib.parse.unquote(v) for k, _, v in (
            p.partition("=") for p in query.split("&"))}
        bucket, _, name = path[1:].partition("/")
        if kind == "status":
            status, _, code = argument.partition(":")
            return self.refuse(int(status), code)
        if why is not None:
            return self.refuse(*why)
        if bucket != "flatfiles":
            return self.refuse(404, "NoSuchBucket")
        if parameters.get("list-type") == "2":
            return self.list(parameters, kind)
        return self.send(name, kind, argument)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
with open(port_file + ".part", "w", encoding="ascii") as out:
    out.write(f"{server.server_address[1]}\n")
os.rename(port_file + ".part", port_file)
server.serve_forever()
