// What of a page overlaps or is cut, as a person would see it. Runs in the browser, on the boxes of the layout.

/**
 * Each fault in one sentence; nothing if all is well. Give it to `evaluate`.
 *
 * @param {{ shadow?: string }} options `shadow`: selector of the element whose shadow tree is looked at, in place of the document
 * @returns {string[]}
 */
export function faultsOfLayout({ shadow } = {}) {
  const root = shadow ? document.querySelector(shadow).shadowRoot : document.body;
  const width = document.documentElement.clientWidth;
  const faults = [];
  const say = (text) => faults.length < 20 && !faults.includes(text) && faults.push(text);
  const nameOf = (element) => `<${element.localName} ${element.dataset.testid ?? element.className}> “${element.textContent.trim().slice(0, 30)}”`;

  const up = (element) => element.parentElement ?? null;
  const ancestors = (element) => {
    const all = [];
    for (let at = element; at && at !== document.documentElement; at = up(at)) all.push(at);
    return all;
  };
  /** Not there for the eye: made for screen readers, or a link that shows when it has the focus. */
  const isHidden = (element) =>
    !element.checkVisibility({ visibilityProperty: true }) ||
    ancestors(element).some((each) => getComputedStyle(each).clipPath !== "none" || each.matches(".skip"));

  const texts = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element || ["STYLE", "SCRIPT", "TEMPLATE"].includes(element.tagName) || isHidden(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) texts.push({ element, box, node });
  }
  const controls = [...root.querySelectorAll("button, input, a, select, textarea")]
    .filter((element) => !isHidden(element))
    .map((element) => ({ element, box: element.getBoundingClientRect(), node: element }));

  if (document.documentElement.scrollWidth > width) say(`the page is ${document.documentElement.scrollWidth} wide in a window of ${width}`);

  /** What a scrolled ancestor does not show now can be scrolled to; only across that is a fault. */
  for (const { element, box } of [...texts, ...controls]) {
    if (box.left < -1 || box.right > width + 1) say(`${nameOf(element)} is out of the window`);
    for (const around of ancestors(element).slice(texts.some((text) => text.element === element) ? 0 : 1)) {
      const outer = around.getBoundingClientRect();
      if (outer.width === 0 || getComputedStyle(around).display === "inline") continue;
      if (box.left < outer.left - 1 || box.right > outer.right + 1) say(`${nameOf(element)} sticks out of ${nameOf(around)}`);
      const { overflowY } = getComputedStyle(around);
      const clips = overflowY === "hidden" || overflowY === "clip" || around.localName === "button";
      if (clips && (box.top < outer.top - 1 || box.bottom > outer.bottom + 1)) say(`${nameOf(element)} is cut by ${nameOf(around)}`);
    }
  }

  /** As far as it shows: the rest is scrolled away. */
  const shown = ({ element, box }) => {
    let [top, bottom] = [box.top, box.bottom];
    for (const around of ancestors(element).slice(1)) {
      if (getComputedStyle(around).overflowY === "visible") continue;
      const outer = around.getBoundingClientRect();
      [top, bottom] = [Math.max(top, outer.top), Math.min(bottom, outer.bottom)];
    }
    return { left: box.left, right: box.right, top, bottom };
  };
  const all = [...texts, ...controls].map((each) => ({ ...each, seen: shown(each) })).filter(({ seen }) => seen.bottom - seen.top > 1);
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      if (one.node === other.node || one.element.contains(other.element) || other.element.contains(one.element)) continue;
      const [a, b] = [one.seen, other.seen];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // The boxes of letters are taller than their lines: those of two lines meet.
      const least = 0.35 * Math.min(a.bottom - a.top, b.bottom - b.top);
      if (across > 2 && down > least) say(`${nameOf(one.element)} and ${nameOf(other.element)} overlap by ${Math.round(across)} × ${Math.round(down)}`);
    }
  }
  return faults;
}
