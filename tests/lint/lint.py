"""Holds the house to its own rules: prints what breaks them, one line each, and fails if there is any."""

import sys

import habits
import layers
from source import sources

PER_FILE = [
    layers.includes_follow_the_table,
    layers.the_world_stays_outside,
    habits.nothing_is_unfinished,
    habits.files_are_short,
    habits.nobody_sleeps,
    habits.there_are_no_macros,
    habits.coroutines_await_no_temporaries,
]


def findings(all_sources):
    for source in all_sources:
        for check in PER_FILE:
            for line, sentence in check(source):
                yield source.path, line, sentence
    yield from layers.links_follow_the_table(
        [(s.path, s.text) for s in all_sources if s.path.startswith('src/') and s.path.endswith('CMakeLists.txt')])


def main():
    all_sources = list(sources())
    found = list(findings(all_sources))
    for path, line, sentence in found:
        print(f'{path}:{line}: {sentence}')
    print(f'{len(all_sources)} files, {len(found)} findings')
    return 1 if found or not all_sources else 0


if __name__ == '__main__':
    sys.exit(main())
