// How a page is looked at: the size of the window and the colour scheme.

/** Windows of a small phone, a phone and a desktop. */
const DEVICES = {
  320: { width: 320, height: 860 },
  390: { width: 390, height: 844 },
  1280: { width: 1280, height: 800 },
};
const SCHEMES = ["light", "dark"];

/** Every size in every scheme. @type {{ size: string, scheme: string }[]} */
export const LOOKS = Object.keys(DEVICES).flatMap((size) => SCHEMES.map((scheme) => ({ size, scheme })));

/** Gives the page this look. */
export async function dress(page, { size, scheme }) {
  await page.setViewport(DEVICES[size]);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
}
