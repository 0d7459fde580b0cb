"""clang-tidy over the product: tidy.py BUILD_FOLDER, where a compile_commands.json lies.

What has passed is not looked at again until it changes, or a header of ours that it includes, or the configuration.
Headers of the system are taken to change with clang-tidy's version only.
"""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys

from layers import INCLUDE
from source import ROOT


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def closure(path, src, seen):
    """Adds to `seen`, by path, the text of a file and of all that it includes with quotes, which is below `src`."""
    if path not in seen and os.path.exists(path):
        seen[path] = read(path)
        for found in INCLUDE.finditer(seen[path]):
            if found.group(1) == '"':
                closure(os.path.join(src, found.group(2)), src, seen)
    return seen


def key(command, path, src, configuration):
    """Names what clang-tidy would see."""
    texts = closure(path, src, {})
    parts = [configuration, command] + [part for item in sorted(texts.items()) for part in item]
    return hashlib.sha256('\0'.join(parts).encode()).hexdigest()


def look_at(build, path):
    return subprocess.run(['clang-tidy-19', '--quiet', '-p', build, path], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def main(build):
    passed = os.path.join(build, 'passed')
    os.makedirs(passed, exist_ok=True)
    version = subprocess.run(['clang-tidy-19', '--version'], check=True, text=True, stdout=subprocess.PIPE).stdout
    configuration = version + read(os.path.join(ROOT, '.clang-tidy'))
    entries = json.loads(read(os.path.join(build, 'compile_commands.json')))
    stamps = {e['file']: os.path.join(passed, key(e['command'], e['file'], os.path.join(ROOT, 'src'), configuration))
              for e in entries}
    changed = [path for path, stamp in stamps.items() if not os.path.exists(stamp)]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in zip(changed, pool.map(lambda path: look_at(build, path), changed)):
            if result.returncode == 0:
                open(stamps[path], 'w').close()
            else:
                bad += 1
                print(result.stdout, flush=True)
    print(f'{len(stamps)} files, {len(changed)} of them new or changed, {bad} with findings')
    return 1 if bad or not stamps else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
