"""What `cmake --install` puts in place is what the unit starts, and what it starts finds its page."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request

CMAKE, BUILD = sys.argv[1:3]
SOURCES = os.path.realpath(os.path.join(os.path.dirname(__file__), '../..'))


def install(root):
    subprocess.run([CMAKE, '--install', BUILD, '--prefix', '/usr'], check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {'DESTDIR': root})


def page_of(started):
    """The address in the server's log, or nothing where it says that there is no page."""
    for line in started.stderr:
        if found := re.search(r'open (\S+) for the demo page|no demo page', line):
            return found.group(1)
    raise AssertionError('the server has ended')


class Installation(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        install(self.root)

    def path(self, installed):
        return self.root + installed

    def test_has_what_the_unit_names(self):
        with open(self.path('/usr/lib/systemd/system/consomme.service'), encoding='utf-8') as unit:
            named = re.findall(r'(?:^ExecStart=| |file:)(/\S+)', unit.read(), re.MULTILINE)
        self.assertEqual(len(named), 3)
        for name in named:
            self.assertTrue(os.path.exists(self.path(name)), name)

    def test_leaves_a_changed_configuration_alone(self):
        configuration = self.path('/etc/consomme/consomme.toml')
        with open(configuration, 'w', encoding='utf-8') as file:
            file.write('[server]\n')
        install(self.root)
        with open(configuration, encoding='utf-8') as file:
            self.assertEqual(file.read(), '[server]\n')

    def test_starts_and_serves_its_page(self):
        arguments = ['--config', self.path('/etc/consomme/consomme.toml'), '--host', '127.0.0.1', '--port', '0',
                     '--media-addresses', '127.0.0.1', '--media-port', '0', '--workers', '1']
        with subprocess.Popen([self.path('/usr/bin/consomme'), *arguments], stderr=subprocess.PIPE, text=True) as started:
            try:
                page = page_of(started)
                built = os.path.join(SOURCES, 'web/dist/index.html')
                self.assertEqual(page is not None, os.path.exists(built))
                if page:
                    with open(built, 'rb') as file, urllib.request.urlopen(page) as answer:
                        self.assertEqual(answer.read(), file.read())
            finally:
                started.terminate()


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
