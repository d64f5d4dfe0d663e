// What a page and a service page have to do, however they were built.
import assert from "node:assert/strict";
import { until } from "../e2e/harness/until.mjs";

/**
 * Two tabs of a site that is not the owner's: what one writes, the other is told. Then what a service fetches later: the stores other than IndexedDB, and the prompt.
 *
 * @param {import("puppeteer-core").Browser} browser in which a frame of another site has a partition of its own
 * @param {number} port
 * @param {string} path of the page
 */
export async function trial(browser, port, path = "/index.html") {
  const address = `http://b.localhost:${port}${path}`;
  const [one, two] = [await open(browser, address), await open(browser, address)];
  await live(one);
  await live(two);
  assert.equal(await write(one, "Ada"), "Ada");
  await until(() => two.page.evaluate(() => document.getElementById("sessions").textContent === "Ada"), "what the other tab wrote", one);
  await one.page.bringToFront();
  await one.page.evaluate(() => void window.sessions.requestStorageAccess());
  const asked = async () => (await Promise.all(one.page.frames().map((frame) => frame.evaluate(() => Boolean(document.querySelector("session-bridge-prompt")))))).includes(true);
  await until(asked, "the prompt", one);
  // What shows the frame is a file of its own, which every tool has to find.
  await until(() => one.page.evaluate(() => document.querySelector("dialog").open), "the frame, shown", one);
  for (const { page } of [one, two]) await page.close();
  const plain = await open(browser, `${address}?storage=localstorage`);
  await live(plain);
  assert.equal(await write(plain, "Grace"), "Grace");
  await plain.page.close();
}

async function open(browser, address) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && complaints.push(message.text()));
  page.on("response", (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`));
  await page.goto(address);
  return { page, ms: 60_000, describe: async () => ({ complaints, ...(await page.evaluate(() => window.sessions && { ...window.sessions.getSnapshot(), error: window.sessions.getSnapshot().lastError?.message })) }) };
}

// A dev server compiles when it is first asked.
const live = (tab) => until(() => tab.page.evaluate(() => window.sessions?.getSnapshot().status === "live"), "a live manager", tab);

const write = (tab, name) => tab.page.evaluate(async (name) => (await window.sessions.addSession({ userId: name, data: { name } })).data.name, name);
