"""Every C++ file is as clang-format-19 leaves it."""

import subprocess
import sys

from source import ROOT, paths

files = [path for path in paths() if path.endswith(('.cc', '.h'))]
sys.exit(subprocess.run(['clang-format-19', '--dry-run', '-Werror', *files], cwd=ROOT).returncode if files else 1)
