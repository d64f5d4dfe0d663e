// A blank page of a site with the package in it, for tests of what a manager does there.
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { built } from "../../scripts/lib/built.mjs";
import { blankPages } from "../e2e/harness/blank.mjs";

const stand = blankPages({ mounts: { "": fileURLToPath(new URL("page", import.meta.url)) }, setting: "allowed" });

/** Opens a blank page of the site and runs `task` there, with a way to make managers and to see how promises end. */
export async function inPage(site, task) {
  const page = await stand.open(site);
  await page.evaluate(async (service, module) => {
    const { SessionManager, SessionError } = await import("/package/manager.js");
    window.moduleUrl = new URL(`/package/${module}`, location.href);
    const serviceUrl = `${service}/service.html`;
    window.SessionError = SessionError;
    window.serviceUrl = serviceUrl;
    window.make = (options) => new SessionManager({ serviceUrl, heartbeatMs: 60_000, ...options });
    window.failure = (promise) => promise.then(() => "resolved", (error) => error.code ?? error.message);
    window.refusal = (promise) => promise.then(() => "resolved", ({ code, message }) => [code, message]);
    window.frames_ = () => document.querySelectorAll("iframe").length;
    window.tick = (ms = 50) => new Promise((resolve) => setTimeout(resolve, ms));
  }, stand.origins.service, basename(built("manager_bg.wasm")));
  try {
    return await page.evaluate(task);
  } finally {
    await page.close();
  }
}
