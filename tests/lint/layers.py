"""Who may include whom, and who may touch the world: the layer table of docs/architecture.md."""

import re

from source import line_of

ENGINE = ['sfu/wire', 'sfu/ortc']

# A layer may include what its row names, and what those may include.
LAYERS = {
    'base': [],
    'net': ['base'],
    'sfu/wire': ['base'],
    'sfu/ortc': ['base'],
    'sfu/ice': ENGINE,
    'sfu/dtls': ENGINE,
    'sfu/srtp': ENGINE,
    'sfu/bwe': ENGINE,
    'sfu/media': ENGINE,
    'sfu/transport': ['sfu/ice', 'sfu/dtls', 'sfu/srtp', 'sfu/bwe', 'sfu/media'],
    'sfu/router': ['sfu/media'],
    'sfu/worker': ['sfu/transport', 'sfu/router', 'sfu/ortc'],
    'sfu/sfu.h': ['sfu/ortc'],  # the public header: what lies behind it is not seen through it
    'sfu/runtime': ['sfu/worker', 'net', 'sfu/sfu.h'],
    'socketio': ['base'],
    'server/json': ['sfu/ortc'],
    'server/signaling': ['server/json', 'sfu/sfu.h'],
    'server': ['server/signaling', 'socketio'],
}
LIBRARY_BEHIND = {'sfu/sfu.h': 'sfu/runtime'}

# Only these have threads, mutexes, system calls, clocks and random devices.
WORLDLY = ['net', 'sfu/runtime', 'socketio', 'server']

WORLDLY_STANDARD = {
    'thread', 'mutex', 'shared_mutex', 'condition_variable', 'semaphore', 'latch', 'barrier', 'stop_token', 'future',
    'random', 'filesystem', 'fstream', 'iostream', 'csignal', 'ctime'}

# Whose another project's header is: the first row that its name begins with. One that is in no row is the system's.
FOREIGN = [
    ('openssl/rand.h', WORLDLY),
    ('openssl/', ['sfu/wire', 'sfu/ice', 'sfu/dtls', 'sfu/srtp'] + WORLDLY),
    ('intel-ipsec-mb.h', ['sfu/srtp']),
    ('boost/unordered/', list(LAYERS)),
    ('boost/json', ['socketio', 'server', 'server/json', 'server/signaling']),
    ('boost/asio', ['socketio', 'server']),
    ('boost/beast', ['socketio']),
    ('boost/', []),
    ('fmt/', ['server']),
    ('spdlog/', ['server']),
    ('CLI/', ['server']),
    ('toml++/', ['server']),
    ('arpa/inet.h', ['base', 'net']),  # an address as text, which asks nothing of the system
]

WORLD = re.compile(
    r'\bstd::(?:jthread|thread|this_thread|\w*mutex|condition_variable\w*|async|random_device)\b'
    r'|\b\w+_clock::now\b|\b(?:clock_gettime|gettimeofday|getenv|secure_getenv|getrandom|getentropy|RAND_\w+)\s*\('
    r'|\bstd::(?:time|clock|rand|srand|system|signal)\s*\('
    r'|(?<![\w>:])::[a-z]\w*\s*\(')  # a C function, by its full name

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
LAYER = re.compile(r'^layer\((\w+)([^)]*)\)', re.MULTILINE)


def layer_of(path):
    """The longest row of the table that a path below src/ lies in."""
    rows = [row for row in LAYERS if path == row or path.startswith(row + '/')]
    return max(rows, key=len, default=None)


def reach(layer):
    seen = {layer}
    for below in LAYERS[layer]:
        seen |= reach(below)
    return seen


def includes_follow_the_table(source):
    if not source.is_cpp or not source.path.startswith('src/'):
        return
    layer = layer_of(source.path[len('src/'):])
    if layer is None:
        yield 1, 'lies in no layer of the table in tests/lint/layers.py'
        return
    for found in INCLUDE.finditer(source.text):
        quoted, name = found.group(1) == '"', found.group(2)
        if quoted and layer_of(name) not in reach(layer):
            yield line_of(source.text, found.start()), f'{layer} may not include "{name}"'
        if not quoted and source.is_product and layer not in owners(name):
            yield line_of(source.text, found.start()), f'{layer} may not include <{name}>'


def owners(header):
    if re.fullmatch(r'\w+', header):
        return WORLDLY if header in WORLDLY_STANDARD else list(LAYERS)
    return next((layers for start, layers in FOREIGN if header.startswith(start)), WORLDLY)


def the_world_stays_outside(source):
    if not source.is_product or layer_of(source.path[len('src/'):]) in WORLDLY:
        return
    for found in WORLD.finditer(source.code):
        yield line_of(source.code, found.start()), f'"{found.group().strip()}" belongs to {", ".join(WORLDLY)}'


def links_follow_the_table(lists):
    """`lists` are the CMakeLists.txt below src/ as (path, text)."""
    layers = {}
    for path, text in lists:
        for found in LAYER.finditer(text):
            layers[found.group(1)] = (path, line_of(text, found.start()), found.group(2))
    folder = {name: path[len('src/'):-len('/CMakeLists.txt')] for name, (path, _, _) in layers.items()}
    for name, (path, line, arguments) in layers.items():
        wanted = re.search(r'\bDEPS\b(.*?)(?=\b(?:LIBS|TEST_LIBS|SUBFOLDERS)\b|$)', arguments, re.DOTALL)
        allowed = {LIBRARY_BEHIND.get(layer, layer) for layer in reach(folder[name])}
        for other in wanted.group(1).split() if wanted else []:
            if other in folder and folder[other] not in allowed:
                yield path, line, f'{name} may not link {other}'
