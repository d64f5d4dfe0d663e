// A bridge needs nothing of its environment but the language: no timers, no document, no channels, no UTF-8.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import vm from "node:vm";
import * as FakeTimers from "@sinonjs/fake-timers";
import { createTestBridge } from "../../dist/testing.js";
import * as ours from "../../js/testing/world/utf8.js";
import { dist } from "../../scripts/lib/paths.mjs";

const BRIDGE = join(dist, "testing.js");

/** Has a bridge do what a test does with one. */
async function use(create) {
  const bridge = await create({ sessions: [{ id: "ä😀", userId: "u", data: { name: "Ada" } }], active: "ä😀" });
  const other = bridge.createManager();
  await other.waitForReady();
  await Promise.all([1, 2, 3].map(() => bridge.manager.updateSession("ä😀", ({ n = 0 }) => ({ n: n + 1 }))));
  await bridge.advance(60_000);
  await bridge.disconnect();
  await bridge.reconnect();
  const { data, id } = other.getSnapshot().activeSession;
  await bridge.close();
  return { id, name: data.name, n: data.n };
}

const USED = { id: "ä😀", name: "Ada", n: 3 };

test("as CommonJS, where there is the language and next to nothing else", async () => {
  const { AbortController, AbortSignal, CustomEvent, Event, EventTarget, URL, console } = globalThis;
  const context = vm.createContext({ AbortController, AbortSignal, CustomEvent, Event, EventTarget, URL, console });
  const module = { exports: {} };
  vm.runInContext(`(function (module, exports) {${readFileSync(join(dist, "testing.cjs"), "utf8")}\n})`, context)(module, module.exports);
  assert.equal(vm.runInContext("typeof setTimeout + typeof TextDecoder + typeof document + typeof queueMicrotask", context), "undefined".repeat(4));
  // Not of this realm, so compared member by member.
  assert.deepEqual({ ...(await use(module.exports.createTestBridge)) }, USED);
});

describe("fake timers", () => {
  for (const when of ["after the script was loaded", "before it was loaded", "while a bridge is open"]) {
    test(`that are installed ${when} neither disturb a bridge nor move it`, async () => {
      const before = when.startsWith("while") ? await createTestBridge() : undefined;
      const clock = FakeTimers.install({ now: 1_000_000_000_000 });
      try {
        const { createTestBridge: create } = when.startsWith("before") ? await import(`${BRIDGE}?faked`) : { createTestBridge };
        assert.deepEqual(await use(create), USED);
        const bridge = before ?? (await create());
        const { createdAt } = await bridge.manager.addSession({ userId: "u" });
        if (!before) assert.ok(createdAt - 1_000_000_000_000 < 1_000, "the time that the timers say is taken at the start");
        clock.tick(3_600_000);
        assert.equal(bridge.manager.getSnapshot().status, "live");
        await bridge.manager.addSession({ userId: "u" });
        await bridge.close();
      } finally {
        clock.uninstall();
      }
    });
  }

  test("what a program asked for has come to something once promise reactions have run, without any timer", async () => {
    const { manager, close } = await createTestBridge();
    const clock = FakeTimers.install();
    try {
      manager.addSession({ id: "a", userId: "u" });
      for (let left = 200; left > 0 && manager.getSnapshot().pendingWrites; left--) await undefined;
      assert.equal(manager.getSnapshot().pendingWrites, 0);
    } finally {
      clock.uninstall();
    }
    await close();
  });
});

describe("a process ends although a bridge", () => {
  const states = {
    "was not closed": "",
    "has lost the connection, with writes that wait": 'await bridge.disconnect(); bridge.manager.addSession({ userId: "u" }); await bridge.advance(20_000);',
    "is closed": "await bridge.close();",
  };
  for (const [state, then] of Object.entries(states)) {
    test(state, async () => {
      const script = `import { createTestBridge } from ${JSON.stringify(BRIDGE)}; const bridge = await createTestBridge(); bridge.createManager(); ${then} console.log("done");`;
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { timeout: 60_000 });
      assert.equal(stdout, "done\n");
    });
  }
});

test("UTF-8 is that of the platform", () => {
  const texts = ["", "a", "é€😀", "\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}", "\ufeffmark", "x".repeat(10_000) + "ü".repeat(10_000)];
  const [encoder, decoder] = [new ours.TextEncoder(), new ours.TextDecoder()];
  for (const text of [...texts, "lone \ud800 half", "\udc00"]) {
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual(encoder.encode(text), bytes);
    for (const room of [0, 1, 2, 3, 5, 4_096]) {
      const [one, other] = [new Uint8Array(room), new Uint8Array(room)];
      assert.deepEqual(encoder.encodeInto(text, one), new TextEncoder().encodeInto(text, other));
      assert.deepEqual(one, other);
    }
  }
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const outcome = (its, bytes) => {
    try {
      return its.decode(bytes);
    } catch {
      return undefined;
    }
  };
  for (const text of texts) assert.equal(decoder.decode(new TextEncoder().encode(text)), text);
  // Every two bytes, and every three of which the first begins a longer sequence.
  const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff];
  for (const a of edges) for (const b of edges) for (const c of edges) for (const d of edges) {
    const bytes = Uint8Array.of(a, b, c, d);
    assert.equal(outcome(decoder, bytes), outcome(strict, bytes), `${bytes}`);
  }
});
