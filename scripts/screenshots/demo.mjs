// Two sites of the demo, on which people sign in: what is done on one is pictured on the other.
import { LOOKS, dress } from "./looks.mjs";

const PATIENCE_MS = 20_000;
/** The shortest lifetime that a session can have. */
const LEAST_TTL_MS = 60_000;
/** Those that are kept with the documents. */
const KEPT = ["320-light", "390-dark", "1280-light", "1280-dark"];

/** `open` opens a page of an origin, `shoot` takes its picture. */
export async function takeDemo({ origins: { siteA, siteB }, all, open, shoot }) {
  const one = await open(siteA, LOOKS[0]);
  const other = await open(siteB, LOOKS[0]);
  await add(one, "Ada Lovelace", "indigo");
  await add(one, "Grace Hopper", "teal");
  await shows(other, "Grace Hopper");
  await add(other, "Katherine Johnson", "amber", "hour");
  await add(other, "Radia", "rose", "minute");
  await shows(one, "Radia");
  await press(other, "Grace Hopper", "switch");
  await one.waitForSelector('[data-testid="session"][data-active="true"]', { timeout: PATIENCE_MS });
  await rename(one, "Radia", "Radia Perlman");
  await shows(other, "Radia Perlman");
  await rowOf(one, "Radia Perlman", ' and @data-expired="true"', LEAST_TTL_MS + PATIENCE_MS);
  await press(one, "Ada Lovelace", "sign-out");
  await one.waitForSelector('[data-testid="undo"]', { timeout: PATIENCE_MS });
  // The round trip is measured while the page is quiet.
  await one.waitForFunction(() => /\d/.test(document.querySelector('[data-testid="rtt"]').textContent), { timeout: PATIENCE_MS });

  for (const look of LOOKS) {
    const name = `${look.size}-${look.scheme}`;
    if (!all && !KEPT.includes(name)) continue;
    await dress(one, look);
    await one.evaluate(() => {
      document.activeElement?.blur();
      scrollTo(0, 0);
    });
    await shoot(one, `demo-${name}`);
  }
}

async function add(page, name, color, life = "service") {
  await page.bringToFront();
  await page.select('[data-testid="add-life"]', life);
  await page.type('[data-testid="add-name"]', name);
  await page.click(`[data-testid="add-form"] [value="${color}"]`);
  await page.click('[data-testid="add"]');
  await shows(page, name);
}

async function press(page, name, button) {
  await page.bringToFront();
  const row = await rowOf(page, name);
  await (await row.$(`[data-testid="${button}"]`)).click();
}

async function rename(page, name, to) {
  await press(page, name, "rename");
  await page.keyboard.type(to);
  await page.keyboard.press("Enter");
}

/** Waits until the page shows a confirmed session of this name. */
function shows(page, name) {
  return rowOf(page, name, ' and @data-pending="false"');
}

function rowOf(page, name, condition = "", timeout = PATIENCE_MS) {
  const row = `//li[@data-testid="session"${condition}][.//*[@data-testid="name"]="${name}"]`;
  return page.waitForSelector(`xpath/${row}`, { timeout });
}
