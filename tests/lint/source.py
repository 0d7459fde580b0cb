"""A source file as the checks see it, and which files there are."""

import os
import re

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), '../..'))
KINDS = ('.cc', '.h', '.py', '.mjs', '.js', '.ts', '.css', '.html', '.sh', '.cmake', '.txt', '.md', '.toml')
MADE = {'.git', 'build', 'corpus', 'dist', 'node_modules'}  # folders that nobody writes by hand

NOT_CODE = re.compile(
    r'R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'  # raw strings
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<!\w)'(?:\\.|[^'\\\n])*'"  # a character; an apostrophe behind a digit parts thousands
    r'|//[^\n]*|/\*.*?\*/', re.DOTALL)


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        # Without comments and without what strings say; every line keeps its number.
        self.code = NOT_CODE.sub(lambda found: '\n' * found.group().count('\n') or ' ', text)

    @property
    def is_cpp(self):
        return self.path.endswith(('.cc', '.h'))

    @property
    def is_product(self):
        """Part of a library or the binary: not a test, nor what only tests include."""
        name = os.path.basename(self.path)
        helps_tests = name == 'testing.h' or name.startswith(('test_', 'fake_'))
        return self.is_cpp and self.path.startswith('src/') and not name.endswith('_test.cc') and not helps_tests


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def paths():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(set(folders) - MADE)
        for name in sorted(names):
            if name.endswith(KINDS):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def sources():
    for path in paths():
        with open(os.path.join(ROOT, path), encoding='utf-8') as file:
            yield Source(path, file.read())
