// The service's prompt in a page of the demo, in a browser that keeps the sites apart until a person is asked.
import { LOOKS, dress } from "./looks.mjs";

const PATIENCE_MS = 20_000;
/** How long the browser takes over its answer. */
const ANSWER_MS = 1_000;
const LANGUAGES = ["en", "de", "fr", "es", "ja", "ar"];
/** Those that are kept with the documents. */
const KEPT = ["en-1280-light", "en-320-dark", "ar-390-dark", "de-390-light", "ja-390-light"];

/** `open` opens a page of an origin, `shoot` takes its picture. */
export async function takePrompts({ origins: { siteA }, all, open, shoot }) {
  for (const lang of LANGUAGES) {
    const wanted = LOOKS.filter(({ size, scheme }) => all || KEPT.includes(`${lang}-${size}-${scheme}`));
    if (wanted.length === 0) continue;
    const page = await open(`${siteA}/?lang=${lang}`, wanted[0]);
    await ask(page);
    for (const look of wanted) {
      await dress(page, look);
      await takesClicks(page);
      await shoot(page, `prompt-${lang}-${look.size}-${look.scheme}`);
    }
    if (lang === "en") {
      await allow(page);
      await shoot(page, "prompt-visit");
    }
    await page.keyboard.press("Escape");
    if (lang === "en") {
      await page.waitForSelector("dialog:not([open])");
      await shoot(page, "declined");
    }
    await frameOf(page).evaluate(() => localStorage.clear());
    await page.close();
  }
}

const frameOf = (page) => page.frames().find((frame) => frame.url().includes("/service.html"));

/** Until it stands, and takes a click. */
async function ask(page) {
  await page.bringToFront();
  await page.waitForSelector('[data-testid="ask"]:not([hidden])', { timeout: PATIENCE_MS });
  await page.click('[data-testid="share"]');
  await page.waitForSelector("dialog[open]", { timeout: PATIENCE_MS });
  await takesClicks(page);
}

const takesClicks = (page) =>
  frameOf(page).waitForFunction(() => {
    const button = document.querySelector("session-bridge-prompt")?.shadowRoot.querySelector(".primary");
    return button?.ariaDisabled === "false" && getComputedStyle(button).opacity === "1";
  }, { timeout: PATIENCE_MS });

/** By keyboard. A browser without a screen asks nobody, so its answer is played: that of one that wants a visit first. */
async function allow(page) {
  await takesClicks(page);
  const frame = frameOf(page);
  await frame.evaluate((ms) => {
    document.requestStorageAccess = () => new Promise((_, reject) => setTimeout(reject, ms));
  }, ANSWER_MS);
  for (const key of ["Tab", "Tab", "Enter"]) await page.keyboard.press(key);
  const visit = () => document.querySelector("session-bridge-prompt")?.shadowRoot.querySelector("dialog").dataset.state === "visit";
  await frame.waitForFunction(visit, { timeout: PATIENCE_MS });
  await takesClicks(page);
}
