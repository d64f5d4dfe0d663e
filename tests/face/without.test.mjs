// In a window without WebAssembly, as a browser's lockdown mode or a script leaves it, nothing throws: what waits is refused
// with the same typed error as where a policy forbids it.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { blankPages } from "../e2e/harness/blank.mjs";

const stand = blankPages({ mounts: { "": fileURLToPath(new URL("page", import.meta.url)) }, setting: "allowed" });

test("without WebAssembly a manager is made, and says what is missing", async () => {
  const page = await stand.open("siteA", () => delete window.WebAssembly);
  const seen = await page.evaluate(async (service) => {
    const { SessionError, SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl: `${service}/service.html` });
    let told = 0;
    manager.subscribe(() => told++);
    const refusal = (promise) => promise.then(() => "resolved", (error) => [error instanceof SessionError, error.code, error.retryable]);
    const refused = [await refusal(manager.waitForReady()), await refusal(manager.addSession({ userId: "u" }))];
    const { status, reason, lastError } = manager.getSnapshot();
    await manager.close();
    return { there: typeof WebAssembly, refused, shown: [status, reason, lastError.code], told: told > 0, after: manager.getSnapshot().status };
  }, stand.origins.service);
  await page.close();
  const typed = [true, "unreachable", true];
  assert.deepEqual(seen, { there: "undefined", refused: [typed, typed], shown: ["connecting", "unreachable", "unreachable"], told: true, after: "closed" });
});

test("without WebAssembly a service page's start is refused the same way", async () => {
  const page = await stand.open("service", () => delete window.WebAssembly);
  const seen = await page.evaluate(async () => {
    const { SessionError, startSessionService } = await import("/package/service.js");
    const start = () => startSessionService({ grants: [{ origin: location.origin, read: "*" }], storage: "memory" });
    return start().then(() => "started", (error) => [error instanceof SessionError, error.code, error.retryable]);
  });
  await page.close();
  assert.deepEqual(seen, [true, "unreachable", true]);
});
