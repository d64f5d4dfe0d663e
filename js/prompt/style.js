// How the prompt looks. Owners set the custom properties `--session-bridge-…` on `:root` of the service page.
const CSS = `
:host {
  all: initial !important;
  --background: var(--session-bridge-background, #fff);
  --text: var(--session-bridge-text, #1d1e26);
  --muted: var(--session-bridge-muted, #5b5f6e);
  --line: var(--session-bridge-line, #d8dae3);
  --accent: var(--session-bridge-accent, #4338ca);
  --on-accent: var(--session-bridge-on-accent, #fff);
  --radius: var(--session-bridge-radius, 9px);
  /* Important, as what it is an exception from: scrollbars follow it. */
  color-scheme: var(--session-bridge-color-scheme, light dark) !important;
}
@media (prefers-color-scheme: dark) {
  :host {
    --background: var(--session-bridge-background, #1c1d25);
    --text: var(--session-bridge-text, #eeeef4);
    --muted: var(--session-bridge-muted, #a9adbd);
    --line: var(--session-bridge-line, #3b3d4b);
    --accent: var(--session-bridge-accent, #a5b4fc);
    --on-accent: var(--session-bridge-on-accent, #16172a);
  }
}
* { box-sizing: border-box; margin: 0; }
dialog {
  --gap: min(1em, 4vmin);
  position: fixed;
  inset: 0;
  /* As large as what it says, in the middle of the frame; the frame is as large as the page around it. */
  display: flex;
  flex-direction: column;
  gap: var(--gap);
  width: min(var(--session-bridge-width, 27em), 100% - 2 * var(--gap));
  height: fit-content;
  max-width: none;
  max-height: calc(100% - 2 * var(--gap));
  margin: auto;
  padding: min(1.5em, 6vmin);
  overflow: auto;
  border: 0;
  border-radius: var(--session-bridge-dialog-radius, 14px);
  outline: 0;
  background: var(--background);
  box-shadow: var(--session-bridge-shadow, 0 8px 40px #0006);
  color: var(--text);
  font: var(--session-bridge-font, 1em/1.5 system-ui, sans-serif);
}
/* The page dims itself. */
dialog::backdrop { background: none; }
/* Japanese breaks between phrases where the browser can tell them, and never before a small kana. */
h1, .text { line-break: strict; word-break: auto-phrase; }
/* Only where the frame is too small for all of it something scrolls, the explanation first: the question and the buttons have to be in view. */
h1 { flex: none; font-size: clamp(1em, 7vmin, 1.25em); line-height: 1.3; font-weight: 650; text-wrap: balance; overflow-wrap: anywhere; outline: 0; }
.body { flex: 0 999 auto; min-height: 0; overflow: auto; display: flex; flex-direction: column; gap: var(--gap); }
/* Letters of some fonts are taller than their lines: in Firefox that alone would bring a scrollbar. */
h1, .body { margin-block: -.25em; padding-block: .25em; }
.foot { flex: none; }
* { scrollbar-width: thin; scrollbar-color: var(--muted) transparent; }
/* Inside: over the question it would count as covering it. */
.body:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.text { color: var(--muted); overflow-wrap: anywhere; }
.sites { flex: none; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: var(--radius); }
.sites li { display: flex; align-items: center; gap: .7em; padding: .5em .75em; }
.sites li + li { border-top: 1px solid var(--line); }
.mark {
  flex: none;
  display: grid;
  place-items: center;
  width: 1.75em;
  height: 1.75em;
  border: 1px solid currentColor;
  border-radius: 30%;
  color: var(--accent);
  font-weight: 650;
}
.name { flex: 1; display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 .75em; min-width: 0; overflow-wrap: anywhere; line-height: 1.35; }
.name b { font-size: .9375em; font-weight: 600; }
.name small { color: var(--muted); font-size: .875em; }
.status { font-size: .9375em; }
.status:not(:empty) { padding: .5em .75em; border-radius: var(--radius); border: 1px solid var(--line); }
.status:not(:empty), .status[style] { margin-bottom: .75em; }
.buttons { display: flex; flex-wrap: wrap; gap: .75em; }
button {
  flex: 1 0 auto;
  min-width: min(7em, 100%);
  max-width: 100%;
  min-height: max(44px, 2.25em);
  padding: .5em 1em;
  border: 1px solid var(--line);
  border-radius: var(--radius);
  background: transparent;
  color: inherit;
  font: inherit;
  font-weight: 600;
  overflow-wrap: anywhere;
  cursor: pointer;
}
button:hover { border-color: var(--muted); }
button.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
button[aria-disabled="true"] { opacity: .6; cursor: default; }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-height: 22em), (max-width: 12em) {
  dialog { --gap: min(.6em, 4vmin); padding: min(1em, 4vmin); }
  h1 { flex: 0 1 auto; min-height: 1.8em; overflow: auto; }
  /* Who asks stays in view: what it means can be scrolled to. */
  .sites li { padding: .25em .6em; }
  .mark { display: none; }
  button { padding: .25em .6em; }
  .status:empty { min-height: 0 !important; margin: 0 !important; }
}
@media (forced-colors: active) {
  button:focus-visible { outline-color: Highlight; }
  button[aria-disabled="true"] { opacity: 1; color: GrayText; }
}
@media (prefers-reduced-motion: no-preference) {
  button { transition: border-color .15s, opacity .15s; }
}
`;

/** Gives the shadow tree its style, in the way that a policy against inline styles does not forbid. */
export function dress(root) {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
  } else {
    const style = document.createElement("style");
    style.textContent = CSS;
    root.append(style);
  }
}
