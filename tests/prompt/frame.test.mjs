// The prompt as a person meets it in the service's frame: what it says, and what it takes for a decision.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "../e2e/harness/until.mjs";
import { SETTLE_MS, embed, openPromptStage, pause } from "./lib.mjs";

const ALLOW = "Allow";
const DENY = "Not now";

let stage;
before(async () => {
  stage = await openPromptStage();
});
after(() => stage?.close());

/** Without the marks that keep a name's direction to itself. */
const plain = (text) => text.replace(/[\u2068\u2069]/g, "");

/** A person before a fresh prompt, in a browser that has declined nothing. */
async function meet(options, surroundings) {
  const person = await embed(stage, surroundings);
  await person.frame.evaluate(() => localStorage.clear());
  await person.prompt(options);
  return person;
}

test("by keyboard only: Tab, Enter, and the browser is asked in the very handler", async () => {
  const person = await meet({ answers: ["granted"] });
  assert.equal((await person.seen()).focused, "Share your sessions with shop.example?");
  await person.press("Tab");
  assert.equal((await person.seen()).focused, DENY);
  await person.press("Tab");
  assert.equal((await person.seen()).focused, ALLOW);
  assert.deepEqual(await person.calls(), ["shown"]);
  await person.press("Enter");
  const done = await person.untilState("done");
  assert.equal(done.focused, done.title, "a screen reader is led to what is new");
  assert.deepEqual(await person.untilCalled("over"), ["shown", "grant true", "over"]);
  assert.equal(await person.seen(), null);
  assert.deepEqual(person.complaints, []);
});

test("Escape, Not now and the space bar on it decline, once", async () => {
  const ways = [
    (person) => person.press("Escape"),
    (person) => person.click(DENY),
    (person) => person.press("Tab", "Space"),
    (person) => person.press("Tab", "Enter", "Escape"),
  ];
  for (const way of ways) {
    const person = await meet();
    await way(person);
    assert.deepEqual(await person.untilCalled("over"), ["shown", "over"], String(way));
    assert.equal(await person.seen(), null);
    await person.page.close();
  }
});

test("hostile 33: a click that comes too early does nothing, and says so", async () => {
  const person = await meet({ settle: false, answers: ["granted"] });
  await person.click(ALLOW);
  const early = await person.seen();
  assert.deepEqual([early.state, early.status, early.disabled], ["ask", "Please wait a moment…", [null, "true"]]);
  assert.deepEqual(await person.calls(), ["shown"]);
  await person.frame.evaluate(() => window.prompt_().querySelector("button.primary").focus());
  await person.press("Enter");
  assert.deepEqual(await person.calls(), ["shown"], "nor does a key");
  await until(async () => (await person.seen()).disabled[1] === "false", "the button to be enabled");
  assert.equal((await person.seen()).status, "", "there is nothing to wait for any more");
  await person.click(ALLOW);
  await person.untilCalled("over");
});

/** Clicks although the prompt is not as it should be: nothing comes of it. Put right, it works again after a while. */
async function isNoDecision(person, spoil, mend, saying, ...given) {
  await person.page.evaluate(spoil, ...given);
  await pause(400);
  await person.click(ALLOW);
  const seen = await person.seen();
  assert.deepEqual([seen.state, await person.calls()], ["ask", ["shown"]], String(spoil));
  assert.match(seen.status, saying, String(spoil));
  assert.equal(seen.disabled[1], "true");
  await person.page.evaluate(mend);
  await until(async () => (await person.seen()).disabled[1] === "false", "the button to be enabled again");
}

test("hostile 33: a click on a prompt that is covered, faded, shrunk or out of view does nothing", async () => {
  const person = await meet({ answers: ["granted"] });
  const restyle = () => (document.querySelector("iframe").style.cssText = "");
  const uncover = () => document.getElementById("cover").remove();
  const covered = /covers this window/;
  const cover = ({ left, top, width, height }, solid) => {
    const cover = Object.assign(document.createElement("div"), { id: "cover", textContent: "Win a prize" });
    const place = `left:${left - 5}px;top:${top - 5}px;width:${width + 10}px;height:${height + 10}px`;
    cover.style.cssText = `position:absolute;${place};background:gold;pointer-events:${solid ? "auto" : "none"}`;
    document.body.append(cover);
  };
  // Where the button is, with a hole for the click to fall through.
  await isNoDecision(person, cover, uncover, covered, await person.boxOf("button.primary"), false);
  // The question, with the button in plain view.
  await isNoDecision(person, cover, uncover, covered, await person.boxOf("h1"), true);
  await isNoDecision(person, () => (document.querySelector("iframe").style.opacity = "0.01"), restyle, covered);
  await isNoDecision(person, () => (document.body.style.opacity = "0.9"), () => (document.body.style.opacity = ""), covered);
  await isNoDecision(person, () => (document.querySelector("iframe").style.filter = "contrast(0)"), restyle, covered);
  await isNoDecision(person, () => (document.querySelector("iframe").style.transform = "scale(0.2)"), restyle, covered);
  await isNoDecision(person, () => (document.querySelector("iframe").style.clipPath = "inset(300px 0 0 0)"), restyle, covered);
  await isNoDecision(person, () => (document.querySelector("iframe").style.top = "-200px"), restyle, covered);
  await isNoDecision(person, () => (document.querySelector("iframe").style.width = "200px"), restyle, /too small/);
  await isNoDecision(person, () => (document.querySelector("iframe").style.height = "120px"), restyle, /too small/);
  await person.click(ALLOW);
  assert.deepEqual(await person.untilCalled("over"), ["shown", "grant true", "over"]);
});

test("hostile 33: a change of size shortly before the click starts the time anew", async () => {
  const person = await meet({ answers: ["granted"] });
  await person.page.evaluate(() => (document.querySelector("iframe").style.height = "460px"));
  await pause(150);
  await person.click(ALLOW);
  assert.equal((await person.seen()).status, "Please wait a moment…");
  assert.deepEqual(await person.calls(), ["shown"]);
});

test("hostile 34: a script's click, and a page's event, are no clicks", async () => {
  const person = await meet({ answers: ["granted"] });
  await person.frame.evaluate(() => {
    for (const button of window.prompt_().querySelectorAll("button")) {
      button.click();
      button.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true }));
      button.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    }
  });
  assert.deepEqual([(await person.seen()).state, await person.calls()], ["ask", ["shown"]]);
});

test("where the browser cannot tell what is covered, time and size count all the same", async () => {
  const before = () => {
    const Observer = window.IntersectionObserver;
    const blind = (entries) => entries.map(({ target, intersectionRatio, boundingClientRect }) => ({ target, intersectionRatio, boundingClientRect }));
    window.IntersectionObserver = class extends Observer {
      constructor(run, { threshold }) {
        super((entries) => run(blind(entries)), { threshold });
      }
      takeRecords() {
        return blind(super.takeRecords());
      }
    };
  };
  const person = await meet({ answers: ["granted"], settle: false }, { before });
  await person.click(ALLOW);
  assert.equal((await person.seen()).status, "Please wait a moment…");
  await pause(SETTLE_MS);
  await person.page.evaluate(() => (document.querySelector("iframe").style.width = "200px"));
  await pause(SETTLE_MS);
  await person.click(ALLOW);
  assert.match((await person.seen()).status, /too small/);
  await person.page.evaluate(() => (document.querySelector("iframe").style.cssText = "top: -100px"));
  await pause(SETTLE_MS);
  await person.click(ALLOW);
  assert.match((await person.seen()).status, /out of view/);
  await person.page.evaluate(() => (document.querySelector("iframe").style.cssText = "opacity: 0.5"));
  await pause(SETTLE_MS);
  await person.click(ALLOW);
  await person.untilCalled("grant true");
});

test("hostile 33: who declined is not asked again for a while, on that site", async () => {
  const person = await meet();
  await person.press("Escape");
  await person.untilCalled("over");
  await person.prompt({ settle: false });
  assert.deepEqual([await person.calls(), await person.seen()], [["over"], null]);
  await person.prompt({ from: "https://other.example", settle: false });
  assert.deepEqual(await person.calls(), ["shown"]);
  await person.frame.evaluate(() => window.drop(true));
  assert.deepEqual([await person.calls(), await person.seen()], [["shown"], null], "taken away, it says nothing more");
  await person.prompt({ from: "https://other.example", settle: false });
  assert.deepEqual(await person.calls(), ["over"], "and turning away outside the frame counts too");
  await person.prompt({ quietMs: 0, settle: false });
  assert.deepEqual(await person.calls(), ["shown"]);
  await person.frame.evaluate(() => window.drop(false));
  // A clock that was set back does not keep it quiet for years.
  await person.frame.evaluate(() => {
    for (const key of Object.keys(localStorage)) localStorage.setItem(key, Date.now() + 1e10);
  });
  await person.prompt({ settle: false });
  assert.deepEqual(await person.calls(), ["shown"]);
});

test("declining is remembered without storage too, and allowing is not declining", async () => {
  const before = () => Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("no", "SecurityError"); } });
  const person = await embed(stage, { before });
  await person.prompt({ answers: ["granted"] });
  await person.click(ALLOW);
  await person.untilCalled("over");
  await person.prompt();
  await person.press("Escape");
  assert.deepEqual(await person.untilCalled("over"), ["shown", "over"]);
  await person.prompt({ settle: false });
  assert.deepEqual(await person.calls(), ["over"]);
});

test("a refusal of the browser is explained, and counts as declined", async () => {
  for (const answer of ["refused", "fails"]) {
    const person = await meet({ answers: [answer] });
    await person.click(ALLOW);
    const failed = await person.untilState("failed");
    assert.match(failed.text, /^shop\.example goes on with sessions of its own, and nothing is lost\. .*localhost:\d+/);
    assert.deepEqual(failed.buttons, ["Close"]);
    await person.press("Tab", "Enter");
    assert.deepEqual(await person.untilCalled("over"), ["shown", "grant true", "over"]);
    await person.prompt({ settle: false });
    assert.deepEqual(await person.calls(), ["over"]);
  }
});

test("while the browser asks, the person can still turn away, and a late answer changes nothing here", async () => {
  const person = await meet({ answers: [] });
  await person.click(ALLOW);
  const working = await person.untilState("working");
  assert.deepEqual([working.buttons, working.text], [[DENY], "One moment… Your browser may ask you too."]);
  await person.press("Escape");
  assert.deepEqual(await person.untilCalled("over"), ["shown", "grant true", "over"]);
});

test("where a visit comes first it is offered, and a fresh click asks again", async () => {
  const person = await meet({ answers: ["visit", "granted"] });
  await person.click(ALLOW);
  const visit = await person.untilState("visit");
  const owner = new URL(stage.origins.service).host;
  assert.deepEqual([visit.title, visit.buttons], [`First, visit ${owner}`, [DENY, `Open ${owner}`]]);
  await person.click(`Open ${owner}`);
  assert.equal((await person.seen()).state, "visit", "this click obeys the same rules");
  await pause(SETTLE_MS);
  const opened = new Promise((resolve) => person.page.once("popup", resolve));
  await person.click(`Open ${owner}`);
  const visited = await opened;
  await until(() => visited.url().endsWith("/visited.html"), "the owner's page");
  await person.untilState("away");
  await person.frame.evaluate(() => (window.calls.length = 0));
  await visited.evaluate((origin) => window.opener.postMessage({ sessionBridge: "visited" }, origin), stage.origins.service);
  await person.untilCalled("select");
  await visited.close();
  await person.page.bringToFront();
  const away = await person.seen();
  assert.deepEqual([away.state, away.buttons], ["away", [DENY, "Try again"]]);
  assert.match(away.text, /^Come back here/);
  await pause(SETTLE_MS);
  await person.click("Try again");
  await person.untilState("done");
  assert.equal((await person.untilCalled("over")).filter((call) => call === "grant true").length, 1);
});

test("a browser that opens no window is no dead end", async () => {
  const person = await meet({ answers: ["visit", "granted"] });
  await person.frame.evaluate(() => (window.open = () => null));
  await person.click(ALLOW);
  const { buttons } = await person.untilState("visit");
  await pause(SETTLE_MS);
  await person.click(buttons[1]);
  assert.match((await person.untilState("away")).text, /Open http:\/\/localhost:\d+\/prompt\/visited\.html in another tab/);
  await pause(SETTLE_MS);
  await person.click("Try again");
  await person.untilCalled("over");
});

test("it names the two sites, and its texts and looks can be replaced", async () => {
  const person = await embed(stage);
  await person.frame.evaluate(() => {
    document.documentElement.lang = "ar-EG";
    document.documentElement.style.setProperty("--session-bridge-accent", "rgb(10, 20, 30)");
    document.documentElement.style.setProperty("--session-bridge-font", "20px serif");
  });
  await person.prompt({ siteName: "Shop & <b>Co</b>", ownerName: "Harbour", texts: { askTitle: "{site} / {owner}", allow: "نعم" } });
  const seen = await person.seen();
  assert.equal(plain(seen.title), "Shop & <b>Co</b> / Harbour");
  assert.deepEqual(seen.buttons, ["ليس الآن", "نعم"]);
  assert.match(seen.sites, /Shop & <b>Co<\/b> shop\.example.*Harbour localhost:\d+/, "the hosts always show");
  const looks = await person.frame.evaluate(() => {
    const root = window.prompt_();
    const dialog = getComputedStyle(root.querySelector("dialog"));
    const [deny, allow] = root.querySelectorAll("button");
    return {
      direction: dialog.direction,
      font: `${dialog.fontSize} ${dialog.fontFamily}`,
      accent: getComputedStyle(allow).backgroundColor,
      mirrored: allow.getBoundingClientRect().left < deny.getBoundingClientRect().left,
      lang: root.querySelector("dialog").matches(":lang(ar)"),
    };
  });
  assert.deepEqual(looks, { direction: "rtl", font: "20px serif", accent: "rgb(10, 20, 30)", mirrored: true, lang: true });
});

test("a name that is none gives way to the host", async () => {
  for (const body of ["return 5", "return undefined", "return ' '", "throw new Error('no name')"]) {
    const person = await embed(stage);
    await person.frame.evaluate((body) => (window.siteName = new Function(body)), body);
    await person.prompt({ settle: false });
    assert.equal((await person.seen()).title, "Share your sessions with shop.example?", body);
    await person.page.close();
  }
});

test("in a low frame too, the hosts show", async () => {
  const person = await embed(stage);
  await person.page.evaluate(() => (document.querySelector("iframe").style.height = "300px"));
  await person.prompt({ siteName: "Your Bank" });
  const inView = await person.frame.evaluate(() => {
    const root = window.prompt_();
    const body = root.querySelector(".body").getBoundingClientRect();
    const box = root.querySelector(".sites small").getBoundingClientRect();
    return box.height > 0 && box.top >= body.top && box.bottom <= body.bottom;
  });
  assert.ok(inView, "the host of the site that asks");
});

test("the owner's styles and policies leave it alone", async () => {
  const person = await meet();
  const looks = await person.frame.evaluate(() => {
    const root = window.prompt_();
    const { left, right, top, bottom } = root.querySelector("dialog").getBoundingClientRect();
    const { display, opacity, fontSize, color } = getComputedStyle(root.querySelector("h1"));
    const margins = [left, innerWidth - right, top, innerHeight - bottom];
    return {
      inside: margins.every((margin) => margin > 10),
      centred: Math.abs(margins[0] - margins[1]) <= 1 && Math.abs(margins[2] - margins[3]) <= 1,
      title: [display, opacity, fontSize, color].join(" "),
      behind: [...document.querySelectorAll("body, body *")].every((element) => !element.checkVisibility()),
      backdrop: getComputedStyle(document.documentElement).backgroundColor,
    };
  });
  assert.deepEqual(looks, { inside: true, centred: true, title: "block 1 20px rgb(29, 30, 38)", behind: true, backdrop: "rgba(0, 0, 0, 0)" });
  assert.deepEqual(person.complaints, []);
});

test("a screen reader finds a dialog with its question, its explanation and two buttons, and nothing else", async () => {
  const person = await meet();
  const tree = await person.page.accessibility.snapshot({ includeIframes: true, interestingOnly: true });
  const find = (node, role) => (node.role === role ? node : (node.children ?? []).map((child) => find(child, role)).find(Boolean));
  const dialog = find(tree, "dialog");
  assert.ok(dialog, JSON.stringify(tree));
  assert.equal(dialog.name, "Share your sessions with shop.example?");
  assert.match(dialog.description, /^localhost:\d+ keeps your sessions in this browser\./);
  assert.equal(dialog.modal, true);
  const roles = (node) => [node.role, ...(node.children ?? []).flatMap(roles)];
  const buttons = (node) => (node.role === "button" ? [node.name] : (node.children ?? []).flatMap(buttons));
  assert.deepEqual(buttons(dialog), [DENY, ALLOW]);
  assert.ok(!roles(tree).includes("link"), "what else is in the page is out of reach");
});
