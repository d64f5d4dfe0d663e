// What a page does to its own globals stops no connection.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { blankPages } from "../e2e/harness/blank.mjs";

const stand = blankPages({ mounts: { "": fileURLToPath(new URL("page", import.meta.url)) }, setting: "allowed" });

/** Runs `before` in a blank page, has a manager connect, runs `after`, and uses the manager for all that it is there for. */
async function used({ before = () => {}, after = () => {} }) {
  const page = await stand.open("siteA");
  try {
    await page.evaluate(`(${before})()`);
    return await page.evaluate(async (service, after) => {
      // As they were, for this test itself.
      const { setTimeout, Promise } = window;
      const { remove } = Element.prototype;
      const { SessionManager } = await import("/package/manager.js");
      const manager = new SessionManager({ serviceUrl: `${service}/service.html`, heartbeatMs: 1_000, requestTimeoutMs: 15_000 });
      await manager.waitForReady();
      (0, eval)(`(${after})`)();
      const add = () => manager.addSession({ userId: "u" });
      const soon = (promise) => Promise.race([promise.then(() => "done", (error) => error.code ?? error.message), new Promise((resolve) => setTimeout(() => resolve("never"), 60_000))]);
      const seen = [];
      seen.push(await soon(add()));
      // Another frame is mounted then, and what it says is heard.
      const again = new Promise((resolve) => manager.addEventListener("connection_restored", resolve));
      remove.call(document.querySelector("iframe"));
      seen.push(await soon(again), await soon(add()));
      seen.push(await soon(manager.close()));
      return seen;
    }, stand.origins.service, String(after));
  } finally {
    await page.close();
  }
}

const ALL_DONE = ["done", "done", "done", "done"];

test("elements that are named like members of the document do no harm", async () => {
  const before = () => {
    for (const name of ["createElement", "addEventListener", "removeEventListener", "hidden", "visibilityState", "title"]) {
      const form = document.body.appendChild(Document.prototype.createElement.call(document, "form"));
      form.setAttribute("name", name);
    }
    if (typeof document.createElement === "function" || document.hidden === false) throw new Error("they are not in the way");
  };
  assert.deepEqual(await used({ before }), ALL_DONE);
});

test("timers and clocks that are put in place later stop nothing", async () => {
  const after = () => {
    const stopped = () => 0;
    Object.assign(window, { setTimeout: stopped, clearTimeout: stopped, queueMicrotask: stopped, MessageChannel: stopped, MutationObserver: stopped });
    performance.now = stopped;
    Date.now = stopped;
  };
  assert.deepEqual(await used({ after }), ALL_DONE);
});

test("hostile 40: functions of the page that throw leave the connection at work", async () => {
  const after = () => {
    window.addEventListener("error", (event) => event.preventDefault());
    const fails = () => {
      throw new Error("the page's own fault");
    };
    // What the module calls on its way to mount and to remove a frame.
    for (const name of ["remove", "close", "setAttribute"]) HTMLElement.prototype[name] = fails;
  };
  assert.deepEqual(await used({ after }), ALL_DONE);
});
