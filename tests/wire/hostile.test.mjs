// What a hostile peer says, to the built service and to the built manager, in a browser.
//
// `WIRE_VALUES=1000000` says how many random values there are; ordinary runs make fewer.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "../e2e/harness/until.mjs";
import { named, opening, toManager } from "./lib/fixtures.mjs";
import { decode, encode } from "./lib/postcard.mjs";
import { FOR_EVER, NO_REQUESTS, NO_TERMS, ToManager, ToService, VERSION } from "./lib/schema.mjs";
import { openStage } from "./lib/stage.mjs";

const VALUES = Number(process.env.WIRE_VALUES ?? 20_000);
const MIB = 2 ** 20;
/** As long as a page waits for an answer, in milliseconds. */
const PATIENCE = 5_000;
const HELLO = named(opening, "hello: a page that holds nothing").message;
const ODD = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
const EPOCH = { epoch: 4503599627370497, tag: 4503599627370497 };
const version = (seq) => ({ ...EPOCH, seq });

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

const bytes = (message) => encode(ToService, VERSION, message);
const hello = (end, object = HELLO) => end.frame.evaluate((object) => window.wire.hello(object), object);
const heard = async (end) => decode(ToManager, VERSION, await end.hear());
const memory = (frame) => frame.evaluate(() => window.memory.buffer.byteLength);
const ask = (id) => bytes({ Sync: { id, from: "LastSent", took: 0 } });

/** A page that speaks by hand, welcomed by a fresh service. */
const connected = async (query) => {
  const end = await stage.openHost(query);
  await hello(end);
  assert.ok((await heard(end)).Welcome);
  // How long the prompt rests is told when the frame has looked it up, which may be before or after the store has answered.
  const rest = [await heard(end), await heard(end), await heard(end)];
  assert.deepEqual(rest.flatMap(Object.keys).sort(), ["Page", "Quiet", "Synced"]);
  return end;
};

/** A live manager, and the service that it has. */
const live = async (query = "") => {
  const { page, service, complaints } = await stage.openManager(`/manager.html${query}`);
  for (const name of ["welcome: storage in memory", "page: the only one of an empty store", "synced: after a hello"]) {
    await service.say(named(toManager, name).bytes);
  }
  await until(() => page.evaluate(() => window.manager.getSnapshot().status === "live"), "a live manager");
  await service.opened();
  return { page, service, complaints };
};

/** The service still does its work: this question is answered next. */
const answers = async (end, id) => {
  await end.say(ask(id));
  assert.deepEqual(await heard(end), { Pong: id });
  assert.ok((await heard(end)).Synced);
};

/** So many values in parts, each from its own seed: the driver does not wait for ever. */
const inParts = async (count, part) => {
  for (let said = 0; said < count; said += 20_000) await part(Math.min(20_000, count - said), said);
};

/** To the service's window: random values, and what is nearly a hello. */
const shouting = (end, count, seed) =>
  end.frame.evaluate(
    async (count, good, seed) => {
      const { draws, nearly, random, turn } = window.wire.hostile;
      const below = draws(seed);
      for (let n = 1; n <= count; n++) {
        const ports = below(16) === 0 ? Array.from({ length: below(3) }, () => new MessageChannel().port1) : [];
        window.wire.shout(below(3) === 0 ? { ...nearly(good, below), attempt: -1 } : random(below), ports);
        if (n % 1_000 === 0) await turn();
      }
      await turn();
    },
    count,
    HELLO,
    seed,
  );

/** On the port of either end: says random values, and bytes that end as no message can. */
const saying = (end, count, seed) =>
  end.frame.evaluate(async (count, seed) => {
    const { draws, random, turn } = window.wire.hostile;
    const below = draws(seed);
    for (let n = 1; n <= count; n++) {
      const value = random(below);
      window.wire.post(value instanceof Uint8Array ? new Uint8Array([...value, ...Array(11).fill(0xff)]) : value);
      if (n % 1_000 === 0) await turn();
    }
    await turn();
  }, count, seed);

test(`hostile 19: random values to the service's window change nothing and are not answered`, async () => {
  const end = await connected();
  const before = await end.metrics();
  await inParts(VALUES, (count, seed) => shouting(end, count, seed));
  await until(async () => (await end.metrics()).malformed >= before.malformed + VALUES, "all values", { ms: 300_000 });
  assert.deepEqual(await end.metrics(), { ...before, malformed: before.malformed + VALUES });
  assert.equal(await end.unheard(), 0);
  assert.deepEqual(end.complaints, []);
  await answers(end, 1);
});

test(`hostile 19: random values to the service's port change nothing and are not answered`, async () => {
  const end = await connected("?clock=fast");
  const before = await end.metrics();
  await inParts(VALUES, (count, seed) => saying(end, count, seed));
  await until(async () => (await end.metrics()).malformed >= before.malformed + VALUES, "all values", { ms: 300_000 });
  assert.deepEqual(await end.metrics(), { ...before, malformed: before.malformed + VALUES });
  assert.equal(await end.unheard(), 0);
  assert.deepEqual(end.complaints, []);
  await answers(end, 1);
});

test(`hostile 19: random values to the manager's port change nothing and are not answered`, async () => {
  const { page, service, complaints } = await live("?clock=fast");
  await page.evaluate(() => {
    window.held = window.manager.getSnapshot();
  });
  await inParts(VALUES, (count, seed) => saying(service, count, seed));
  const malformed = () => page.evaluate(() => window.manager.metrics().connection.malformed);
  await until(async () => (await malformed()) >= VALUES, "all values", { ms: 300_000 });
  assert.equal(await malformed(), VALUES);
  assert.equal(await page.evaluate(() => window.manager.getSnapshot() === window.held), true);
  assert.equal(await service.unheard(), 0);
  assert.deepEqual(complaints, []);
});

/** Nothing was put on the prototype that all objects share. */
const clean = (frame) =>
  frame.evaluate(() => Object.keys(Object.prototype).length === 0 && {}.polluted === undefined && [].polluted === undefined);

for (const storage of ["memory", "indexeddb"]) {
  test(`hostile 20: names of an object's own machinery are names like any other to the service, over ${storage}`, async () => {
    const end = await connected(`?storage=${storage}`);
    const data = JSON.stringify(Object.fromEntries(ODD.slice(1).map((name) => [name, 1]))).replace("{", '{"__proto__":{"polluted":true},');
    const writes = ODD.map((id, at) => ({
      n: at + 1, predecessor: at, base: version(1), reads_from: null, mutations: [{ Add: { id, user_id: id, data, terms: NO_TERMS } }],
    }));
    await end.say(bytes({ Writes: { settled: 0, writes } }));
    const { Event } = await heard(end);
    assert.deepEqual(Event.changes.map(({ Put }) => [Put.id, Put.user_id, Put.data]).sort(), ODD.map((id) => [id, id, data]).sort());
    assert.ok(await clean(end.inside));
  });
}

test("hostile 20: names of an object's own machinery are names like any other to the manager", async () => {
  const { page, service } = await live();
  const data = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1}';
  const session = (id) => ({ id, user_id: id, created_at: 1, last_active_at: 1, version: 2, data, lifetime: FOR_EVER, requests: NO_REQUESTS });
  const changes = ODD.map((id) => ({ Put: session(id) }));
  await service.say(encode(ToManager, VERSION, { Event: { follows: version(1), version: version(2), changes, mine: [] } }));
  await until(() => page.evaluate(() => window.manager.getSnapshot().version.seq === 2), "the event");
  const shown = await page.evaluate(() => window.manager.getSnapshot().sessions.map(({ id, data }) => [id, JSON.stringify(data)]));
  assert.deepEqual(shown.sort(), ODD.map((id) => [id, data]).sort());
  assert.ok(await clean(page));
});

test("hostile 21: what is deep, cyclic, huge or out of range is refused on every way in", async () => {
  const end = await connected();
  const add = (data) => ({ n: 1, predecessor: 0, base: version(1), reads_from: null, mutations: [{ Add: { id: "a", user_id: "u", data, terms: NO_TERMS } }] });
  const texts = [`{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, '{"a":"\\ud800"}', '{"a":NaN}', '{"a":1,"a":2}', "[]", '{"a":1'];
  for (const text of texts) await end.say(bytes({ Writes: { settled: 0, writes: [add(text)] } }));
  const posted = await end.frame.evaluate((hello) => {
    const cyclic = { ...hello };
    cyclic.held = cyclic;
    const nested = Array.from({ length: 1_000 }).reduce((inner) => [inner], []);
    const values = [
      cyclic, nested, Array(10_000_000), "x".repeat(5_000_000), { ...hello, held: Array(1_000_000) }, { ...hello, attempt: Number.NaN },
      { ...hello, attempt: Infinity }, { ...hello, attempt: -1 }, { ...hello, held: [1, 2 ** 53, 3] }, { ...hello, grant: 0.5 },
      { ...hello, client: [1n, 2n] },
    ];
    for (const value of values) {
      window.wire.post(value);
      window.wire.shout(value, [new MessageChannel().port1]);
    }
    return values.length * 2;
  }, HELLO);
  await answers(end, 1);
  assert.equal((await end.metrics()).malformed, texts.length + posted);
  assert.equal((await end.metrics()).sessions, 0);
});

test("hostile 22: what is over the limit is not copied into the module's memory, on either side", async () => {
  const end = await connected();
  const before = await memory(end.inside);
  const flood = (size, count) => {
    for (let n = 0; n < count; n++) window.wire.post(new Uint8Array(size).fill(2));
  };
  await end.frame.evaluate(`(${flood})(${64 * MIB}, 6)`);
  await answers(end, 1);
  assert.equal(await memory(end.inside), before);
  assert.equal((await end.metrics()).malformed, 6);

  const { page, service } = await live();
  const held = await memory(page);
  await service.frame.evaluate(`(${flood})(${64 * MIB}, 6)`);
  const malformed = () => page.evaluate(() => window.manager.metrics().connection.malformed);
  await until(async () => (await malformed()) === 6, "all messages");
  assert.equal(await memory(page), held);
});

test("hostile 22: however much is said within the limit, memory stays bounded", async () => {
  const end = await connected("?clock=fast");
  const before = await memory(end.inside);
  const promising = [...bytes({ Writes: { settled: 0, writes: [] } }).subarray(0, 3)];
  await end.frame.evaluate(async (start) => {
    // A list of as many writes as there are bytes. The zeros make 142 000 of them before the end is found missing.
    const message = new Uint8Array(1_000_000);
    message.set([...start.slice(0, 3), 0xbf, 0x84, 0x3d]);
    for (let n = 0; n < 200; n++) {
      window.wire.post(message);
      if (n % 20 === 0) await window.wire.hostile.turn();
    }
  }, promising);
  await until(async () => (await end.metrics()).malformed === 200, "all messages", { ms: 60_000 });
  const grown = (await memory(end.inside)) - before;
  // Two bytes of a list may be a hundred as a value; what one message took the next one takes again.
  assert.ok(grown <= 64 * MIB, `${grown} bytes`);
  await answers(end, 1);
});

/** How long a question takes, of several. */
const slowest = async (end, from, count) => {
  let most = 0;
  for (let id = from; id < from + count; id++) {
    const begun = performance.now();
    await answers(end, id);
    most = Math.max(most, performance.now() - begun);
  }
  return most;
};

test("hostile 24: a granted page that floods is told once and cut off; another one is served all the while", async () => {
  const [end, other] = [await connected(), await connected()];
  const flood = end.frame.evaluate(async (text) => {
    for (let n = 0; n < 50_000; n++) {
      window.wire.say(text);
      if (n % 500 === 0) await window.wire.hostile.turn();
    }
  }, Buffer.from(ask(1)).toString("hex"));
  const slow = await slowest(other, 1, 10);
  await flood;
  assert.ok(slow < PATIENCE, `${slow} ms`);
  const last = () => end.frame.evaluate(() => window.wire.heard.at(-1));
  const goodbye = Buffer.from(encode(ToManager, VERSION, { Goodbye: "LimitExceeded" })).toString("hex");
  await until(async () => (await last()) === goodbye, "a goodbye");
  // At most a Pong and a Synced for each message that was heard: a burst, and what a second or two allow.
  const count = await end.unheard();
  assert.ok(count <= 2 * 8_000, `${count} answers`);
  assert.equal((await end.metrics()).connections, 0);
  await end.frame.evaluate((text) => window.wire.say(text), Buffer.from(ask(2)).toString("hex"));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.equal(await end.unheard(), count, "and that was all");
  // After a while it is welcome again.
  await hello(end, { ...HELLO, attempt: 2 });
  await until(async () => (await end.metrics()).connections === 1, "a connection");
});

test("hostile 24: hellos without end, of a page without a grant and of one with, cost little and nobody else anything", async () => {
  const other = await connected();
  const shouts = async (end, count) =>
    end.frame.evaluate(
      async (hello, count) => {
        const begun = performance.now();
        for (let n = 1; n <= count; n++) {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => window.wire.heard.push(data instanceof Uint8Array ? data[1] : data);
          window.wire.shout({ ...hello, client: [n, n], attempt: n }, [port2]);
          if (n % 500 === 0) await window.wire.hostile.turn();
        }
        return performance.now() - begun;
      },
      HELLO,
      count,
    );
  const stranger = await stage.openHost("", stage.origins.siteB);
  const [, slow] = await Promise.all([shouts(stranger, 10_000), slowest(other, 1, 10)]);
  assert.ok(slow < PATIENCE, `${slow} ms`);
  assert.equal(await stranger.unheard(), 0);
  assert.deepEqual([(await stranger.metrics()).connections, (await stranger.metrics()).malformed], [0, 0]);

  const guest = await stage.openHost();
  const [, slower] = await Promise.all([shouts(guest, 10_000), slowest(other, 11, 10)]);
  assert.ok(slower < PATIENCE, `${slower} ms`);
  await until(async () => (await guest.metrics()).connections > 0, "a connection");
  const said = await guest.frame.evaluate(() => window.wire.heard);
  const welcomes = said.filter((kind) => kind === 0).length;
  assert.ok(welcomes >= 100 && welcomes <= 256, `${welcomes} welcomes`);
  assert.ok((await guest.metrics()).connections <= 64);
});

test("hostile 24: a service that floods its page is cut off, and the page says so", async () => {
  const { page, service } = await live();
  const flood = service.frame.evaluate(async (text) => {
    for (let n = 0; n < 30_000; n++) {
      window.wire.say(text);
      if (n % 500 === 0) await window.wire.hostile.turn();
    }
  }, Buffer.from(encode(ToManager, VERSION, { Pong: 9 })).toString("hex"));
  // It does not come to its end: the page takes its frame away.
  flood.catch(() => {});
  const seen = await until(
    () => page.evaluate(() => {
      const { status, lastError } = window.manager.getSnapshot();
      return status === "reconnecting" && { code: lastError?.code };
    }),
    "the end of the connection",
  );
  assert.equal(seen.code, "limit_exceeded");
});

test("hostile 26: getters and proxies of a page run there, if at all, and never in the service", async () => {
  const end = await connected();
  const ran = await end.frame.evaluate((hello) => {
    let ran = 0;
    const getter = (value) => Object.defineProperty({ ...hello }, "client", { enumerable: true, get: () => (ran++, (globalThis.ran = true), value) });
    const thrown = [];
    const values = [getter("no client"), new Proxy(hello, { get: () => ran++ }), { ...hello, held: () => ran++ }, Object.create({ ...hello })];
    for (const value of values) {
      try {
        window.wire.shout(value, [new MessageChannel().port1]);
        window.wire.post(value);
      } catch ({ name }) {
        thrown.push(name);
      }
    }
    return { ran, thrown };
  }, HELLO);
  assert.deepEqual(ran, { ran: 2, thrown: ["DataCloneError", "DataCloneError"] });
  await answers(end, 1);
  assert.equal((await end.metrics()).malformed, 4);
  assert.equal(await end.inside.evaluate(() => globalThis.ran), undefined);
});
