"""Every check finds what it is there for, and leaves the rest alone."""

import unittest

import habits
import layers
from lint import findings
from source import Source


def lines(check, text, path='src/sfu/media/nack.cc'):
    return [line for line, _ in check(Source(path, text))]


class Layers(unittest.TestCase):
    check = staticmethod(layers.includes_follow_the_table)

    def includes(self, path, *names):
        return lines(self.check, ''.join(f'#include {name}\n' for name in names), path)

    def test_a_layer_includes_what_lies_below(self):
        self.assertEqual(self.includes('src/sfu/worker/worker.h', '"sfu/router/router.h"', '"base/time.h"', '<vector>'), [])

    def test_nothing_is_included_from_above(self):
        self.assertEqual(self.includes('src/base/time.h', '<chrono>', '"net/clock.h"'), [2])

    def test_siblings_are_strangers(self):
        self.assertEqual(self.includes('src/sfu/ice/agent.cc', '"sfu/ice/agent.h"', '"sfu/dtls/session.h"'), [2])
        self.assertEqual(self.includes('src/sfu/router/router.h', '"sfu/transport/transport.h"'), [1])

    def test_nobody_looks_behind_the_public_header(self):
        path = 'src/server/server.cc'
        self.assertEqual(self.includes(path, '"sfu/sfu.h"', '"sfu/ortc/validate.h"', '"socketio/server.h"'), [])
        self.assertEqual(self.includes(path, '"sfu/runtime/control.h"', '"sfu/worker/worker.h"', '"net/clock.h"'), [1, 2, 3])

    def test_the_two_libraries_do_not_know_each_other(self):
        self.assertEqual(self.includes('src/socketio/hub.cc', '"sfu/sfu.h"'), [1])
        self.assertEqual(self.includes('src/sfu/runtime/sfu.cc', '"socketio/server.h"'), [1])

    def test_signaling_is_sans_io(self):
        self.assertEqual(self.includes('src/server/signaling/rooms.cc', '<boost/asio/io_context.hpp>', '"socketio/hub.h"'), [1, 2])

    def test_json_stays_at_the_edge(self):
        self.assertEqual(self.includes('src/server/json/rtp.cc', '<boost/json.hpp>'), [])
        self.assertEqual(self.includes('src/sfu/ortc/validate.cc', '<boost/json.hpp>', '<nlohmann/json.hpp>'), [1, 2])

    def test_headers_of_the_world_are_for_few(self):
        world = ('<thread>', '<sys/socket.h>', '<unistd.h>', '<random>', '<openssl/rand.h>')
        self.assertEqual(self.includes('src/net/udp_sender.cc', *world), [])
        self.assertEqual(self.includes('src/sfu/dtls/session.cc', '<openssl/ssl.h>', *world), [2, 3, 4, 5, 6])

    def test_a_unit_test_may_have_its_oracle_but_keeps_to_the_layers(self):
        self.assertEqual(self.includes('src/sfu/srtp/libsrtp_test.cc', '<srtp2/srtp.h>', '"sfu/dtls/session.h"'), [2])

    def test_every_folder_has_a_row(self):
        self.assertEqual(lines(self.check, '', 'src/sfu/mixer/mixer.cc'), [1])
        self.assertEqual(self.includes('src/sfu/media/nack.cc', '"nack.h"'), [1])

    def test_links_follow_the_table(self):
        lists = [('src/base/CMakeLists.txt', 'layer(base)'),
                 ('src/sfu/media/CMakeLists.txt', 'layer(media DEPS base LIBS OpenSSL::Crypto)'),
                 ('src/sfu/router/CMakeLists.txt', '# who gets what\nlayer(router DEPS media ice\n  LIBS base)'),
                 ('src/sfu/ice/CMakeLists.txt', 'layer(ice DEPS base)')]
        self.assertEqual(list(layers.links_follow_the_table(lists)),
                         [('src/sfu/router/CMakeLists.txt', 2, 'router may not link ice')])


class World(unittest.TestCase):
    check = staticmethod(layers.the_world_stays_outside)

    def test_engines_have_no_thread_clock_system_call_or_random_device(self):
        for bad in ('std::mutex m;', 'std::jthread t(f);', 'std::this_thread::yield();', 'std::random_device seed;',
                    'now = std::chrono::steady_clock::now();', 'x = std::time(nullptr);', 'n = ::send(fd, p, n, 0);',
                    'return ::getpid();', 'RAND_bytes(p, n);', 'getenv("DEBUG");', 'std::condition_variable_any c;'):
            self.assertEqual(lines(self.check, f'int x;\n{bad}\n'), [2], bad)
            self.assertEqual(lines(self.check, bad, 'src/net/clock.cc'), [], bad)
            self.assertEqual(lines(self.check, bad, 'src/sfu/media/nack_test.cc'), [], bad)

    def test_names_that_only_look_like_it_pass(self):
        for good in ('std::size_t Outbox::poll(ByteSpan out) {', '// calls ::send() later', 'log("std::mutex");',
                     'std::max(a, b);', 'return std::span<const T>::size();', 'transport.send(now);'):
            self.assertEqual(lines(self.check, good), [], good)


class Habits(unittest.TestCase):
    def test_nothing_is_unfinished(self):
        self.assertEqual(lines(habits.nothing_is_unfinished, 'a\n# TODO: later\nb // FIXME\n', 'scripts/prepare.sh'), [2, 3])
        self.assertEqual(lines(habits.nothing_is_unfinished, 'AUTODOC kTodos\n'), [])

    def test_files_are_short_but_tests_may_be_long(self):
        self.assertEqual(lines(habits.files_are_short, 'x\n' * 600), [])
        self.assertEqual(lines(habits.files_are_short, 'x\n' * 601), [601])
        self.assertEqual(lines(habits.files_are_short, 'x\n' * 601, 'web/src/call.ts'), [601])
        self.assertEqual(lines(habits.files_are_short, 'x\n' * 601, 'src/sfu/media/nack_test.cc'), [])

    def test_nobody_sleeps(self):
        self.assertEqual(lines(habits.nobody_sleeps, '// usleep\nstd::this_thread::sleep_for(1s);\n', 'tests/sim/x_test.cc'), [2])

    def test_there_are_no_macros(self):
        self.assertEqual(lines(habits.there_are_no_macros, '#pragma once\n# define MAX(a, b) a\n', 'src/base/a.h'), [2])

    def test_coroutines_await_no_temporaries(self):
        check = habits.coroutines_await_no_temporaries
        for bad in ('co_await post(io, [this] { run(); });', 'co_await f([a = std::move(b)](int) {});', 'co_await f({1, 2});',
                    'x = co_await send(Request{.id = 1});', 'co_await f(\n    1, {2});'):
            self.assertEqual(lines(check, f'int x;\n{bad}\n'), [2], bad)
        for good in ('co_await timer.wait(token);', 'co_await f(std::move(request));', 'auto r = Request{1}; co_await f(r);',
                     'co_await f(rows[3]);', 'co_await f([] { return 1; });', '// co_await f({1});'):
            self.assertEqual(lines(check, good), [], good)


class Reading(unittest.TestCase):
    def test_comments_and_strings_are_not_code(self):
        text = 'a("std::mutex // \\" x"); /* std::mutex\n */ b(1\'000\'000, \'"\'); R"x(std::mutex")x" // std::mutex\nstd::mutex m;\n'
        code = Source('src/base/a.cc', text).code
        self.assertEqual(code.count('std::mutex'), 1)
        self.assertEqual(lines(layers.the_world_stays_outside, text), [3])
        self.assertIn("1'000'000", code)

    def test_a_finding_says_where_it_is(self):
        bad = Source('src/base/a.h', '#pragma once\n#include <mutex>\n')
        self.assertEqual(list(findings([bad])), [('src/base/a.h', 2, 'base may not include <mutex>')])


if __name__ == '__main__':
    unittest.main()
