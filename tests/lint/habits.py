"""The habits of the house that can be read off the text of one file."""

import re

from source import line_of

MAX_LINES = 600

UNFINISHED = re.compile(r'\b(?:TODO|FIXME|XXX|HACK)\b')
SLEEP = re.compile(r'\b(?:sleep_for|sleep_until|usleep|nanosleep)\b')
MACRO = re.compile(r'^[ \t]*#[ \t]*define\b', re.MULTILINE)
CO_AWAIT = re.compile(r'\bco_await\b[^;]*')
# A lambda that captures, or a value made of braces.
TEMPORARY = re.compile(r'\[[^\[\]]+\]\s*(?:\(|\{|mutable\b)|[(,=]\s*\{|\b[A-Z]\w*\s*\{')


def nothing_is_unfinished(source):
    if source.path.startswith('tests/lint/'):
        return
    for found in UNFINISHED.finditer(source.text):
        yield line_of(source.text, found.start()), f'{found.group()}: finish it, or file it'


def files_are_short(source):
    lines = source.text.count('\n')
    if lines > MAX_LINES and '_test.' not in source.path and '.test.' not in source.path:
        yield lines, f'{lines} lines are more than {MAX_LINES}: split it by meaning'


def nobody_sleeps(source):
    for found in SLEEP.finditer(source.code) if source.is_cpp else ():
        yield line_of(source.code, found.start()), f'{found.group()}: wait for what must happen, or use virtual time'


def there_are_no_macros(source):
    for found in MACRO.finditer(source.code) if source.is_cpp else ():
        yield line_of(source.code, found.start()), 'a macro: use a constant, a function or a table'


def coroutines_await_no_temporaries(source):
    """g++ 12 destroys such a temporary twice. Name it in a local, and move that."""
    for found in CO_AWAIT.finditer(source.code) if source.is_cpp else ():
        if TEMPORARY.search(found.group()):
            yield line_of(source.code, found.start()), 'a temporary with members inside co_await: name it in a local'
