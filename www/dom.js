// Finding elements by the names that the markup gives them.

/** The element marked `data-field="name"`. */
export const field = (name, root = document) => root.querySelector(`[data-field="${name}"]`);

/** The element marked `data-testid="name"`. */
export const hook = (name, root = document) => root.querySelector(`[data-testid="${name}"]`);

/** A copy of the one element inside the template of this id. */
export const fromTemplate = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Writes the text only where it differs, so that nothing is announced or repainted in vain. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A duration for people: one decimal where it matters. */
export const milliseconds = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
