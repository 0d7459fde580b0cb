// What the tests share: one server, two browsers, one page host; and for each test a room of its own.
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Browsers } from './browsers.mjs';
import { hostPage } from './page_host.mjs';
import { Participant } from './participant.mjs';
import { Server } from './server.mjs';

const kTestMs = 60000;

export class Stage {
  browsers = new Browsers();

  async open(server = Server.start()) {
    this.host = await hostPage();
    this.server = await server;
  }

  async close() {
    await this.browsers.close();
    this.host?.close();
    if (this.server?.process.exitCode === null) await this.server.stop('SIGKILL');
  }

  // A room on the shared server, or on another.
  call(server = this.server) {
    return new Call(this, server);
  }
}

export class Call {
  participants = [];
  roomId = `room-${randomUUID()}`;
  #owned = [];

  constructor(stage, server) {
    this.browsers = stage.browsers;
    this.pageUrl = stage.host.url;
    this.server = server;
  }

  open = (browser, options, frontEnd) => Participant.open(this, browser, options, frontEnd);

  async join(browser, options, frontEnd) {
    return (await this.open(browser, options, frontEnd)).join();
  }

  // Closes something with the call, however its test ends: an open socket would keep the process from ending.
  own(closable) {
    this.#owned.push(closable);
    return closable;
  }

  async end() {
    await Promise.all([...this.participants, ...this.#owned].map(each => each.close()));
  }
}

// A test with a call of its own, ended behind it.
export function callTest(stage, sentence, body, timeout = kTestMs) {
  test(sentence, { timeout }, async context => {
    const call = stage.call();
    try {
      await body(call, context);
    } finally {
      await call.end();
    }
  });
}

// A call on a server of its own, which ends with it.
export async function callOn(stage, starting, body) {
  const server = await starting;
  const call = stage.call(server);
  try {
    await body(call, server);
  } finally {
    await call.end();
    if (server.process.exitCode === null) await server.stop('SIGKILL');
  }
}

// As callTest, on a server of its own with these settings.
export function serverTest(stage, sentence, settings, body) {
  test(sentence, { timeout: kTestMs },
       context => callOn(stage, Server.start(settings), (call, server) => body(call, server, context)));
}
