import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { crashFrame, keepFrameBusy } from "../harness/faults.mjs";
import { needs, titled } from "../harness/plays.mjs";
import { callOf } from "../harness/script.mjs";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";

/** The request timeout that a page has if nobody says otherwise. What takes as long as it is bounded by multiples of it. */
const TIMEOUT = 5_000;

/** In every page, before its scripts: keeps the iframes that come and go, and how often each loads. */
function keepFrames() {
  if (window !== top) return;
  window.framesSeen = [];
  new MutationObserver((mutations) => {
    for (const { addedNodes } of mutations) {
      for (const node of addedNodes) {
        for (const frame of node.querySelectorAll?.("iframe") ?? []) {
          const seen = { frame, loads: 0 };
          window.framesSeen.push(seen);
          frame.addEventListener("load", () => (seen.loads += 1));
        }
      }
    }
  }).observe(document, { childList: true, subtree: true });
}

/** In every page: keeps what shows of the page's manager, from its making on. A driver may get to the page later. */
function keepShown() {
  let manager;
  Object.defineProperty(window, "sessionBridge", {
    get: () => manager,
    set(made) {
      manager = made;
      window.shown = [];
      manager.subscribe(() => {
        const { status, reason, lastError } = manager.getSnapshot();
        window.shown.push({ status, reason, code: lastError?.code });
      });
    },
  });
}

/** From now on keeps what the manager tells of its connection, and every status that shows. */
const watch = (tab) =>
  tab.call(() => {
    const manager = window.sessionBridge;
    window.told = [];
    for (const type of ["connection_lost", "connection_restored"]) {
      manager.addEventListener(type, ({ detail }) => window.told.push([type, detail.reason]));
    }
    manager.subscribe(() => {
      const { status } = manager.getSnapshot();
      if (status !== "live") window.told.push([status]);
    });
  });

/** Writes, and answers after how long that was confirmed. */
const write = (tab) =>
  tab.call(() => {
    const began = performance.now();
    return window.sessionBridge.addSession({ userId: "user" }).then(() => Math.round(performance.now() - began));
  });

/** What the page has seen: how many iframes, how often each loaded, and whether the first is the one that is there. */
const frames = (tab) =>
  tab.call(() => ({ seen: window.framesSeen.length, loads: window.framesSeen[0].loads, keeps: window.framesSeen[0].frame.isConnected && document.querySelectorAll("iframe").length === 1 }));

function inWorld(play, name, { power, inFrame = [], inPage = [] }, task) {
  const first = (inPage, inFrame) => (window === top ? inPage : inFrame).forEach((run) => run());
  test(titled(play, name), power ? needs(play, power) : {}, async (t) => {
    const world = await openWorld(play, { firstScript: () => callOf(first, [[keepFrames, ...inPage], inFrame]) });
    try {
      await task(world, t);
    } finally {
      await world.close();
    }
  });
}

export function recoveryScenario(play) {
  inWorld(play, "hostile 35: a frame whose renderer crashed is replaced before a person would wonder", { power: "crashFrame" }, async (world, t) => {
    const a = await world.openLive("siteA");
    await write(a);
    await watch(a);
    for (let death = 0; death < 3; death += 1) {
      await crashFrame(a);
      const took = await write(a);
      t.diagnostic(`confirmed ${took} ms after death ${death + 1}`);
      // On an idle machine that is about a second, and the simulation holds it to four fifths of this. Before another frame was
      // tried beside a silent one it took more than twice as long as this.
      assert.ok(took < 2 * TIMEOUT, `${took} ms`);
      await until(() => a.call(() => document.querySelectorAll("iframe").length === 1), "one frame to be left");
    }
    const told = await a.call(() => window.told);
    assert.deepEqual(told.filter(([type]) => type === "connection_lost"), Array(3).fill(["connection_lost", "silence"]));
  });

  inWorld(play, "hostile 35: a frame that dies as soon as its service starts, and the one after it lives", { power: "crashFrame" }, async (world, t) => {
    const a = await world.openLive("siteA");
    await write(a);
    await crashFrame(a);
    const written = write(a);
    await until(() => a.call(() => document.querySelectorAll("iframe").length === 2), "the second frame");
    await until(async () => (await a.call(() => window.framesSeen[1].loads)) > 0, "its document");
    await crashFrame(a);
    const took = await written;
    t.diagnostic(`confirmed ${took} ms after the first death`);
    assert.ok(took < 4 * TIMEOUT, `${took} ms`);
  });

  inWorld(play, "a frame that is busy for three seconds is kept, and the page stays live", {}, async (world, t) => {
    const a = await world.openLive("siteA");
    await write(a);
    await watch(a);
    const before = await frames(a);
    for (let time = 0; time < 3; time += 1) {
      const busy = keepFrameBusy(a, 3_000);
      await sleep(100);
      const took = await write(a);
      await busy;
      t.diagnostic(`confirmed after ${took} ms`);
    }
    await until(() => a.call(() => document.querySelectorAll("iframe").length === 1), "one frame to be left");
    const after = await frames(a);
    t.diagnostic(`${after.seen - before.seen} frames were tried beside it`);
    assert.deepEqual({ loads: after.loads, keeps: after.keeps, told: await a.call(() => window.told) }, { loads: before.loads, keeps: true, told: [] });
  });

  inWorld(play, "a page that was frozen keeps its frame", { power: "freeze" }, async (world) => {
    const a = await world.openLive("siteA");
    await write(a);
    const before = await frames(a);
    const written = a.call(() => void (window.written = window.sessionBridge.addSession({ userId: "user" })));
    await written;
    await a.window.freeze(true);
    await sleep(2 * TIMEOUT);
    await a.window.freeze(false);
    await a.call(() => window.written.then(() => {}));
    await write(a);
    assert.deepEqual(await frames(a), { ...before, keeps: true });
  });

  inWorld(play, "a processor twenty times slower is no reason to load a frame anew", { power: "meddle" }, async (world, t) => {
    const a = await world.openLive("siteA");
    await write(a);
    await watch(a);
    await a.window.slow(20);
    for (let time = 0; time < 10; time += 1) t.diagnostic(`confirmed after ${await write(a)} ms`);
    await a.window.slow(1);
    await until(() => a.call(() => document.querySelectorAll("iframe").length === 1), "one frame to be left");
    const { loads, keeps } = await frames(a);
    assert.deepEqual({ loads, keeps, told: await a.call(() => window.told) }, { loads: 1, keeps: true, told: [] });
  });

  // From the first hello on: a slow machine may take long until a page asks, and a frame that shares its process with the page would
  // keep the page itself from asking.
  const busyOnceAsked = () => {
    window.asked = new Promise((resolve) => {
      const spin = () => {
        const end = performance.now() + 7_000;
        while (performance.now() < end);
        resolve();
      };
      addEventListener("message", spin, { once: true });
    });
  };
  const idleOnceAsked = () => {
    window.asked = new Promise((resolve) => addEventListener("message", () => setTimeout(resolve, 7_000), { once: true }));
  };
  const moduleWaits = () => {
    for (const name of ["compile", "compileStreaming"]) {
      const own = WebAssembly[name];
      WebAssembly[name] = (...values) => window.asked.then(() => own.apply(WebAssembly, values));
    }
  };
  const slow = { document: [busyOnceAsked, moduleWaits], module: [idleOnceAsked, moduleWaits] };
  for (const [what, inFrame] of Object.entries(slow)) {
    inWorld(play, `a service whose ${what} takes seven seconds is waited for, and said to be unreachable meanwhile`, { inFrame, inPage: [keepShown] }, async (world, t) => {
      const began = Date.now();
      const a = await world.open("siteA");
      const { lastError } = await a.untilSnapshot((one) => one.status === "live", "a live connection", { ms: 4 * TIMEOUT });
      t.diagnostic(`live ${Date.now() - began} ms after the page was opened`);
      assert.equal(lastError, null);
      const meanwhile = (await a.call(() => window.shown)).filter(({ status }) => status !== "live");
      assert.ok(meanwhile.some(({ reason, code }) => reason === "unreachable" && code === "unreachable"), JSON.stringify(meanwhile));
      const { loads, keeps } = await frames(a);
      assert.deepEqual({ loads, keeps }, { loads: 1, keeps: true });
    });
  }

  inWorld(play, "a container that is taken out of the document for good leaves its place to the body, and that is said", {}, async (world, t) => {
    const a = await world.open("siteA");
    await until(() => a.call(() => Boolean(window.sessionBridge)), "the demo");
    const seen = await a.call(async (service) => {
      const { SessionManager } = await import("/package/manager.js");
      const warnings = [];
      const { warn } = console;
      console.warn = (text) => warnings.push(text);
      const container = document.body.appendChild(document.createElement("section"));
      const manager = new SessionManager({ serviceUrl: `${service}/service.html?contained`, container, debug: true });
      await manager.waitForReady();
      const inside = container.querySelectorAll("iframe").length;
      // Moved, it loads anew, and stays where it is.
      document.body.prepend(container);
      await manager.addSession({ userId: "user" });
      const moved = [container.querySelectorAll("iframe").length, warnings.length];
      const began = performance.now();
      container.remove();
      await manager.addSession({ userId: "user" });
      const took = Math.round(performance.now() - began);
      const outside = [...document.querySelectorAll("iframe")].filter((frame) => frame.src.endsWith("?contained")).length;
      await manager.close();
      // One that is gone before there is anything to put into it.
      const early = new SessionManager({ serviceUrl: `${service}/service.html?early`, container: document.createElement("section"), debug: true });
      await early.waitForReady();
      await early.close();
      console.warn = warn;
      return { inside, moved, outside, took, warnings: warnings.filter((text) => text.includes("container")).length };
    }, world.origins.service);
    t.diagnostic(`confirmed ${seen.took} ms after the container went`);
    assert.deepEqual({ ...seen, took: seen.took < TIMEOUT }, { inside: 1, moved: [1, 0], outside: 1, took: true, warnings: 1 });
  });

  inWorld(play, "reconnect cuts a pause short", {}, async (world, t) => {
    const a = await world.openLive("siteA", { initialMs: 60_000, maxMs: 60_000 });
    await world.stopService();
    await a.call(() => document.querySelector("iframe").remove());
    await a.untilSnapshot((one) => one.status === "reconnecting", "the loss");
    await world.startService();
    const took = await a.call(() => {
      const began = performance.now();
      return window.sessionBridge.reconnect().then(() => Math.round(performance.now() - began));
    });
    t.diagnostic(`live ${took} ms after reconnect() was called`);
    assert.equal((await a.snapshot()).status, "live");
  });
}
