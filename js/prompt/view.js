// The prompt as it stands in the service's page: a modal dialog in a shadow tree of its own, so that the styles of that
// page and of the prompt leave one another alone, and nothing else of the page can be reached meanwhile.
import { clear } from "./clear.js";
import { guard } from "./guard.js";
import { dress } from "./style.js";

/** `sites` are `{ name, host }` of the two; `left` is called when the person turns away. */
export function view(sites, { lang, dir, texts }, left) {
  const host = document.createElement("session-bridge-prompt");
  const root = host.attachShadow({ mode: "open" });
  dress(root);
  const title = element("h1", { id: "title", tabIndex: -1 });
  const text = element("p", { id: "text", className: "text" });
  const status = element("p", { className: "status" });
  status.setAttribute("role", "status");
  const body = element("div", { className: "body" }, element("ul", { className: "sites" }, ...sites.map(site)), text);
  const buttons = element("div", { className: "buttons" });
  const dialog = element("dialog", { lang, dir }, title, body, element("div", { className: "foot" }, status, buttons));
  dialog.setAttribute("aria-labelledby", "title");
  dialog.setAttribute("aria-describedby", "text");
  root.append(dialog);
  // Not into the body: whatever its styles are, they are for what it had before.
  document.documentElement.append(host);
  clear(host);
  dialog.showModal();

  const refresh = () => {
    for (const button of buttons.children) {
      if (!button.guarded) continue;
      const objection = watch.objection(button);
      button.setAttribute("aria-disabled", String(Boolean(objection)));
      if (!objection) say("");
    }
  };
  /** Once something was said its place stays, so that the buttons do: nobody clicks where the other one was. */
  const say = (words) => {
    if (status.textContent === words) return;
    if (words === "") status.style.minHeight = `${status.getBoundingClientRect().height}px`;
    status.textContent = words;
    if (words !== "") watch.restart();
  };
  // The heading says what is asked, the row of buttons is what is clicked: neither may be out of sight.
  const watch = guard([title, buttons], refresh);

  // What has more than there is room for can be scrolled by keyboard too.
  const scrollers = new ResizeObserver(() => {
    for (const part of [title, body]) part.tabIndex = part.scrollHeight > part.clientHeight + 1 ? 0 : -1;
  });
  for (const part of [title, body, text]) scrollers.observe(part);

  const focus = () => root.activeElement ?? title.focus();
  const escape = (event) => {
    event.preventDefault();
    left();
  };
  dialog.addEventListener("cancel", escape);
  dialog.addEventListener("close", left);
  // While the frame is hidden nothing in it takes the focus.
  for (const type of ["focus", "resize"]) addEventListener(type, focus);

  return {
    /** Shows this state. `choices` are `{ label, primary, guarded, run }`, one for each button. */
    show(name, titleText, bodyText, choices) {
      dialog.dataset.state = name;
      title.textContent = titleText;
      text.textContent = bodyText;
      status.textContent = "";
      status.style.minHeight = "";
      buttons.replaceChildren(...choices.map(button));
      watch.restart();
      title.focus();
    },

    end() {
      watch.end();
      scrollers.disconnect();
      for (const type of ["focus", "resize"]) removeEventListener(type, focus);
      dialog.removeEventListener("close", left);
      host.remove();
    },
  };

  function button({ label, primary, guarded, run }) {
    const made = element("button", { type: "button", className: primary ? "primary" : "", textContent: label, guarded });
    made.addEventListener("click", (event) => {
      // A script clicks like this, a person does not.
      if (!event.isTrusted) return;
      const objection = guarded && watch.objection(made);
      say(objection ? texts[objection] : "");
      if (!objection) run();
    });
    return made;
  }
}

function site({ name, host }) {
  const mark = element("span", { className: "mark", textContent: [...name][0].toUpperCase() });
  mark.setAttribute("aria-hidden", "true");
  const names = element("span", { className: "name" }, element("b", { dir: "auto", textContent: name }));
  if (name !== host) names.append(" ", element("small", { dir: "ltr", textContent: host }));
  return element("li", {}, mark, names);
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
