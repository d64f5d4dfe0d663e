// How long sessions live, as the demo shows it: the choice, the countdown, the end and the way back, by keyboard and as a screen
// reader hears it. The clock of the page and of its frame is moved on in one step, as by a device that slept.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "../e2e/harness/until.mjs";
import { faultsOfLayout } from "./lib/measure.mjs";
import { SCHEMES, TEXT_SIZES, breaches, look, openDemo } from "./lib/stand.mjs";

const MINUTE = 60_000;

let demo;
before(async () => {
  demo = await openDemo();
});
after(() => demo?.close());

/** In the page and its frame, before any other script: a clock that `skip(ms)` moves on. */
function clockToMove() {
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  window.skip = (ms) => (ahead += ms);
}

/** A page of the owner, without sessions, whose time can be moved on. */
async function opened() {
  const page = await demo.open("owner", { first: clockToMove });
  await page.bringToFront();
  await page.evaluate(async () => {
    const manager = window.sessionBridge;
    for (const { id } of manager.getSnapshot().sessions) await manager.removeSession(id);
  });
  page.skip = async (ms) => {
    // What is on its way would be judged by the later time.
    await until(() => page.evaluate(() => window.sessionBridge.getSnapshot().pendingWrites === 0), "nothing to be on its way");
    for (const frame of page.frames()) await frame.evaluate((ms) => window.skip(ms), ms);
  };
  return page;
}

const seen = (page) =>
  page.evaluate(() => {
    const plain = (text) => text.replace(/[\u2066-\u2069]/g, "");
    const rows = [...document.querySelectorAll('[data-testid="session"]')].map((row) => ({
      name: plain(row.querySelector('[data-testid="name"]').textContent),
      life: row.querySelector('[data-testid="life"]').textContent,
      marked: row.querySelector('[data-testid="expired"]').checkVisibility(),
      buttons: [...row.querySelectorAll(".actions button")].filter((button) => button.checkVisibility()).map(({ textContent }) => textContent),
      pending: row.dataset.pending === "true",
    }));
    const { testid } = document.activeElement.dataset;
    return {
      rows,
      focused: testid,
      label: plain(document.activeElement.getAttribute("aria-label") ?? ""),
      told: [...document.querySelectorAll('[data-testid="timeline-entry"] .what')].map(({ textContent }) => plain(textContent)),
      notices: [...document.querySelectorAll('[data-testid="notice"]')].map(({ textContent }) => textContent),
    };
  });

const untilSeen = (page, condition, what) =>
  until(async () => {
    const now = await seen(page);
    return condition(now) && now;
  }, what, { describe: () => seen(page) });

const untilRow = async (page, condition, what) => (await untilSeen(page, ({ rows: [row] }) => row && !row.pending && condition(row), what)).rows[0];

/** Adds one by keyboard, with the choice of this name. */
async function add(page, name, life) {
  await page.focus('[data-testid="add-name"]');
  await page.keyboard.type(name);
  await page.select('[data-testid="add-life"]', life);
  await page.keyboard.press("Enter");
  await untilSeen(page, ({ rows }) => rows.some((row) => row.name === name && !row.pending), name);
}

test("the form has a choice of lifetimes, which the page tells", async () => {
  const page = await opened();
  assert.deepEqual(
    await page.$$eval('[data-testid="add-life"] option', (options) => options.map(({ value, textContent }) => [value, textContent])),
    [["service", "30 days"], ["minute", "1 minute"], ["hour", "1 hour"], ["never", "Never"]],
  );
  assert.equal(await page.$eval('[data-testid="add-life"]', ({ labels: [label] }) => label.textContent), "Expires after");
  for (const life of ["service", "minute", "hour", "never"]) await add(page, life, life);
  const lives = Object.fromEntries((await seen(page)).rows.map(({ name, life }) => [name, life]));
  assert.match(lives.minute, /^Expires in (1 min|5\d s)$/);
  assert.deepEqual({ ...lives, minute: "" }, { service: "Expires in 30 days", minute: "", hour: "Expires in 1 h", never: "Never expires" });
  const titles = await page.$$eval('[data-testid="life"]', (lives) => lives.map((life) => life.title !== ""));
  assert.deepEqual(titles, [true, true, true, false], "when exactly, for who points at it");
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("the countdown goes on by itself, and a screen reader hears nothing of it", async () => {
  const page = await opened();
  await add(page, "Ada", "minute");
  const heard = await page.evaluateHandle(() => {
    const heard = [];
    const live = [...document.querySelectorAll("[aria-live], [role='status'], [role='alert']")];
    for (const region of live) new MutationObserver(() => heard.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
    if (live.some((region) => region.contains(document.querySelector('[data-testid="life"]')))) heard.push("the countdown is in a live region");
    return heard;
  });
  const first = await untilRow(page, ({ life }) => / s$/.test(life), "seconds");
  await untilRow(page, ({ life }) => life !== first.life && / s$/.test(life), "fewer seconds");
  assert.deepEqual(await heard.jsonValue(), []);
  await page.close();
});

test("a session that expires is marked and told of once, keeps the focus, and is brought back by keyboard", async () => {
  const page = await opened();
  await add(page, "Ada", "minute");
  await page.focus('[data-testid="rename"]');
  await page.skip(MINUTE);
  const over = await untilSeen(page, ({ rows: [row] }) => row.marked, "the mark");
  assert.deepEqual(over.rows[0].buttons, ["Bring back", "Sign out"]);
  assert.match(over.rows[0].life, /^Expired at .*\d/);
  assert.deepEqual([over.focused, over.label], ["recover", "Bring back Ada"], "the focus is on what can be done now");
  assert.deepEqual(over.told.filter((text) => text.includes("expired")), ["“Ada” has expired"]);
  await page.keyboard.press("Enter");
  const back = await untilSeen(page, ({ rows: [row] }) => !row.marked && !row.pending, "it to be back");
  assert.match(back.rows[0].life, /^Expires in (1 min|5\d s)$/);
  assert.deepEqual([back.rows[0].buttons, back.focused], [["Switch", "Rename", "Sign out"], "switch"]);
  assert.equal((await untilSeen(page, ({ told }) => told[0].includes("back"), "the event")).told[0], "“Ada” was brought back");
  assert.deepEqual([page.complaints, back.notices], [[], []]);
  await page.close();
});

test("an active session that expires stays the active one; where it cannot be brought back, the page says why", async () => {
  const page = await opened();
  await add(page, "Ada", "minute");
  await page.click('[data-testid="switch"]');
  await untilRow(page, ({ buttons }) => buttons[0] === "Active", "the switch");
  await page.skip(MINUTE);
  assert.deepEqual((await untilRow(page, ({ marked }) => marked, "the mark")).buttons, ["Active", "Bring back", "Sign out"]);
  await page.skip(8 * 86_400_000);
  await page.click('[data-testid="recover"]');
  const { notices, rows } = await untilSeen(page, ({ notices }) => notices.length > 0, "the reason");
  assert.match(notices[0], /was not brought back\..*expired/s);
  assert.ok(rows[0].marked);
  await page.click('[data-testid="sign-out"]');
  await untilSeen(page, ({ rows }) => rows.length === 0, "it to be gone");
  await page.close();
});

test("a name that is half typed when its session expires stays, and leaves the focus in the row", async () => {
  const page = await opened();
  await add(page, "Ada", "minute");
  await page.click('[data-testid="rename"]');
  await page.keyboard.type("Ada L");
  await page.skip(MINUTE);
  const row = '[data-testid="session"][data-expired="true"]';
  await page.waitForSelector(row);
  assert.equal(await page.$eval('[data-testid="rename-name"]', (input) => (document.activeElement === input ? input.value : "")), "Ada L");
  await page.keyboard.press("Escape");
  assert.equal((await seen(page)).focused, "recover");
  await page.close();
});

test("whoever uses the page renews the session that is active", async () => {
  const page = await opened();
  await add(page, "Ada", "hour");
  const end = () => page.evaluate(() => window.sessionBridge.getSnapshot().sessions[0].expiresAt);
  const before = await end();
  await page.skip(2 * MINUTE);
  await page.keyboard.press("Shift");
  await page.evaluate(() => window.sessionBridge.refresh());
  assert.equal(await end(), before, "one that is not active is not in use");
  await page.click('[data-testid="switch"]');
  await untilRow(page, ({ buttons }) => buttons[0] === "Active", "the switch");
  await page.keyboard.press("Shift");
  await until(async () => (await end()) >= before + 2 * MINUTE, "the later end");
  await page.close();
});

test("what is signed out and taken back lives as long as before", async () => {
  const page = await opened();
  for (const [name, life] of [["hour", "hour"], ["never", "never"]]) {
    await add(page, name, life);
    await page.click('[data-testid="sign-out"]');
    await page.waitForSelector('[data-testid="undo-button"]');
    await page.click('[data-testid="undo-button"]');
    const back = await untilRow(page, (row) => row.name === name, "it to be back");
    assert.equal(back.life, life === "never" ? "Never expires" : "Expires in 1 h");
    await page.evaluate(() => window.sessionBridge.removeSession(window.sessionBridge.getSnapshot().sessions[0].id));
    await untilSeen(page, ({ rows }) => rows.length === 0, "none");
  }
  await page.close();
});

test("nothing of it overlaps or is cut at any width, and it is readable by the rules of WCAG 2.2 AA", async () => {
  const page = await opened();
  for (const name of ["Ada", "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren"]) await add(page, name, "minute");
  await page.click('[data-testid="session"]:last-child [data-testid="switch"]');
  await page.skip(MINUTE);
  await add(page, "محمد بن موسى الخوارزمي عالم الرياضيات", "hour");
  await untilSeen(page, ({ rows }) => rows.filter(({ marked }) => marked).length === 2, "two marks");
  for (const width of [320, 390, 768, 1280]) {
    for (const scheme of SCHEMES) {
      for (const [name, size] of Object.entries(TEXT_SIZES)) {
        await look(page, { width, scheme, size });
        assert.deepEqual(await page.evaluate(faultsOfLayout), [], `${width} px, ${scheme}, ${name} text`);
      }
    }
  }
  for (const scheme of SCHEMES) {
    await look(page, { width: 390, scheme, size: TEXT_SIZES.usual });
    assert.deepEqual(await breaches(page), [], scheme);
  }
  await page.close();
});
