// The service's prompt in a page of the demo, in a browser that keeps the sites apart until a person is asked.
const PATIENCE_MS = 20_000;
/** The prompt takes no click before it was in view for a while. */
const SETTLE_MS = 900;
/** How long the browser takes over its answer. */
const ANSWER_MS = 2_000;

/** `open` opens a page of an origin in a device, `shoot` takes its picture. */
export async function takePrompts(browser, { siteA, siteB }, { open, shoot, devices: { desktop, phone } }) {
  const dark = { ...desktop, scheme: "dark" };
  const light = { ...phone, scheme: "light" };
  await shootPrompt(await open(browser, siteA, desktop), "prompt-desktop", shoot);
  await shootPrompt(await open(browser, siteB, phone), "prompt-phone", shoot);
  await shootPrompt(await open(browser, siteB, light), "prompt-phone-light", shoot);
  const visit = await open(browser, siteA, dark);
  await shootPrompt(visit, "prompt-desktop-dark", shoot);
  await allow(visit);
  await shoot(visit, "prompt-visit", { keepFocus: true });
}

async function shootPrompt(page, name, shoot) {
  await page.bringToFront();
  const button = await page.waitForSelector('[data-testid="share"]:not([hidden])', { timeout: PATIENCE_MS });
  await button.click();
  await page.waitForSelector("dialog[open]", { timeout: PATIENCE_MS });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  await shoot(page, name, { keepFocus: true });
}

/** By keyboard. A browser without a screen asks nobody, so its answer is played: that of one that wants a visit first. */
async function allow(page) {
  const frame = page.frames().find((frame) => frame.url().endsWith("/service.html"));
  await frame.evaluate((ms) => {
    document.requestStorageAccess = () => new Promise((_, reject) => setTimeout(reject, ms));
  }, ANSWER_MS);
  for (const key of ["Tab", "Tab", "Enter"]) await page.keyboard.press(key);
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS + 2 * SETTLE_MS));
}
