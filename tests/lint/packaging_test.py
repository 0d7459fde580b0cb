"""What the packaged unit must grant, or the server in it cannot do what its manual says."""

import os
import re
import unittest

from source import ROOT


def unit():
    """The lists of values by setting, an item for each line that names it."""
    with open(os.path.join(ROOT, 'packaging/consomme.service'), encoding='utf-8') as file:
        found = re.findall(r'^(\w+)=(.*)$', file.read(), re.MULTILINE)
    return {name: [value for key, value in found if key == name] for name, _ in found}


class Unit(unittest.TestCase):
    def test_a_shared_port_may_be_steered(self):
        allowed = ' '.join(unit()['SystemCallFilter']).split()
        self.assertIn('@system-service', allowed)
        self.assertIn('bpf', allowed)  # in no set that @system-service names

    def test_what_is_not_allowed_is_refused_and_ends_nobody(self):
        self.assertEqual(unit()['SystemCallErrorNumber'], ['EPERM'])

    def test_the_supervisor_does_not_give_up(self):
        self.assertEqual(unit()['StartLimitIntervalSec'], ['0'])
        self.assertEqual(unit()['RestartSec'], ['2'])


if __name__ == '__main__':
    unittest.main()
