"""What the configuration of clang-tidy finds, and when a file is looked at again."""

import os
import subprocess
import tempfile
import unittest

import tidy
from source import ROOT

# Each breaks one rule, whose name follows.
BAD = {
    'int f(int a, int b, int c, int d, int e, int g, int h);': None,
    'int f(int a, int b, int c, int d, int e, int g, int h) { return a + b + c + d + e + g + h; }':
        'readability-function-size',
    'int f(int a) {\n' + '  a = a * 3 + 1;\n' * 68 + '  return a;\n}\n': None,
    'int f(int a) {\n' + '  a = a * 3 + 1;\n' * 69 + '  return a;\n}\n': 'readability-function-size',
    '#include <string>\nvoid take(std::string);\nauto f(std::string s) { take(std::move(s)); return s.size(); }':
        'bugprone-use-after-move',
    'unsigned long f(int a, int b) { return static_cast<unsigned long>(a) + a * b; }':
        'bugprone-implicit-widening-of-multiplication-result',
    'constexpr unsigned long kSize = 64 * 1024;': None,
}


class Configuration(unittest.TestCase):
    def test_it_finds_what_it_is_there_for(self):
        with tempfile.TemporaryDirectory() as folder:
            for text, rule in BAD.items():
                path = os.path.join(folder, 'bad.cc')
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(text + '\n')
                result = subprocess.run(['clang-tidy-19', '--quiet', f'--config-file={ROOT}/.clang-tidy', path, '--', '-std=c++23'],
                                        text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                self.assertEqual(result.returncode != 0, rule is not None, text + result.stdout)
                self.assertIn(rule or '', result.stdout)


class Key(unittest.TestCase):
    def key(self, changed=None, command='c++ a.cc', configuration='Checks'):
        texts = {'a.cc': '#include "b.h"\n#include <vector>\n', 'b.h': '#include "c.h"\n', 'c.h': 'int c;\n', 'd.h': ''}
        if changed:
            texts[changed] += '// changed\n'
        for name, text in texts.items():
            with open(os.path.join(self.src, name), 'w', encoding='utf-8') as file:
                file.write(text)
        return tidy.key(command, os.path.join(self.src, 'a.cc'), self.src, configuration)

    def test_a_file_is_looked_at_again_when_what_it_sees_changes(self):
        with tempfile.TemporaryDirectory() as self.src:
            before = self.key()
            self.assertEqual(self.key(), before)
            self.assertEqual(self.key('d.h'), before)
            for other in (self.key('a.cc'), self.key('b.h'), self.key('c.h'), self.key(command='c++ -O2 a.cc'),
                          self.key(configuration='')):
                self.assertNotEqual(other, before)


if __name__ == '__main__':
    unittest.main()
