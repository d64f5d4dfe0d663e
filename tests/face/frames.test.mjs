// The first iframe is put in while the module is on its way: the two load side by side, and what comes of either is not lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage } from "./in-page.mjs";

test("the frame is there before the module, loads by itself, and is the one that is used", async () => {
  const seen = await inPage("siteA", async () => {
    const { fetch } = window;
    const asked = Promise.withResolvers();
    window.fetch = (...values) => asked.promise.then(() => fetch(...values));
    const manager = make();
    const ready = manager.waitForReady();
    await null;
    const iframe = document.querySelector("dialog > iframe");
    const before = { there: frames_(), shown: iframe.getBoundingClientRect().width, label: iframe.parentNode.getAttribute("aria-label"), title: iframe.title };
    await new Promise((resolve) => iframe.addEventListener("load", resolve));
    const waiting = manager.getSnapshot().status;
    asked.resolve();
    await ready;
    const same = document.querySelector("iframe") === iframe && frames_() === 1;
    const loads = performance.getEntriesByName(serviceUrl, "resource").length;
    // It is known to have loaded: another document in it is one that has taken the place of the service's.
    const lost = new Promise((resolve) => manager.addEventListener("connection_lost", ({ detail }) => resolve(detail.reason)));
    iframe.src = `${serviceUrl}?again`;
    const reason = await lost;
    const { origin } = new URL(serviceUrl);
    await manager.close();
    return { before, waiting, same, loads, reason, origin, left: frames_() };
  });
  const { origin, ...rest } = seen;
  assert.deepEqual(rest, { before: { there: 1, shown: 0, label: origin, title: origin }, waiting: "connecting", same: true, loads: 1, reason: "frame_gone", left: 0 });
});

test("a frame that has not loaded when the module comes is used all the same", async () => {
  const seen = await inPage("siteA", async () => {
    const manager = make();
    await null;
    const iframe = document.querySelector("iframe");
    await manager.waitForReady();
    const same = document.querySelector("iframe") === iframe && frames_() === 1;
    await manager.close();
    return same;
  });
  assert.equal(seen, true);
});

test("a frame that the page takes out before the module is there has another one in its place", async () => {
  const task = async (whole) => {
    const manager = make();
    await null;
    const iframe = document.querySelector("iframe");
    (whole ? iframe.parentNode : iframe).remove();
    await manager.waitForReady();
    const after = [iframe.isConnected, document.querySelectorAll("dialog").length, frames_()];
    await manager.close();
    return [...after, document.querySelectorAll("dialog").length];
  };
  for (const whole of [false, true]) assert.deepEqual(await inPage("siteA", `(${task})(${whole})`), [false, 1, 1, 0]);
});

test("where no module comes, and where the manager is closed before, no frame is left", async () => {
  const seen = await inPage("siteA", async () => {
    const lost = make({ wasm: "/none.wasm" });
    await null;
    const tried = frames_();
    const code = await failure(lost.waitForReady());
    const left = frames_();
    await lost.close();

    window.fetch = () => new Promise(() => {});
    const early = make({ ttlMs: 1 });
    await tick();
    const there = frames_();
    await early.close();
    const after = frames_();
    // Two managers that share it: it stays for the one that stays.
    const [leaves, stays] = [make({ ttlMs: 2 }), make({ ttlMs: 2 })];
    await leaves.close();
    await null;
    const shared = frames_();
    await stays.close();
    return { tried, code, left, there, after, shared, none: document.querySelectorAll("dialog, iframe").length };
  });
  assert.deepEqual(seen, { tried: 1, code: "unreachable", left: 0, there: 1, after: 0, shared: 1, none: 0 });
});

test("a manager that is closed at once, as by a component that is mounted twice, loads nothing", async () => {
  const added = await inPage("siteA", async () => {
    let added = 0;
    const observer = new MutationObserver((records) => (added += records.length));
    observer.observe(document.body, { childList: true });
    const manager = make();
    const closing = manager.close();
    await tick();
    await closing;
    return added;
  });
  assert.equal(added, 0);
});

test("where the container is not in the document yet, the module is waited for, and then it is used", async () => {
  const seen = await inPage("siteA", async () => {
    const warnings = [];
    console.warn = (text) => warnings.push(text);
    const container = document.createElement("section");
    const manager = make({ container });
    await null;
    const early = frames_();
    document.body.append(container);
    await manager.waitForReady();
    const inside = container.querySelectorAll("iframe").length;
    await manager.close();
    return { early, inside, warnings };
  });
  assert.deepEqual(seen, { early: 0, inside: 1, warnings: [] });
});

test("where the page has no body yet, the module is waited for", async () => {
  const seen = await inPage("siteA", async () => {
    const { body } = document;
    body.remove();
    const manager = make();
    await null;
    const early = frames_();
    document.documentElement.append(body);
    await manager.waitForReady();
    const inside = body.querySelectorAll("iframe").length;
    await manager.close();
    return { early, inside };
  });
  assert.deepEqual(seen, { early: 0, inside: 1 });
});
