// What a page has replaced before the script is loaded, or breaks for a while, changes no data and loses nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, stand, works } from "./at-work.mjs";

/** Scripts that put functions of their own in place of what reads and writes JSON. */
const JSON_OF_ONES_OWN = {
  "that make numbers of texts": () => {
    const { parse } = JSON;
    JSON.parse = (text, revive = (_, value) => value) => parse(text, (name, value) => revive(name, typeof value === "string" && /^[0-9]+$/.test(value) ? Number(value) : value));
  },
  "that make dates of texts": () => {
    const { parse } = JSON;
    JSON.parse = (text, revive) => parse(text, (name, value) => (/^.1970|^1970/.test(value) ? new Date(value) : revive ? revive(name, value) : value));
  },
  "that know no second argument": () => {
    const { parse } = JSON;
    JSON.parse = (text) => parse(text);
  },
  "that alter texts": () => {
    const { stringify } = JSON;
    JSON.stringify = (value) => stringify(typeof value === "string" ? value.replace("1", "7") : value);
  },
  "that write letters as numbers": () => {
    const { stringify } = JSON;
    JSON.stringify = (value) => stringify(value)?.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  },
  "that throw": () => {
    JSON.parse = JSON.stringify = () => {
      throw new Error("replaced");
    };
  },
};

for (const [name, first] of Object.entries(JSON_OF_ONES_OWN)) {
  test(`beside functions for JSON ${name}`, async () => {
    assert.deepEqual(await works({ first }), []);
    const page = await stand.open("siteA");
    await page.evaluate(`(${first})()`);
    const texts = ["é😀\u2028", "\u0000\u0007\b\t\n\f\r\u001f\u007f", "\\\"/", "1970-01-01T00:00:00.000Z", "0049", ""];
    const data = { texts, "__proto__x": { [texts[0]]: [[], {}, [{}]] }, numbers: [0, -1.5, 1e300, 5e-324, 123456789012], words: [true, false, null] };
    const same = await page.evaluate(async (serviceUrl, data) => {
      const { SessionManager } = await import("/package/manager.js");
      const manager = new SessionManager({ serviceUrl });
      await manager.addSession({ id: "same", userId: "u", data });
      const shown = (value) => (typeof value === "object" && value ? Object.isFrozen(value) && Object.keys(value).map((name) => [name, shown(value[name])]) : value);
      const first = shown((await manager.getSession("same")).data);
      // Not a word of what is not touched changes.
      const { data: touched } = await manager.updateSession("same", (data) => ({ ...data, texts: [...data.texts], n: 1 }));
      await manager.removeSession("same");
      await manager.close();
      return [first, shown(touched)];
    }, `${stand.origins.service}/service.html`, data);
    await page.close();
    const shown = (value) => (typeof value === "object" && value ? Object.keys(value).map((name) => [name, shown(value[name])]) : value);
    assert.deepEqual(same, [shown(data), shown({ ...data, n: 1 })]);
  });
}

test("beside members that scripts put into Object.prototype: nobody's options, and nobody's data", async () => {
  const first = () => {
    for (const [name, value] of Object.entries({ replace: true, ifVersion: 7, signal: {}, id: "same", data: { of: "nobody" }, container: 5, wasm: 5, ttlMs: "1", inTime: true })) Object.prototype[name] = value;
  };
  assert.deepEqual(await works({ first }), []);
  assert.deepEqual(await works({ after: first }), []);
});

test("where what maps, sets and texts do is replaced, once the script is loaded", async () => {
  const after = () => {
    const fails = () => {
      throw new Error("replaced");
    };
    for (const name of ["get", "set", "has", "delete", "keys", "values", "entries"]) Map.prototype[name] = fails;
    for (const name of ["add", "has", "delete", "values", "forEach"]) Set.prototype[name] = fails;
    Map.prototype[Symbol.iterator] = Set.prototype[Symbol.iterator] = fails;
    delete String.prototype.padStart;
  };
  assert.deepEqual(await works({ after }), []);
});

test("where loops over lists are broken for a while, what was under way goes on afterwards", async () => {
  const page = await stand.open("siteA");
  await page.evaluate(keep);
  const ends = await page.evaluate(async (serviceUrl) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl, requestTimeoutMs: 5_000, heartbeatMs: 500 });
    // A slow machine may take longer than that to connect.
    while (manager.getSnapshot().status !== "live") await manager.waitForReady().catch(() => {});
    const under = [manager.addSession({ userId: "u" }), manager.refresh()];
    const { [Symbol.iterator]: iterator } = Array.prototype;
    Array.prototype[Symbol.iterator] = () => {
      throw new Error("replaced");
    };
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    Array.prototype[Symbol.iterator] = iterator;
    under.push(manager.addSession({ userId: "u" }));
    const ends = [];
    for (const promise of under) ends.push(await kept.end(promise));
    return [...ends, await kept.end(manager.close())];
  }, `${stand.origins.service}/service.html`);
  await page.close();
  assert.deepEqual(ends, ["done", "done", "done", "done"]);
});

test("a manager that could not be made leaves nothing to the next one", async () => {
  const page = await stand.open("siteA");
  await page.evaluate(keep);
  const ends = await page.evaluate(async (serviceUrl) => {
    const { SessionManager } = await import("/package/manager.js");
    const { catch: own } = Promise.prototype;
    Promise.prototype.catch = () => {
      throw new Error("replaced");
    };
    let thrown;
    try {
      new SessionManager({ serviceUrl });
    } catch (error) {
      thrown = error.message;
    }
    Promise.prototype.catch = own;
    const manager = new SessionManager({ serviceUrl });
    return [thrown, await kept.end(manager.addSession({ userId: "u" })), await kept.end(manager.close())];
  }, `${stand.origins.service}/service.html`);
  await page.close();
  assert.deepEqual(ends, ["replaced", "done", "done"]);
});
