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
  color-scheme: var(--session-bridge-color-scheme, light dark);
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
  position: fixed;
  inset: 0;
  display: grid;
  grid-template-rows: auto minmax(0, 1fr) auto;
  gap: 1em;
  width: 100%;
  height: 100%;
  max-width: none;
  max-height: none;
  padding: 1.5em;
  border: 0;
  outline: 0;
  background: var(--background);
  color: var(--text);
  font: var(--session-bridge-font, 1em/1.5 system-ui, sans-serif);
}
h1 { font-size: 1.25em; line-height: 1.3; font-weight: 650; text-wrap: balance; overflow-wrap: anywhere; outline: 0; }
.body { overflow: auto; display: flex; flex-direction: column; gap: 1em; }
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
.status:not(:empty) { margin-bottom: .75em; padding: .5em .75em; border-radius: var(--radius); border: 1px solid var(--line); font-size: .9375em; }
.buttons { display: flex; gap: .75em; }
button {
  flex: 1;
  min-height: 2.875em;
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
@media (max-height: 22em) {
  dialog { padding: 1em; gap: .75em; }
  /* Who asks stays in view: what it means can be scrolled to. */
  .body { gap: .5em; }
  .sites li { padding: .25em .75em; }
  .mark { display: none; }
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
