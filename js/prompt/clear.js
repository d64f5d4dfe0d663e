// The frame covers the page that holds it. Nothing shows in it but the prompt, so that the page shows behind that.

const HIDDEN = { display: "none" };
/** A document whose colour scheme is not that of its frame gets an opaque background from the browser. */
const TRANSPARENT = { background: "none", overflow: "hidden", "color-scheme": "light dark" };

/**
 * Takes everything but `prompt` out of sight. It stays so: the page hides the frame a moment after the prompt has gone, and
 * what is in it would flash over the whole page until then.
 */
export function clear(prompt) {
  const root = document.documentElement;
  restyle(root, TRANSPARENT);
  for (const child of root.children) if (child !== prompt) restyle(child, HIDDEN);
}

function restyle(element, rules) {
  for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value, "important");
}
