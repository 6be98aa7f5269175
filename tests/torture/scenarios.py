"""What is tortured: the programs' ways, each with the store it begins with.

A store is 'empty' or a template that torture.py makes once an engine:
  full     two symbols, bars and features
  plain    the same without features
  again    full, and then other bars from another market
  held     full, and on hold
None is no store.  In a command {dir} is a folder of the run's own, {files} one
of flat files, {s3} their server, {serve} an mdserve, {hook} a URL whose
requests are kept as the file hook, {between} a time between the two markets.
"""

DAYS = ['--from', '2024-01-02', '--to', '2024-01-09']
SYMBOLS = ['AAPL', 'X:BTCUSD']
AS_OF = ['--as-of', '2024-01-10']
PATIENT = ['--rate', '100000/min', '--max-retries', '2', '--request-timeout',
           '5s']
BACKFILL = ['mdbackfill', '-q', *PATIENT, '-t', '1h,1d', *DAYS, *SYMBOLS]
FILES = ['mdbackfill', '-q', '--no-features', *PATIENT, '-t', '1m,1d', '--from',
         '2024-01-04', '--to', '2024-01-05', *SYMBOLS, '--flat-files']
SERVE = ['mdserve', '-q', '--listen', '127.0.0.1:0', '--port-file',
         '{dir}/port']
MOCK = ['mdmock', '-q', '--synthetic', '--listen', '127.0.0.1:0', '--port-file',
        '{dir}/port']
# As the folder {files} is filled, which --s3 then serves.
MADE = ['--symbols', '{list}', '--from', '2024-01-04', '--to', '2024-01-05']
BARS = ['mdbars', '-t', '1h,1d', *SYMBOLS]
LOAD = ['mdload', '--no-stand-in', '--symbols', 'AAPL', '--threshold',
        'p99<60s']
CACHED = [*LOAD, '--scenario', 'cached,uncached', '-c', '2', '-n', '8']
BASELINE = ['mdbaseline', '--mock', '--symbols', 'X:BTCUSD', '-t', '1d',
            '--days', '3', '--mock-latency', '1']

PROGRAMS = {
    'backfill': ('empty', BACKFILL),
    'again': ('full', BACKFILL),
    'features': ('plain', ['mdbackfill', '-q', '--features-only']),
    'plan': ('full', ['mdbackfill', '-n', '-o', 'json', '-t', '1h,1d', '--from',
                      '2024-01-02', '--to', '2024-01-19', 'AAPL', 'MSFT']),
    'files': ('empty', FILES + ['file:{files}']),
    's3': ('empty', FILES + ['{s3}']),
    'derive': ('empty', ['mdbackfill', '-q', '--no-features', *PATIENT,
                         '--derive', '-t', '15m,1h', *DAYS, 'AAPL']),
    'hold': ('full', ['mdbackfill', '--hold', 'torture']),
    'resume': ('held', ['mdbackfill', '--resume']),
    'universe': ('empty', ['mdbackfill', '--universe', 'stocks', *PATIENT]),
    'candidates': ('full', ['mdbackfill', '-q', '--universe', 'stocks',
                            '--store-universe', *PATIENT]),
    'stale': ('full', ['mdstale', *AS_OF, '-o', 'json']),
    'stale-table': ('full', ['mdstale', *AS_OF, '--out', '{dir}/out']),
    'gaps': ('full', ['mdstale', *AS_OF, '--gaps', '-o', 'csv']),
    'series': ('full', ['mdstale', *AS_OF, '-o', 'series']),
    'nagios': ('full', ['mdstale', *AS_OF, '-o', 'nagios']),
    'health': ('full', ['mdhealth', *AS_OF, '-o', 'csv']),
    'health-json': ('full', ['mdhealth', *AS_OF, '-o', 'json']),
    'page': ('full', ['mdhealth', *AS_OF, '-o', 'html']),
    'metrics': ('full', ['mdhealth', *AS_OF, '-o', 'prometheus', '--out',
                         '{dir}/out']),
    'history': ('full', ['mdhealth', '--history', '-o', 'csv']),
    'quality': ('full', ['mdhealth', '--quality', '-o', 'csv', '--limit', '0']),
    'hosts': ('full', ['mdhealth', '--hosts', '-o', 'json']),
    'objectives': ('full', ['mdhealth', '--objectives', '-o', 'csv']),
    'calendar': ('full', ['mdhealth', '--calendar', '2024-01-01..2024-12-31',
                          '-o', 'csv']),
    'probe': ('full', ['mdhealth', *AS_OF, '--probe-api', '-o', 'json']),
    'notify': ('full', ['mdhealth', '-q', '--notify',
                        'cat >>{dir}/out']),
    'notify-url': ('full', ['mdhealth', '-q', '--notify', '{hook}']),
    'bars': ('full', [*BARS, '-o', 'csv']),
    'bars-json': ('full', [*BARS, '-o', 'json', '--features']),
    'bars-jsonl': ('full', [*BARS, '-o', 'jsonl', '--adjusted', 'total']),
    'bars-table': ('full', [*BARS, '-o', 'table', '--session', 'regular']),
    'bars-svg': ('full', ['mdbars', '-t', '1h', 'AAPL', '-o', 'svg']),
    'bars-term': ('full', ['mdbars', '-t', '1h', 'AAPL', '-o', 'term']),
    'bars-out': ('full', [*BARS, '--out', '{dir}/out', '--fill', 'null']),
    'bars-as-of': ('again', [*BARS, '--as-of', '{between}']),
    'serve': ('full', SERVE),
    'serve-as-of': ('again', [*SERVE, *AS_OF]),
    'mock': (None, MOCK),
    'mock-s3': (None, [*MOCK, '--s3', '{dir}', *MADE]),
    'mock-files': (None, ['mdmock', '-q', '--synthetic', '--flat-files',
                          '{dir}/ff', *MADE]),
    'load': (None, [*CACHED, '--target', '{serve}', '-o', 'csv']),
    'load-store': ('full', [*CACHED, '--target', 'store', '-o', 'csv']),
    'load-stages': (None, [*LOAD, '--target', '{serve}', '--scenario', 'cached',
                           '--stages', '100ms:2,100ms:1', '-o', 'junit']),
    'load-ci': (None, [*CACHED, '--target', '{serve}', '-o', 'bencher']),
    'baseline': (None, [*BASELINE, '-o', 'csv']),
    'baseline-history': (None, [*BASELINE, '--history', '{dir}', '--commit',
                                'c0ffee1', '-o', 'github']),
}
# Their store is to be as after an undisturbed run; for a server that is away
# they wait minutes.
WRITES = ('backfill', 'again', 'features', 'files', 's3', 'derive', 'hold',
          'resume', 'candidates', 'notify', 'notify-url')
# What measures says other figures each time, and its store is its own.
MEASURES = ('load', 'load-store', 'load-stages', 'load-ci', 'baseline',
            'baseline-history')
# What a server is asked.
SERIES = '/api/v1/historical/{}?timeframe={}&start=2024-01-02&end=2024-01-0{}'
ASKED = {
    'serve': [SERIES.format('AAPL', '1d', 9), SERIES.format('X:BTCUSD', '1h', 4),
              '/series/AAPL/1d', '/', '/metrics', '/api/v1/symbols',
              '/api/v1/features/quant/AAPL?timeframe=1d&limit=3'],
    'serve-as-of': [SERIES.format('AAPL', '1d', 9), '/series/X:BTCUSD/1h', '/',
                    '/api/v1/admin/features/staleness',
                    '/api/v1/admin/scheduler-health'],
    'mock': ['/v2/aggs/ticker/AAPL/range/1/day/2024-01-02/2024-01-09',
             '/v3/reference/splits?ticker=AAPL',
             '/v2/aggs/ticker/AAPL/range/1/day/2024-01-02/2024-01-09',
             '/v3/reference/tickers?limit=5', '/v3/reference/dividends'],
    'mock-s3': ['/flatfiles?list-type=2&prefix=us_stocks_sip%2F',
                '/flatfiles/us_stocks_sip/day_aggs_v1/2024/01/'
                '2024-01-04.csv.gz',
                '/flatfiles/us_stocks_sip/day_aggs_v1/2024/01/'
                '2024-01-03.csv.gz'],
}
