"""torture.py BUILD: runs each program with its k-th call of each kind failing.

For every k (sampled by STEP) of every kind of call, once and for ever, on each
engine, it holds: no deadly signal; an end within the deadline; with exit 0 the
output and the store of an undisturbed run; otherwise words on standard error;
and after one more, undisturbed run the store of one that was never disturbed.
A finding comes with the command that runs it again.  From the environment:
  STEP       every so many ks (default 37); 1 is all of them; sites is all
             where there are no more than EACH, and otherwise each distinct
             place from where such a call is made, once for all the ways of
             a program that come by there
  SAMPLES    no more than so many ks of each kind, evenly spread
  PROGRAMS, CALLS, ENGINES, TIMES (once ever)      words: only those
  AT         that k alone, or that place: @NUMBER
  SECONDS    begin no more kinds of call after so many
  JOBS       runs at once (default: the processors)
"""

import concurrent.futures
import ctypes
import errno
import glob
import http.client
import http.server
import itertools
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, TESTS)
from scenarios import (ASKED, BACKFILL, MADE, MEASURES, MOCK,  # noqa: E402
                       PROGRAMS, SERVE, WRITES)

DEADLINE = 60
# A run waits minutes for a server that is away: then it is told to stop.
PATIENCE = 5
EACH = 200
BUILD = os.path.abspath(sys.argv[1])
SHIM = BUILD + '/torture/fail.so'
KEY = 'test-key-1234567890'
LEASE_MS = 300

CALLS = {
    'memory': [errno.ENOMEM],
    'read': [errno.EIO, errno.EINTR, 'short'],
    'write': [errno.ENOSPC, errno.EINTR, 'short'],
    'sync': [errno.EIO],
    'open': [errno.EMFILE],
    'rename': [errno.EIO],
    'truncate': [errno.EIO],
    'unlink': [errno.EIO],
    'connect': [errno.ECONNREFUSED],
    'send': [errno.ECONNRESET, errno.ENOBUFS, 'short'],
    'recv': [errno.ECONNRESET, errno.EINTR, 'short'],
    'poll': [errno.EINTR],
}

# A check that finds fault ends so undisturbed, and a server by SIGTERM.
ENDS = 0, 1, 2, 143
LATER = 'the next run tries again'
# What an answer holds of its time and of itself.
WORD = re.compile(rb'[^\s,;<>"]+')
VARIES = re.compile(rb'"(request_id|as_of|staleness_seconds)":"?[^",}]*')
QUERIES = (
    'SELECT symbol, timeframe, ts_ms, open, high, low, close, volume, vwap,'
    ' transactions FROM market_data_raw ORDER BY 1, 2, 3',
    'SELECT symbol, timeframe, c.from_ts, c.to_ts, kind FROM coverage c'
    ' JOIN series USING (series_id) ORDER BY 1, 2, 3',
    'SELECT symbol, timeframe, bar_count, newest_ts, features_from'
    ' FROM series ORDER BY 1, 2',
    'SELECT symbol, timeframe, count(*) FROM quant_features'
    ' JOIN series USING (series_id) GROUP BY 1, 2 ORDER BY 1, 2',
    'SELECT symbol FROM symbols ORDER BY 1',
    'SELECT name FROM flat_files ORDER BY 1',
    'SELECT reason FROM holds',
    'SELECT rule FROM alerts_told ORDER BY 1')


class Sqlite:
    name = 'sqlite'

    def __init__(self, work):
        self.work = work

    def fresh(self, template, name):
        db = f'{self.work}/{name}.db'
        self.drop(db)
        if template != 'empty':
            shutil.copy(f'{self.work}/{template}.db', db)
        return db

    def drop(self, db):
        for end in '', '-wal', '-shm', '-journal':
            if os.path.exists(db + end):
                os.remove(db + end)

    def state(self, db):
        with sqlite3.connect(db, timeout=30) as c:
            return [c.execute(q).fetchall() for q in QUERIES]

    def end(self):
        pass


class Postgres:
    name = 'postgres'

    def __init__(self, work):
        self.script = TESTS + '/postgres.sh'
        self.psql = self.say('psql')
        self.dir = self.say('start')
        self.lock = threading.Lock()

    def say(self, *words):
        return subprocess.run([self.script, *words], check=True,
                              capture_output=True, text=True).stdout.strip()

    def sql(self, *texts, db='postgres'):
        words = itertools.chain(*(('-c', t) for t in texts))
        return subprocess.run([self.psql, '-XqAt', '-h', self.dir, '-U',
                               'mdkit', '-d', db, *words], check=True,
                              capture_output=True, text=True).stdout

    def fresh(self, template, name):
        name = re.sub(r'\W', '_', name)
        base = 'template0' if template == 'empty' else template
        # One at a time: a template is copied while nobody else uses it.
        with self.lock:
            self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
                     f'CREATE DATABASE "{name}" TEMPLATE "{base}"')
        return f'postgresql://mdkit@/{name}?host={self.dir}' \
            '&connect_timeout=2&tcp_user_timeout=1000'

    def drop(self, db):
        name = db.split('/')[3].split('?')[0]
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def state(self, db):
        name = db.split('/')[3].split('?')[0]
        return subprocess.run(
            [self.psql, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', self.dir,
             '-U', 'mdkit', '-d', name,
             '-c', 'SET client_min_messages = error',
             '-c', 'DROP SCHEMA IF EXISTS as_sqlite CASCADE',
             '-f', TESTS + '/as_sqlite.sql',
             '-c', 'SET search_path = as_sqlite, public',
             *itertools.chain(*(('-c', q) for q in QUERIES))],
            check=True, capture_output=True, text=True).stdout

    def end(self):
        self.say('remove', self.dir)


class Torture:
    def __init__(self):
        self.work = tempfile.mkdtemp(prefix='torture.')
        self.children = []
        self.numbers = itertools.count()
        self.known = [line.rstrip("\n").split(None, 2)
                      for line in open(HERE + '/known')
                      if line.strip() and line[0] != '#']
        self.known_met = {}
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(('MD_', 'TORTURE_', 'PG'))}
        self.env.update(POLYGON_API_KEY=KEY, MD_TEST_BACKOFF_MS='1',
                        MD_TEST_LEASE_MS=str(LEASE_MS), TZ='UTC',
                        MASSIVE_S3_ACCESS_KEY_ID=KEY,
                        MASSIVE_S3_SECRET_ACCESS_KEY=KEY,
                        XDG_CONFIG_HOME=self.work, XDG_DATA_HOME=self.work,
                        TMPDIR=self.work, PATH=BUILD + ':' + os.environ['PATH'])
        self.env['POLYGON_BASE_URL'] = self.serve_always(MOCK)
        self.hook = Hook(self.work)
        self.names = {'list': self.work + '/list',
                      'files': self.work + '/files'}
        with open(self.names['list'], 'w') as f:
            f.write('AAPL\nX:BTCUSD\n')
        subprocess.run(self.words(PROGRAMS['mock-files'][1], self.work),
                       env=self.env, check=True)
        os.rename(self.work + '/ff', self.names['files'])
        self.names['s3'] = self.serve_always(
            MOCK + ['--s3', self.names['files'], *MADE])

    def words(self, words, where):
        return [w.format(dir=where, **self.names,
                         hook=f'{self.hook.url}/{os.path.basename(where)}')
                if '{' in w else w for w in words]

    def serve_always(self, words):
        port = f'{self.work}/port{next(self.numbers)}'
        words = [w.replace('{dir}/port', port) for w in words]
        words = [w.replace('{list}', self.work + '/list') for w in words]
        self.children.append(subprocess.Popen(words, env=self.env))
        while not (os.path.exists(port) and open(port).read().strip()):
            time.sleep(0.02)
        return 'http://127.0.0.1:' + open(port).read().strip()

    def engine(self, name):
        """The templates of an engine, and a server for mdload."""
        self.shared, self.met = {}, {}
        self.e = Sqlite(self.work) if name == 'sqlite' else Postgres(self.work)
        self.fill('full', 'empty', BACKFILL)
        self.fill('plain', 'empty', BACKFILL + ['--no-features'])
        self.fill('held', 'full', PROGRAMS['hold'][1])
        time.sleep(1.1)
        self.names['between'] = time.strftime('%Y-%m-%dT%H:%M:%SZ',
                                              time.gmtime())
        time.sleep(1.1)
        other = self.serve_always(MOCK + ['--seed', '2'])
        self.fill('again', 'full', BACKFILL + ['--refresh', '--base-url',
                                               other])
        self.names['serve'] = self.serve_always(
            SERVE + ['--db', self.e.fresh('full', 'served')])

    def fill(self, template, base, words):
        subprocess.run(words + ['--db', self.e.fresh(base, template)],
                       env=self.env, check=True)

    def end(self):
        for child in self.children:
            child.kill()
        self.e.end()
        shutil.rmtree(self.work, ignore_errors=True)

    # -- one run --

    def command(self, program, where):
        template, words = PROGRAMS[program]
        words = self.words(words, where)
        db = None
        if template is not None:
            db = self.store(program, template, os.path.basename(where))
            words += ['--db', db]
        return db, words

    def store(self, program, template, name):
        """A run's own, but for those who only read from a server."""
        if program in WRITES or self.e.name == 'sqlite':
            return self.e.fresh(template, name)
        if program not in self.shared:
            self.shared[program] = self.e.fresh(template, 'for_' + program)
        return self.shared[program]

    def drop(self, r):
        if r['db'] and r['db'] not in self.shared.values():
            self.e.drop(r['db'])

    def ask(self, process, program, where, until):
        """The answers of a server under torture, which is then ended."""
        answers = []
        port = where + '/port'
        while not (os.path.exists(port) and open(port).read().strip()):
            if process.poll() is not None or time.time() > until:
                return answers
            time.sleep(0.01)
        for path in ASKED[program]:
            answers.append(answer(int(open(port).read()), path,
                                  program == 'mock-s3'))
        process.send_signal(signal.SIGTERM)
        return answers

    def run(self, program, call=None, k=0, how=0, times='once',
            sites=False):
        where = f'{self.work}/run{next(self.numbers)}'
        os.mkdir(where)
        db, words = self.command(program, where)
        env = dict(self.env)
        if call:
            env.update(LD_PRELOAD=SHIM, TORTURE_CALL=call, TORTURE_AT=str(k),
                       TORTURE_HOW=str(how), TORTURE_PROGRAM=words[0],
                       TORTURE_COUNT=where + '/count')
            if isinstance(k, str):
                env.update(TORTURE_AT='1', TORTURE_SITE=k[1:])
            if times == 'ever':
                env['TORTURE_EVER'] = '1'
            if sites:
                env['TORTURE_SITES'] = where + '/sites'
        until = time.time() + DEADLINE
        with open(where + '/stdout', 'wb') as out, \
                open(where + '/stderr', 'wb') as err:
            p = subprocess.Popen(words, env=env, stdout=out, stderr=err,
                                 start_new_session=True)
            r = {'hung': False, 'told': False, 'answers': []}
            if program in ASKED:
                r['answers'] = self.ask(p, program, where, until)
            try:
                if times == 'ever' and program in WRITES and \
                        not ends_within(p, PATIENCE):
                    p.terminate()
                    r['told'] = True
                p.wait(max(1, until - time.time()))
            except subprocess.TimeoutExpired:
                r['hung'] = True
                stacks(p.pid)
                os.killpg(p.pid, signal.SIGKILL)
                p.wait()
        r['status'] = p.returncode
        for name in 'stdout', 'stderr', 'out', 'hook', 'count', 'sites':
            path = f'{where}/{name}'
            r[name] = open(path, 'rb').read() if os.path.exists(path) else b''
        r['out'] += b''.join(f'{name} '.encode() + open(name, 'rb').read()
                             for name in sorted(glob.glob(
                                 where + '/ff/**/*.gz', recursive=True)))
        r['out'] = r['out'].replace(where.encode(), b'')
        r['db'] = db
        shutil.rmtree(where, ignore_errors=True)
        return r

    def said(self, program, r):
        """What a run's output says, but for what differs between any two."""
        if program in MEASURES:
            return bool(r['stdout'])
        text = b'\n--\n'.join((r['stdout'], r['out'], r['hook']))
        return WORD.findall(text.replace(self.work.encode(), b''))

    # -- judging --

    def trouble(self, program, r, clean):
        err = r['stderr'].decode(errors='replace')
        if r['hung']:
            return f'hangs: {err[-3000:].strip()}'
        if r['told'] and r['status'] == -signal.SIGTERM:
            return None
        if r['status'] < 0:
            return f'signal {-r["status"]}: {err[-1500:].strip()}'
        if r['status'] != clean['status']:
            words = err + (r['stdout'].decode() if program in MEASURES else '')
            return None if words.strip() else f'exit {r["status"]}, no words'
        if program in ASKED:
            # An answer that is an error or none is no answer lost silently.
            for i, (status, body) in enumerate(r['answers']):
                if status == 200 and not self.is_answer(
                        body, ASKED[program][i], clean, i):
                    return f'exit 0, answer {i} is another: {body[:300]!r}'
            return None
        said = self.said(program, r)
        if program in MEASURES:
            return None if said else 'exit 0, nothing said'
        if differ(said, clean['said']):
            return f'exit 0, another output; stderr: {err[-300:]!r}'
        if program in WRITES and self.e.state(r['db']) != clean['state']:
            # What is said to be left to the next run is not lost.
            if LATER in err:
                return self.healed(program, r, clean)
            return f'exit 0, another store; stderr: {err[-300:]!r}'
        return None

    def is_answer(self, body, path, clean, i):
        # What tells of the time is whole, at least.
        if path == '/metrics' or path[:5] != '/api/' and \
                b'</html>' in clean['answers'][i][1] and not clean['fixed']:
            return last(body) == last(clean['answers'][i][1])
        return not differ(WORD.findall(VARIES.sub(b'', body)),
                          clean['answered'][i])

    def healed(self, program, r, clean):
        """One undisturbed run later the store is as ever."""
        where = f'{self.work}/run{next(self.numbers)}'
        os.mkdir(where)
        words = self.words(PROGRAMS[program][1], where)
        for _ in range(3):
            p = subprocess.run(words + ['--db', r['db']], env=self.env,
                               capture_output=True, timeout=DEADLINE)
            if p.returncode == clean['status']:
                break
            time.sleep(LEASE_MS / 1000)
        shutil.rmtree(where, ignore_errors=True)
        if p.returncode != clean['status']:
            return f'then a clean run fails: {p.stderr[-300:]!r}'
        if self.e.state(r['db']) != clean['state']:
            return 'then a clean run leaves another store'
        return None

    def is_known(self, program, call, trouble):
        for who, what, pattern in self.known:
            if who in (program, '*') and what == call and \
                    re.search(pattern, trouble):
                self.known_met[pattern] = self.known_met.get(pattern, 0) + 1
                return True
        return False

    def torture(self, program, call, k, how, times, clean):
        trouble = None
        try:
            r = self.run(program, call, k, how, times)
            trouble = self.trouble(program, r, clean)
            if trouble is None and program in WRITES and r['status'] != 0:
                trouble = self.healed(program, r, clean)
            self.drop(r)
        except Exception as e:  # the driver's own: a finding all the same
            trouble = f'{type(e).__name__}: {e}'
        if trouble is None or self.is_known(program, call, trouble):
            return None
        name = how if how == 'short' else errno.errorcode[how]
        return (f'FOUND {program} {call} {k} {name} {times} '
                f'{self.e.name}: {trouble}\n  again: AT={k} '
                f'PROGRAMS={program} CALLS={call}:{name} TIMES={times} '
                f'ENGINES={self.e.name} python3 tests/torture/torture.py '
                f'{os.path.basename(BUILD)}')

    def clean(self, program):
        a, b = self.run(program), self.run(program)
        for r in a, b:
            if r['status'] not in ENDS or r['hung'] or not (
                    r['stdout'] or program in WRITES + tuple(ASKED)
                    or r['out']) or any(s == 0 for s, _ in r['answers']):
                sys.exit(f'torture: {program} fails undisturbed: '
                         f'{r["stderr"].decode()} {r["answers"]}')
        if program in WRITES:
            a['state'] = self.e.state(a['db'])
        for r in a, b:
            self.drop(r)
        if program not in MEASURES:
            a['said'] = steady(self.said(program, a), self.said(program, b))
        a['fixed'] = '--as-of' in PROGRAMS[program][1]
        a['answered'] = [
            steady(*(WORD.findall(VARIES.sub(b'', t[1])) for t in both))
            for both in zip(a['answers'], b['answers'])]
        return a


def last(body):
    return body.rstrip(b'\n').rpartition(b'\n')[2].split()[:1]


def steady(a, b):
    """The words of two runs, None where they differ."""
    if len(a) != len(b):
        return None
    return [x if x == y else None for x, y in zip(a, b)]


def differ(words, pattern):
    """Words and those of undisturbed runs; None is anything."""
    return pattern is not None and (len(words) != len(pattern) or any(
        b is not None and a != b for a, b in zip(words, pattern)))


def answer(port, path, signed):
    """Its status and its body; 0 and why not."""
    if signed:
        p = subprocess.run(
            ['curl', '-sS', '--max-time', '20', '--aws-sigv4',
             'aws:amz:us-east-1:s3', '--user', f'{KEY}:{KEY}', '-H',
             'x-amz-content-sha256: UNSIGNED-PAYLOAD', '-w', '%{http_code}',
             f'http://127.0.0.1:{port}{path}'], capture_output=True)
        if p.returncode != 0:
            return 0, p.stderr
        return int(p.stdout[-3:]), p.stdout[:-3]
    try:
        c = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
        c.request('GET', path, headers={'Authorization': 'Bearer ' + KEY})
        r = c.getresponse()
        body = r.read()
        c.close()
        return r.status, body
    except (OSError, http.client.HTTPException) as e:
        return 0, repr(e).encode()


class Hook:
    """Who is told of alerts: what came to /NAME is kept as NAME/hook."""

    def __init__(self, work):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(
                    int(self.headers.get('Content-Length') or 0))
                with open(f'{work}{self.path}/hook', 'ab') as f:
                    f.write(body + b'\n')
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                      Handler)
        self.server.handle_error = lambda *_: None
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()


def ends_within(process, seconds):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def stacks(pid):
    """Each thread of a process that hangs says where, on standard error."""
    tgkill = {'x86_64': 234, 'aarch64': 131}.get(os.uname().machine)
    for tid in os.listdir(f'/proc/{pid}/task') if tgkill else ():
        ctypes.CDLL(None).syscall(tgkill, pid, int(tid), signal.SIGRTMAX - 1)
        time.sleep(0.05)


def words(name, default):
    return os.environ.get(name, '').split() or list(default)


def kinds():
    """Each kind of call, and how it fails; CALLS=read:EIO read all:..."""
    for word in words('CALLS', CALLS):
        call, _, how = word.partition(':')
        for h in CALLS[call]:
            name = h if h == 'short' else errno.errorcode[h]
            if how in ('', name):
                yield call, h


def ks_of(counted, met):
    """What is to fail; met has the places that have had their turn."""
    at, step = os.environ.get('AT'), os.environ.get('STEP') or '37'
    count = int(counted['count'])
    if at:
        return [at if at[0] == '@' else int(at)]
    if step == 'sites' and count > EACH:
        sites = set(counted['sites'].decode().split()) - met
        met |= sites
        ks = ['@' + s for s in sorted(sites)]
    else:
        ks = list(range(1, count + 1, 1 if step == 'sites' else int(step)))
    most = int(os.environ.get('SAMPLES') or 0)
    if most and len(ks) > most:
        ks = [ks[(2 * i + 1) * len(ks) // (2 * most)] for i in range(most)]
    return ks


def on_engine(t, pool):
    found = runs = 0
    for program in words('PROGRAMS', PROGRAMS):
        clean = t.clean(program)
        for call, how in kinds():
            if time.time() > t.until:
                print(f'left out: {program} {call} {how}, {t.e.name}')
                continue
            counted = t.run(program, call, sites=True)
            t.drop(counted)
            if not counted['count']:
                sys.exit(f'torture: {SHIM} counted nothing: make torture')
            count = int(counted['count'])
            ks = ks_of(counted, t.met.setdefault(
                (PROGRAMS[program][1][0], call, how), set()))
            # Who is interrupted for ever tries for ever, rightly.
            tried = [pool.submit(t.torture, program, call, k, how, times, clean)
                     for k in ks for times in words('TIMES', ('once', 'ever'))
                     if (how, times) != (errno.EINTR, 'ever')]
            here = [f.result() for f in tried]
            for line in filter(None, here):
                print(line, flush=True)
            here = sum(line is not None for line in here)
            found, runs = found + here, runs + len(tried)
            print(f'{t.e.name} {program} {call} '
                  f'{how if how == "short" else errno.errorcode[how]}: '
                  f'{count} calls, {len(tried)} runs, {here} found',
                  flush=True)
    return found, runs


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    found = runs = 0
    jobs = int(os.environ.get('JOBS') or os.cpu_count())
    engines = words('ENGINES', ('sqlite', 'postgres'))
    for engine in engines:
        if engine == 'postgres' and not subprocess.run(
                [TESTS + '/postgres.sh', 'bin'], capture_output=True,
                text=True).stdout.strip():
            print('skip: no PostgreSQL server is installed')
            continue
        t = Torture()
        try:
            t.engine(engine)
            # Each engine has its half of the time.
            t.until = time.time() + float(
                os.environ.get('SECONDS') or 'inf') / len(engines)
            pool = concurrent.futures.ThreadPoolExecutor(jobs)
            try:
                f, r = on_engine(t, pool)
            finally:
                pool.shutdown(cancel_futures=True)
            found, runs = found + f, runs + r
            for pattern, n in t.known_met.items():
                print(f'known, {n} times: {pattern}')
        finally:
            t.end()
    print(f'torture: {runs} runs, {found} found')
    return found != 0


if __name__ == '__main__':
    sys.exit(main())
