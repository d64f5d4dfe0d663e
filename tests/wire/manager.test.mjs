// The built manager, in a real page, with a service of another site that says recorded bytes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "../e2e/harness/until.mjs";
import { named, opening, toManager, toService } from "./lib/fixtures.mjs";
import { decode, encode } from "./lib/postcard.mjs";
import { ToManager, ToService, VERSION } from "./lib/schema.mjs";
import { openStage } from "./lib/stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

const bytesOf = (name) => named(toManager, name).bytes;
const messageOf = (name) => named(toManager, name).message;
const say = async (service, ...names) => {
  for (const name of names) await service.say(bytesOf(name));
};

/** The next message of the manager is this recorded one, to the byte. */
const hears = async (service, name) => {
  const expected = named(toService, name);
  const bytes = await service.hear();
  assert.deepEqual(decode(ToService, VERSION, bytes), expected.message, name);
  assert.deepEqual(bytes, expected.bytes, name);
};

/** A plain copy of the snapshot, once `condition` holds of it. */
const snapshot = (page, condition, what) =>
  until(async () => {
    const seen = await page.evaluate(() => JSON.parse(JSON.stringify(window.manager.getSnapshot())));
    return condition(seen) && seen;
  }, what);

const at = (seq) => (seen) => seen.status === "live" && seen.version?.seq === seq;

/** A manager that was welcomed to an empty store. */
const connected = async () => {
  const stand = await stage.openManager();
  await say(
    stand.service,
    "welcome: storage in memory", "page: the only one of an empty store", "synced: after a hello",
  );
  await snapshot(stand.page, at(1), "a live snapshot of version 1");
  await stand.service.opened();
  return stand;
};

/** How the API shows a session of the wire. */
const shown = ({ id, user_id, created_at, last_active_at, version, data, lifetime, requests }) => ({
  id, userId: user_id, createdAt: created_at, lastActiveAt: last_active_at, version, pending: false, data: JSON.parse(data),
  expiresAt: lifetime.expires_at, status: "valid",
  requests: { count: requests.count, limit: requests.limit, meanMs: requests.count && requests.micros / requests.count / 1_000, lastUrl: requests.last_url },
});

test("the hello is as recorded, but for the page's name", async () => {
  const { service } = await stage.openManager();
  const [{ client, attempt, lang, ...hello }] = await service.frame.evaluate(() => window.wire.hellos);
  assert.equal(lang, "en", "that of its document");
  const { client: _, attempt: first, ...expected } = named(opening, "hello: a page that holds nothing").message;
  assert.deepEqual(hello, expected);
  // Those before the frame was loaded reached nobody.
  assert.ok(attempt >= first && Number.isSafeInteger(attempt), String(attempt));
  assert.equal(client.length, 2);
  assert.ok(client.every((part) => Number.isSafeInteger(part) && part >= 0), client);
});

test("what the service says is what the snapshot shows", async () => {
  const { page, service } = await connected();
  await say(service, "event: a session put, by the receiver's own write");
  const [{ Put: ada }] = messageOf("event: a session put, by the receiver's own write").Event.changes;
  assert.deepEqual((await snapshot(page, at(2), "version 2")).sessions, [shown(ada)]);

  await say(service, "event: the active session");
  assert.equal((await snapshot(page, at(3), "version 3")).activeSession?.id, "ada");

  await say(service, "event: a session removed that was the active one");
  const gone = await snapshot(page, at(4), "version 4");
  assert.deepEqual([gone.sessions, gone.activeSession], [[], null]);
});

test("text of every kind arrives whole", async () => {
  const { page, service } = await connected();
  await say(service, "event: a session put, by the receiver's own write", "event: several commits as one");
  const { changes } = messageOf("event: several commits as one").Event;
  const [odd] = changes.flatMap((change) => (change.Put && change.Put.id !== "ada" ? [change.Put] : []));
  await snapshot(page, at(201), "version 201");
  const session = await page.evaluate(() => {
    const { data, ...rest } = window.manager.getSnapshot().sessions[0];
    return { ...rest, data: JSON.stringify(data), clean: {}.deep === undefined };
  });
  assert.deepEqual(session, { ...shown(odd), data: JSON.stringify(JSON.parse(odd.data)), clean: true });
});

test("events that come out of order are shown in order", async () => {
  const { page, service } = await connected();
  await say(service, "event: a session changed by somebody else");
  const before = await page.evaluate(() => window.manager.getSnapshot().sessions.length);
  assert.equal(before, 0);
  await say(service, "event: a session put, by the receiver's own write");
  const [session] = (await snapshot(page, at(3), "version 3")).sessions;
  assert.equal(session.data.name, "Ada Lovelace");
});

test("of the first snapshot what has arrived shows; events, the active session and reads wait for its last page", async () => {
  const { page, service } = await stage.openManager();
  await page.evaluate(() => {
    window.told = [];
    for (const type of ["session_created", "active_session_changed"]) window.manager.addEventListener(type, () => window.told.push(type));
    window.manager.getAllSessions().then(({ length }) => window.told.push(length));
  });
  const pages = ["page: the first of several", "page: the last of several"].map(messageOf);
  const { version } = pages[0].Page;
  await say(service, "welcome: storage shared through a handle");
  const [first, last] = pages.map(({ Page }) => encode(ToManager, VERSION, { Page: { ...Page, sync: 0 } }));
  await service.say(first);
  const part = await snapshot(page, ({ sessions }) => sessions.length > 0, "the first page");
  assert.deepEqual(new Set(part.sessions.map(({ id }) => id)), new Set(pages[0].Page.sessions.map(({ id }) => id)));
  assert.deepEqual([part.complete, part.status, part.version, part.activeSession], [false, "connecting", null, null]);
  await service.say(last);
  await service.say(encode(ToManager, VERSION, { Synced: { id: 0, version, time: null } }));
  const whole = await snapshot(page, at(version.seq), "the whole snapshot");
  assert.deepEqual(new Set(whole.sessions.map(({ id }) => id)), new Set(pages.flatMap(({ Page }) => Page.sessions.map(({ id }) => id))));
  assert.deepEqual([whole.complete, whole.activeSession.id], [true, "ada"]);
  assert.deepEqual(await page.evaluate(() => window.told), [whole.sessions.length]);
  assert.deepEqual(whole.storage, { level: "handle", shared: true, upgrade: "none", declinedUntil: null });
});

test("a write is sent as recorded, shows at once, and is confirmed by the event that contains it", async () => {
  const { page, service } = await connected();
  const pending = await page.evaluate(() => {
    const added = window.manager.addSession({ id: "ada", userId: "user-ada", data: { name: "Ada", color: "teal" } });
    window.added = added.then((session) => session.version);
    return window.manager.getSnapshot().sessions[0].pending;
  });
  assert.equal(pending, true);
  await hears(service, "writes: an added session");
  await say(service, "event: a session put, by the receiver's own write");
  assert.equal(await page.evaluate(() => window.added), 2);
  const seen = await snapshot(page, at(2), "version 2");
  assert.deepEqual([seen.pendingWrites, seen.sessions[0].pending], [0, false]);
});

test("a write made while another is under way names it", async () => {
  const { page, service } = await connected();
  await page.evaluate(() => {
    window.manager.addSession({ id: "ada", userId: "user-ada", data: { name: "Ada", color: "teal" } });
  });
  await hears(service, "writes: an added session");
  await page.evaluate(() => {
    window.manager.updateSession("ada", { name: "Ada Lovelace", mood: null });
  });
  await hears(service, "writes: a patch behind an unsettled write");
});

test("a write that the service accepts by outcome alone shows until it is contained", async () => {
  const { page, service } = await connected();
  await page.evaluate(() => {
    window.manager.addSession({ id: "ada", userId: "user-ada", data: { name: "Ada", color: "teal" } });
  });
  await hears(service, "writes: an added session");
  await say(service, "outcomes: of a write that was sent again", "storage: never partitioned");
  const waiting = await snapshot(page, ({ storage }) => storage.level === "same-site", "the storage that was said last");
  assert.deepEqual([waiting.sessions[0].pending, waiting.pendingWrites], [true, 1]);
  const { Event } = messageOf("event: a session put, by the receiver's own write");
  await service.say(encode(ToManager, VERSION, { Event: { ...Event, mine: [] } }));
  const seen = await snapshot(page, at(2), "version 2");
  assert.deepEqual([seen.pendingWrites, seen.sessions[0].pending], [0, false]);
});

test("every code of a refusal is the one that is published", async () => {
  const { page, service } = await connected();
  const { Outcomes } = messageOf("outcomes: every code");
  await page.evaluate((count) => {
    const add = (_, at) => window.manager.addSession({ id: `s${at}`, userId: "user" });
    const codes = Array.from({ length: count }, add).map((added) => added.then(() => "accepted", ({ code }) => code));
    window.codes = Promise.all(codes);
  }, Outcomes.length);
  const { Writes } = decode(ToService, VERSION, await service.hear());
  assert.deepEqual(Writes.writes.map(({ n }) => n), Outcomes.map(([n]) => n));
  await say(service, "outcomes: every code");
  const published = Outcomes.map(([, { Refused }]) => Refused.replace(/(?<=.)[A-Z]/g, "_$&").toLowerCase());
  assert.deepEqual(await page.evaluate(() => window.codes), published);
  assert.deepEqual((await snapshot(page, () => true, "any snapshot")).sessions, []);
});

test("every level of storage is shown by its published name", async () => {
  const { page, service } = await connected();
  const dashed = (name) => name.replace(/(?<=.)[A-Z]/g, "-$&").toLowerCase();
  const messages = [...toManager, { message: { Storage: { level: "Memory", shared: false, upgrade: "None" } } }]
    .flatMap(({ message }) => message.Storage ?? []);
  assert.ok(messages.length >= 5);
  for (const storage of messages) {
    await service.say(encode(ToManager, VERSION, { Storage: storage }));
    const expected = { level: dashed(storage.level), shared: storage.shared, upgrade: dashed(storage.upgrade), declinedUntil: null };
    const said = JSON.stringify(expected);
    await snapshot(page, (seen) => JSON.stringify(seen.storage) === said, said);
  }
});

test("a page that is sent away says what it holds when it comes back", async () => {
  const { page, service } = await connected();
  await say(service, "event: a session put, by the receiver's own write");
  await snapshot(page, at(2), "version 2");
  const [{ client, attempt }] = await service.frame.evaluate(() => window.wire.hellos);
  await say(service, "goodbye: the service was stopped");
  const { sessions } = await snapshot(page, ({ status }) => status === "reconnecting", "the end of the connection");
  assert.equal(sessions.length, 1);
  const inside = () => page.frames().find((frame) => frame.url().includes("fake-service"));
  const last = () => inside()?.evaluate(() => window.wire?.hellos.at(-1));
  const { attempt: later, ...back } = await until(async () => {
    const hello = await last();
    return hello?.held && hello;
  }, "a hello of a page that holds something");
  const { attempt: _, ...expected } = named(opening, "hello: a page that was here before").message;
  assert.deepEqual(back, { ...expected, client, lang: "en" });
  assert.ok(later > attempt, `${later} after ${attempt}`);
});

test("a service of another protocol only ends waiting with protocol_mismatch", async () => {
  const { page, service } = await stage.openManager();
  await page.evaluate(() => {
    window.ready = window.manager.waitForReady().then(() => "ready", ({ code }) => code);
  });
  await service.post({ ...named(opening, "refused: no version in common").message, min: VERSION + 1, max: VERSION + 2 });
  assert.equal(await page.evaluate(() => window.ready), "protocol_mismatch");
});

test("a service that cannot do its work says why in place of a welcome", async () => {
  const { page, service } = await stage.openManager();
  await say(service, "goodbye: the store failed");
  await snapshot(page, ({ lastError }) => lastError?.code === "storage_failed", "the reason");
});

test("hostile 19: bytes that are no message change nothing and get no answer", async () => {
  const { page, service } = await connected();
  await say(service, "event: a session put, by the receiver's own write");
  await snapshot(page, at(2), "version 2");
  await page.evaluate(() => {
    window.held = window.manager.getSnapshot();
  });
  const bytes = bytesOf("event: a session changed by somebody else");
  const malformed = [
    [],
    [VERSION],
    ...Array.from(bytes, (_, length) => bytes.subarray(0, length)),
    [...bytes, 0],
    [VERSION + 1, ...bytes.subarray(1)],
    [VERSION - 1, ...bytes.subarray(1)],
    [VERSION, 13],
    bytesOf("welcome: storage in memory"),
  ];
  for (const one of malformed) await service.say(one);
  const foreign = [null, 0, "01", [1, 3], {}, named(opening, "hello: a page that holds nothing").message];
  for (const value of foreign) await service.post(value);
  // A pong that nobody asked for comes behind all of it, and changes nothing either.
  await say(service, "pong", "storage: never partitioned");
  await snapshot(page, ({ storage }) => storage.level === "same-site", "the storage that was said last");
  const kept = await page.evaluate(() => window.manager.getSnapshot().sessions[0] === window.held.sessions[0]);
  assert.equal(kept, true);
  assert.equal((await snapshot(page, () => true, "any snapshot")).version.seq, 2);
  assert.equal(await service.unheard(), 0);
  const { malformed: counted } = await page.evaluate(() => window.manager.metrics().connection);
  assert.equal(counted, malformed.length + foreign.length);
});
