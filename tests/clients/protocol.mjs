// The corners of `graphql-transport-ws`, by `graphql-ws` and by a bare WebSocket: what closes a socket and with which code,
// what does not, and what ends an operation.
//
//   node tests/clients/protocol.mjs http://127.0.0.1:8080 sb_…
//
// Needs `graphql`, `graphql-ws` and `ws` (beside this file or on NODE_PATH). Exits non-zero on failure.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { endWithin } from './exporting.mjs';

// `require`, because `import` does not look at NODE_PATH.
const require = createRequire(import.meta.url);
const { createClient } = require('graphql-ws');
const WebSocket = require('ws');

const [base, token] = process.argv.slice(2);
assert(base && token, 'usage: protocol.mjs <base url> <token>');
const url = `${base.replace('http', 'ws')}/graphql/ws`;
const ENDLESS = 'subscription { exportJobsProgress { id } }';
const UNKNOWN_JOB = `subscription { exportJobProgress(id: "export_${'0'.repeat(32)}") { id } }`;

/** A socket that says what it is told to, and keeps what it hears. */
class Raw {
  #heard = [];
  #listeners = [];

  static async open({ signIn = true, protocol = 'graphql-transport-ws' } = {}) {
    const raw = new Raw();
    const socket = (raw.socket = new WebSocket(url, protocol));
    raw.closed = new Promise((resolve) => socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
    socket.on('message', (text) => {
      raw.#heard.push(JSON.parse(text));
      raw.#listeners.splice(0).forEach((heard) => heard());
    });
    await new Promise((open, failed) => socket.on('open', open).on('error', failed));
    if (signIn) {
      raw.say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
      assert.deepEqual(await raw.hear(), { type: 'connection_ack' });
    }
    return raw;
  }

  say(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id, query) {
    this.say({ type: 'subscribe', id, payload: { query } });
  }

  async hear() {
    while (this.#heard.length === 0) {
      const over = this.closed.then(({ code }) => Promise.reject(new Error(`closed with ${code}`)));
      await Promise.race([new Promise((heard) => this.#listeners.push(heard)), over]);
    }
    return this.#heard.shift();
  }

  /** Everything that has been said up to now has been answered when this returns; nothing else came. */
  async isStill() {
    this.say({ type: 'ping', payload: { now: 1 } });
    assert.deepEqual(await this.hear(), { type: 'pong', payload: { now: 1 } });
  }

  async closes(code) {
    const closed = await this.closed;
    assert.equal(closed.code, code, closed.reason);
    assert.notEqual(closed.reason, '');
  }

  close() {
    this.socket.close();
  }
}

/** What a real client makes of it: the answers to `query`, or why there are none. */
async function real(query, options) {
  const client = createClient({ url, webSocketImpl: WebSocket, retryWait: async () => {}, ...options });
  const answers = [];
  try {
    for await (const answer of client.iterate({ query })) answers.push(answer);
  } finally {
    await client.dispose();
  }
  return answers;
}

const tests = {
  async 'who does not sign in within 10 s is closed with 4408'() {
    const started = performance.now();
    const raw = await Raw.open({ signIn: false });
    await raw.closes(4408);
    const seconds = (performance.now() - started) / 1000;
    assert(seconds > 9 && seconds < 20, `after ${seconds} s`);
  },

  async 'an operation before the sign-in closes with 4401'() {
    const raw = await Raw.open({ signIn: false });
    raw.subscribe('1', ENDLESS);
    await raw.closes(4401);
  },

  async 'a sign-in without a token closes with 4401'() {
    for (const payload of [undefined, {}, { authorization: null }]) {
      const raw = await Raw.open({ signIn: false });
      raw.say({ type: 'connection_init', payload });
      await raw.closes(4401);
    }
    const refused = await real('{ viewer { email } }').catch((error) => error);
    assert.equal(refused.code, 4401, 'the real client comes back');
  },

  async 'a bad token closes with 4403, and a client that has found a better one gets in'() {
    for (const authorization of ['Bearer sb_no', `Bearer ${token}x`, token, 'Basic YTpi', 7]) {
      const raw = await Raw.open({ signIn: false });
      raw.say({ type: 'connection_init', payload: { authorization } });
      await raw.closes(4403);
    }
    const tokens = ['sb_of_yesterday', token];
    const connectionParams = () => ({ authorization: `Bearer ${tokens.shift()}` });
    const [answer] = await real('{ viewer { email } }', { connectionParams });
    assert.match(answer.data.viewer.email, /@/);
  },

  async 'a second sign-in closes with 4429'() {
    const raw = await Raw.open();
    raw.say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await raw.closes(4429);
  },

  async 'an id that is in use closes with 4409'() {
    const raw = await Raw.open();
    raw.subscribe('1', ENDLESS);
    raw.subscribe('1', ENDLESS);
    await raw.closes(4409);
  },

  async 'what is not of the protocol closes with 4400'() {
    const subscribe = { type: 'subscribe', id: '1', payload: { query: ENDLESS } };
    const wrong = [
      '',
      '{',
      '[]',
      'null',
      {},
      { type: 7 },
      { type: 'start', id: '1', payload: { query: ENDLESS } },
      { type: 'connection_ack' },
      { ...subscribe, id: undefined },
      { ...subscribe, id: '' },
      { ...subscribe, id: 1 },
      { ...subscribe, payload: undefined },
      { ...subscribe, payload: { query: 7 } },
      { type: 'complete' },
      Buffer.from(JSON.stringify(subscribe)),
    ];
    for (const message of wrong) {
      const raw = await Raw.open();
      if (Buffer.isBuffer(message)) raw.socket.send(message);
      else raw.say(message);
      await raw.closes(4400).catch((error) => assert.fail(`${JSON.stringify(message)}: ${error.message}`));
    }
  },

  async 'a message that is too big closes with 1009'() {
    const raw = await Raw.open();
    raw.subscribe('1', `{ viewer { email } } # ${'x'.repeat(70_000)}`);
    await raw.closes(1009);
  },

  async 'another subprotocol is not taken'() {
    await assert.rejects(Raw.open({ protocol: 'graphql-ws' }), /400/);
    await assert.rejects(Raw.open({ protocol: [] }), /400/);
    assert.equal((await fetch(new URL('/graphql/ws', base))).status, 426);
  },

  async 'a ping is answered with what it carries, before the sign-in too'() {
    const raw = await Raw.open({ signIn: false });
    raw.say({ type: 'ping' });
    assert.deepEqual(await raw.hear(), { type: 'pong' });
    await raw.isStill();
    raw.say({ type: 'pong' });
    await raw.isStill();
    raw.close();
    assert.equal((await raw.closed).code, 1005);
  },

  async 'the client completes: nothing more comes, and the id is free'() {
    const raw = await Raw.open();
    for (let time = 0; time < 3; time += 1) {
      raw.subscribe('1', 'subscription { viewer { email } }');
      assert.equal((await raw.hear()).type, 'next');
      raw.say({ type: 'complete', id: '1' });
    }
    raw.say({ type: 'complete', id: 'never begun' });
    await raw.isStill();
    raw.close();
  },

  async 'the server completes: the id is free, and a late complete of the client is no harm'() {
    const raw = await Raw.open();
    for (let time = 0; time < 3; time += 1) {
      raw.subscribe('1', '{ viewer { email } }');
      const next = await raw.hear();
      assert.deepEqual([next.type, next.id], ['next', '1']);
      assert.match(next.payload.data.viewer.email, /@/);
      assert.deepEqual(await raw.hear(), { id: '1', type: 'complete' });
      raw.say({ type: 'complete', id: '1' });
    }
    await raw.isStill();
    raw.close();
  },

  async 'an operation that is refused ends alone, and its id is free'() {
    const raw = await Raw.open();
    for (const query of ['{', '{ nothing }', 'subscription { viewer { email } exportJobsProgress { id } }']) {
      raw.subscribe('1', query);
      const error = await raw.hear();
      assert.deepEqual([error.type, error.id], ['error', '1'], JSON.stringify(error));
      assert.equal(typeof error.payload[0].message, 'string');
    }
    await raw.isStill();
    raw.close();
    const connectionParams = { authorization: `Bearer ${token}` };
    const [refused] = await real('{ nothing }', { connectionParams }).catch((errors) => errors);
    assert.match(refused.message, /nothing/);
  },

  async 'what is not there is told, and the operation is over'() {
    const connectionParams = { authorization: `Bearer ${token}` };
    const told = await real(UNKNOWN_JOB, { connectionParams }).catch((errors) => [{ errors }]);
    assert.equal(told.length, 1);
    assert.equal(told[0].errors[0].extensions.code, 'NOT_FOUND', JSON.stringify(told));
  },

  async 'of 51 subscriptions the last is refused, until another is completed'() {
    const raw = await Raw.open();
    for (let id = 1; id <= 51; id += 1) raw.subscribe(String(id), ENDLESS);
    let refused = await raw.hear();
    // Jobs of the other clients are told meanwhile.
    while (refused.type === 'next') refused = await raw.hear();
    assert.deepEqual([refused.type, refused.id], ['error', '51']);
    assert.equal(refused.payload[0].extensions.code, 'TOO_MANY_OPERATIONS');
    for (let id = 1; id <= 50; id += 1) raw.say({ type: 'complete', id: String(id) });
    raw.subscribe('51', '{ viewer { email } }');
    let answer = await raw.hear();
    while (answer.id !== '51') answer = await raw.hear();
    assert.equal(answer.type, 'next');
    raw.close();
  },
};

const open = new Set(Object.keys(tests));
endWithin(60, () => [...open]);
const outcomes = await Promise.all(
  Object.entries(tests).map(async ([name, test]) => {
    try {
      await test();
      return true;
    } catch (error) {
      console.error(`${name}: ${error.stack}`);
      return false;
    } finally {
      open.delete(name);
    }
  }),
);
const passed = outcomes.filter(Boolean).length;
console.log(`protocol: ${passed} of ${outcomes.length} pass`);
process.exit(passed === outcomes.length ? 0 : 1);
