// The built service, in a real iframe of another site, spoken to in recorded bytes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { named, opening, toManager, toService } from "./lib/fixtures.mjs";
import { decode, encode } from "./lib/postcard.mjs";
import { NO_TERMS, ToManager, ToService, VERSION, messages } from "./lib/schema.mjs";
import { openStage } from "./lib/stage.mjs";

const HELLO = "hello: a page that holds nothing";
/** What follows each welcome of a page whose visitor has not declined. */
const CAN_BE_SHOWN = "quiet: the prompt can be shown";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

const object = (name) => named(opening, name).message;
const hello = (end, message, count) => end.frame.evaluate((message, count) => window.wire.hello(message, count), message, count);
const say = (end, name) => end.say(named(toService, name).bytes);

/** The next message is this recorded one, to the byte. */
const hears = async (end, name) => {
  const expected = named(toManager, name);
  const bytes = await end.hear();
  assert.deepEqual(decode(ToManager, VERSION, bytes), expected.message, name);
  assert.deepEqual(bytes, expected.bytes, name);
};

/** The next message is a welcome as recorded, but for the digest, which is the service's own affair. */
const isWelcomed = async (end) => {
  const { name, message } = named(toManager, "welcome: storage in memory");
  const bytes = await end.hear();
  const { Welcome } = decode(ToManager, VERSION, bytes);
  const expected = { Welcome: { ...message.Welcome, grant: Welcome?.grant } };
  assert.deepEqual(bytes, encode(ToManager, VERSION, expected), name);
  return Welcome.grant;
};

/** A fresh service with an open connection. */
const connected = async (query) => {
  const end = await stage.openHost(query);
  await hello(end, object(HELLO));
  await isWelcomed(end);
  await hears(end, "page: the only one of an empty store");
  await hears(end, CAN_BE_SHOWN);
  await hears(end, "synced: after a hello");
  return end;
};

test("a conversation, to the byte", async () => {
  const end = await connected();
  await say(end, "writes: an added session");
  await hears(end, "event: a session put, by the receiver's own write");
  await say(end, "writes: an added session");
  await hears(end, "outcomes: of a write that was sent again");
  await say(end, "sync: nothing was missed");
  await hears(end, "pong");
  await hears(end, "synced: after a sync");
  await say(end, "took");
  await say(end, "writes: a patch behind an unsettled write");
  await hears(end, "event: a session changed, by the receiver's second write");
  await say(end, "writes: a removal");
  await hears(end, "event: a session removed, by the receiver's third write");
  assert.equal(await end.unheard(), 0);
});

test("a snapshot is sent to whoever asks for one", async () => {
  const end = await connected();
  await say(end, "writes: an added session");
  await hears(end, "event: a session put, by the receiver's own write");
  await say(end, "sync: again, from nothing");
  await hears(end, "pong: of the second sync");
  await hears(end, "page: the only one, with an outcome");
  await hears(end, "synced: after the second sync");
});

test("a page that comes back is told only what it missed", async () => {
  const end = await connected();
  await say(end, "writes: an added session");
  await hears(end, "event: a session put, by the receiver's own write");
  const back = object("hello: a page that was here before");
  await hello(end, back);
  const grant = await isWelcomed(end);
  // With another digest than it was told, it gets a snapshot.
  assert.notEqual(grant, back.grant);
  await hears(end, "page: the only one, of a connection");
  await hears(end, CAN_BE_SHOWN);
  await hears(end, "synced: after a hello, on what was held");
  await hello(end, { ...back, attempt: 3, grant });
  assert.equal(await isWelcomed(end), grant);
  await hears(end, CAN_BE_SHOWN);
  await hears(end, "synced: after a hello, on what was held");
});

/** What is said in this version from now on, up to the first message of this kind. All connections are told how long the prompt rests. */
const hearsUpTo = async (end, kind, version = VERSION) => {
  const told = {};
  while (!(kind in told)) {
    const bytes = await end.hear();
    if (bytes[0] === version) Object.assign(told, decode(messages(version).ToManager, version, bytes));
  }
  return told;
};

/** All that a page of this version is told first. */
const greeted = async (end, version, client) => {
  await hello(end, { ...object(HELLO), max: version, client });
  return hearsUpTo(end, "Synced", version);
};

const MINUTE = 60_000;

test("a use of a session is answered, and seen by all; once it is expired, an older page is not shown it", async () => {
  const end = await connected();
  const { message } = named(toService, "writes: an added session");
  const [write] = message.Writes.writes;
  const [{ Add }] = write.mutations;
  const terms = { ...NO_TERMS, ttl: [MINUTE], renews: true };
  await end.say(encode(ToService, VERSION, { Writes: { settled: 0, writes: [{ ...write, mutations: [{ Add: { ...Add, terms } }] }] } }));
  const added = decode(ToManager, VERSION, await end.hear()).Event;
  const [{ Put: session }] = added.changes;
  const { ttl, renews, expires_at } = session.lifetime;
  assert.deepEqual([ttl, renews, expires_at - session.created_at], [MINUTE, true, MINUTE]);

  const goes = (ms) => end.inside.evaluate((ms) => void (window.later += ms), ms);
  await goes(MINUTE - 1);
  await say(end, "touch");
  const used = [await end.hear(), await end.hear()].map((bytes) => decode(ToManager, VERSION, bytes));
  const { Event } = used.find(({ Event }) => Event);
  const then = { last_active_at: session.created_at + MINUTE - 1, lifetime: { ttl, renews, expires_at: expires_at + MINUTE - 1 } };
  assert.deepEqual([Event.follows, Event.mine, Event.changes], [added.version, [], [{ Put: { ...session, ...then } }]]);
  assert.deepEqual(used.find(({ Touched }) => Touched), named(toManager, "touched").message);
  // Within the same half of its life there is nothing to be written.
  await say(end, "touch");
  await hears(end, "touched");
  assert.deepEqual((await greeted(end, VERSION - 1, [3, 3])).Page.sessions.map(({ id }) => id), ["ada"]);

  await goes(MINUTE);
  const [older, newer] = [await greeted(end, VERSION - 1, [4, 4]), await greeted(end, VERSION, [5, 5])];
  assert.deepEqual([older.Page.sessions, newer.Page.sessions], [[], [{ ...session, ...then }]]);
  assert.deepEqual([older.Synced, newer.Synced.time], [{ id: 0, version: Event.version }, then.lifetime.expires_at]);
  await end.say(encode(ToService, VERSION, { Touch: { id: 2, session: "ada" } }));
  const { Touched } = await hearsUpTo(end, "Touched");
  assert.deepEqual({ Touched }, named(toManager, "touched: the session is expired").message);
});

test("a clean-up that is asked for is answered; a new frame removes nothing, as its clocks have not agreed for an hour", async () => {
  const end = await connected();
  await say(end, "clean-up");
  const { CleanedUp } = await hearsUpTo(end, "CleanedUp");
  assert.deepEqual(CleanedUp, { ...named(toManager, "cleaned up").message.CleanedUp, removed: 0 });
});

test("writes made on another store are a conflict", async () => {
  const end = await connected();
  await say(end, "writes: several, made on another store");
  const { Event } = decode(ToManager, VERSION, await end.hear());
  assert.deepEqual(Event.changes, []);
  assert.deepEqual(Event.mine, [[1, { Refused: "Conflict" }], [2, { Refused: "Conflict" }]]);
});

test("hostile 25: what a grant does not allow is forbidden, and nothing is stored for it", async () => {
  const end = await connected("?write=no");
  await say(end, "writes: an added session");
  // `Operation`: what the first mutation does is not listed in the grant's `write`.
  assert.deepEqual(decode(ToManager, VERSION, await end.hear()), { Outcomes: [[1, { Denied: { Operation: 0 } }]] });
  await say(end, "sync: nothing was missed");
  await hears(end, "pong");
  await hears(end, "synced: after a sync, on an empty store");
});

test("a page of another protocol is told which one is spoken here", async () => {
  const end = await stage.openHost();
  await hello(end, object("hello: a page with a newer protocol only"));
  assert.deepEqual(await end.hear(), object("refused: no version in common"));
});

test("hostile 19, 22: bytes that are no message change nothing and get no answer", async () => {
  const end = await connected();
  const { bytes } = named(toService, "writes: an added session");
  const malformed = [
    [],
    [VERSION],
    ...Array.from(bytes, (_, length) => bytes.subarray(0, length)),
    [...bytes, 0],
    [VERSION + 1, ...bytes.subarray(1)],
    [VERSION - 1, ...bytes.subarray(1)],
    [VERSION, 7],
    [VERSION, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    new Uint8Array(2_000_000).fill(VERSION),
  ];
  const foreign = [null, 0, "01", [1, 3], {}, object(HELLO), { sessionBridge: "refused", min: 1, max: 2 }];
  for (const one of malformed) await end.say(one);
  for (const value of foreign) await end.post(value);
  // The answer to a question asked now comes next.
  await say(end, "sync: nothing was missed");
  await hears(end, "pong");
  await hears(end, "synced: after a sync, on an empty store");
  assert.equal((await end.metrics()).malformed, malformed.length + foreign.length);
});

test("hostile 14, 21: a hello that is none, or comes without its one port, is not answered", async () => {
  const end = await stage.openHost();
  const good = object(HELLO);
  const without = (member) => Object.fromEntries(Object.entries(good).filter(([name]) => name !== member));
  const bad = [
    null, 0, "hello", [], {}, [good],
    ...Object.keys(good).map(without),
    { ...good, sessionBridge: "refused" }, { ...good, min: -1 }, { ...good, max: 256 }, { ...good, max: 1.5 },
    { ...good, client: [1] }, { ...good, client: [1, 2, 3] }, { ...good, client: "12" }, { ...good, client: [1, 2 ** 53] },
    { ...good, attempt: "1" }, { ...good, held: [1, 2] }, { ...good, held: {} }, { ...good, grant: -1 },
  ];
  for (const one of bad) await hello(end, one);
  await hello(end, good, 0);
  await hello(end, good, 2);
  assert.equal(await end.unheard(), 0);
  // The last one is good, and its answer comes first.
  await hello(end, good);
  await isWelcomed(end);
});
