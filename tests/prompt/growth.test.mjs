// The prompt is as large as what it says, in every language; where the window is too small for that, it can be scrolled.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { faultsOfLayout } from "../demo/lib/measure.mjs";
import { SCHEMES, breaches, look } from "../demo/lib/stand.mjs";
import { until } from "../e2e/harness/until.mjs";
import { embed, openPromptStage } from "./lib.mjs";

const LANGUAGES = ["en", "de", "fr", "es", "ja", "ar"];
const LONG = { siteName: "The Wolfeschlegelsteinhausenbergerdorff Bookshop", ownerName: "حسابات الميناء الكبير" };
/** Widths with the heights of the devices that have them. */
const WINDOWS = [[320, 568], [390, 844], [768, 1024], [1280, 720]];

let stage;
before(async () => {
  stage = await openPromptStage();
});
after(() => stage?.close());

/** A person whose frame covers the page, as a manager's does. */
async function meet(on = stage) {
  const person = await embed(on);
  await person.page.evaluate(() => {
    const { style } = document.querySelector("iframe");
    Object.assign(style, { left: 0, top: 0, width: "100%", height: "100%", colorScheme: "light dark" });
  });
  return person;
}

/** The prompt of this language, from the start. */
async function reopen(person, options) {
  await person.frame.evaluate(() => {
    window.drop?.(false);
    localStorage.clear();
  });
  await person.prompt({ settle: false, ...options });
}

/** A window of this size and of these colours. The frame, in a process of its own, has the size a little later than the page. */
async function windowOf(person, { width, height, ...colours }) {
  await look(person.page, { width, height, ...colours });
  const size = () => person.frame.evaluate(() => [innerWidth, innerHeight].join());
  await until(async () => (await size()) === [width, height].join(), "the frame's size", { describe: size });
}

const faults = (person) => person.frame.evaluate(faultsOfLayout, { shadow: "session-bridge-prompt" });

/** What of it scrolls, and whether the question and the buttons are whole. */
const state = (person) =>
  person.frame.evaluate(() => {
    const root = window.prompt_();
    const whole = (selector) => {
      const { left, top, right, bottom } = root.querySelector(selector).getBoundingClientRect();
      return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    };
    const scrolls = (element) => element.scrollHeight > element.clientHeight + 1;
    return {
      scrolling: [...root.querySelectorAll("dialog, h1, .body")].filter(scrolls).map(({ localName }) => localName),
      whole: [whole("dialog"), whole("h1"), whole(".buttons")],
      scheme: getComputedStyle(root.querySelector(".body")).colorScheme,
    };
  });

test("nothing overlaps, is cut or scrolls, in any language, at any width, in any colours", async () => {
  const person = await meet();
  for (const lang of LANGUAGES) {
    await reopen(person, { lang });
    for (const [width, height] of WINDOWS) {
      for (const scheme of SCHEMES) {
        await windowOf(person, { width, height, scheme });
        const what = `${lang}, ${width} px, ${scheme}`;
        assert.deepEqual(await faults(person), [], what);
        assert.deepEqual(await state(person), { scrolling: [], whole: [true, true, true], scheme: "light dark" }, what);
      }
    }
  }
});

/** In every language, in windows where not everything has room. */
async function staysWhole(person, options, windows) {
  for (const lang of LANGUAGES) {
    await reopen(person, { lang, ...options });
    for (const [width, height] of windows) {
      await windowOf(person, { width, height });
      const what = `${lang}, ${width} × ${height} px`;
      assert.deepEqual(await faults(person), [], what);
      const { whole, scrolling } = await state(person);
      assert.deepEqual(whole, [true, true, true], what);
      assert.ok(!scrolling.includes("dialog"), what);
    }
  }
}

test("with long names the explanation scrolls, and the question and the buttons stay whole", async () => {
  await staysWhole(await meet(), LONG, [[320, 480], [390, 500]]);
});

test("with text of twice the size too", async () => {
  const double = await openPromptStage({ textSize: 32 });
  try {
    const person = await meet(double);
    await reopen(person, {});
    assert.equal(await person.frame.evaluate(() => getComputedStyle(window.prompt_().querySelector("dialog")).fontSize), "32px");
    await staysWhole(person, {}, [[320, 568], [390, 844]]);
    await staysWhole(person, LONG, [[390, 844], [768, 700]]);
  } finally {
    await double.close();
  }
});

test("in a window that is too low it scrolls by keyboard, in the person's colours, and a click still counts", async () => {
  const person = await meet();
  await windowOf(person, { width: 320, height: 260, scheme: "dark" });
  await reopen(person, { lang: "de", answers: ["granted"] });
  assert.deepEqual(await state(person), { scrolling: ["div"], whole: [true, true, true], scheme: "light dark" });
  const top = () => person.frame.evaluate(() => window.prompt_().querySelector(".body").scrollTop);
  await person.press("Tab", "End");
  await until(async () => (await top()) > 0, "the explanation to scroll", { describe: top });
  await until(async () => (await person.seen()).disabled[1] === "false", "the button to be enabled");
  await person.click("Erlauben");
  await person.untilState("done");
});

test("its document is transparent in both colour schemes, so that the page shows around it", async () => {
  const person = await meet();
  await person.page.evaluate(() => (document.body.style.background = "rgb(200, 100, 50)"));
  await reopen(person, {});
  for (const scheme of SCHEMES) {
    await windowOf(person, { width: 800, height: 600, scheme });
    const corner = async () => {
      const png = await person.page.screenshot({ clip: { x: 2, y: 2, width: 1, height: 1 }, encoding: "base64" });
      return person.page.evaluate(async (png) => {
        const image = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0))], { type: "image/png" }));
        const context = new OffscreenCanvas(1, 1).getContext("2d");
        context.drawImage(image, 0, 0);
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).join();
      }, png);
    };
    await until(async () => (await corner()) === "200,100,50", `the page beside the prompt in ${scheme}`, { describe: corner });
  }
});

test("what a click that came too early says moves no button when it goes", async () => {
  const person = await meet();
  await reopen(person, { lang: "fr" });
  // However slow the machine is: the frame seems to change its size until the click was made.
  await person.frame.evaluate(() => {
    const root = window.prompt_();
    const [status, button] = [root.querySelector(".status"), root.querySelector("button.primary")];
    window.told = [];
    const unsettled = setInterval(() => dispatchEvent(new Event("resize")), 20);
    new MutationObserver(() => {
      clearInterval(unsettled);
      window.told.push({ empty: status.textContent === "", top: button.getBoundingClientRect().top });
    }).observe(status, { childList: true });
  });
  const told = () => person.frame.evaluate(() => window.told);
  // A click that comes before the browser has painted the frame in its place misses it.
  await until(async () => {
    await person.click("Autoriser");
    return (await told()).length > 0;
  }, "a click that is heard");
  await until(async () => (await told()).length === 2, "what was said, and its end", { describe: told });
  const [said, gone] = await told();
  assert.deepEqual([said.empty, gone], [false, { empty: true, top: said.top }]);
});

test("it is readable by the rules of WCAG 2.2 AA, in every language, in light and dark", async () => {
  const person = await meet();
  for (const lang of LANGUAGES) {
    await reopen(person, { lang });
    // A button that does not count yet is paler.
    await until(async () => (await person.seen()).disabled[1] === "false", "the button to be enabled");
    for (const scheme of SCHEMES) {
      await windowOf(person, { width: 390, height: 844, scheme });
      assert.deepEqual(await breaches(person.frame), [], `${lang} ${scheme}`);
    }
  }
});
