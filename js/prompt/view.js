// The prompt as it stands in the service's page: a modal dialog in a shadow tree of its own, so that the styles of that
// page and of the prompt leave one another alone, and nothing else of the page can be reached meanwhile.
import { guard } from "./guard.js";
import { dress } from "./style.js";

/** `sites` are `{ name, host }` of the two; `left` is called when the person turns away. */
export function view(sites, texts, left) {
  const host = document.createElement("session-bridge-prompt");
  const root = host.attachShadow({ mode: "open" });
  dress(root);
  const title = element("h1", { id: "title", tabIndex: -1 });
  const text = element("p", { id: "text", className: "text" });
  const status = element("p", { className: "status" });
  status.setAttribute("role", "status");
  const body = element("div", { className: "body" }, element("ul", { className: "sites" }, ...sites.map(site)), text);
  const buttons = element("div", { className: "buttons" });
  const dialog = element("dialog", {}, title, body, element("div", {}, status, buttons));
  dialog.setAttribute("aria-labelledby", "title");
  dialog.setAttribute("aria-describedby", "text");
  root.append(dialog);
  // Not into the body: whatever its styles are, they are for what it had before.
  document.documentElement.append(host);
  dialog.showModal();

  const refresh = () => {
    for (const button of buttons.children) {
      if (!button.guarded) continue;
      const objection = watch.objection(button);
      button.setAttribute("aria-disabled", String(Boolean(objection)));
      if (!objection) status.textContent = "";
    }
  };
  // The heading says what is asked, the row of buttons is what is clicked: neither may be out of sight.
  const watch = guard([title, buttons], refresh);

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
      buttons.replaceChildren(...choices.map(button));
      watch.restart();
      title.focus();
    },

    end() {
      watch.end();
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
      status.textContent = objection ? texts[objection] : "";
      if (!objection) run();
    });
    return made;
  }
}

function site({ name, host }) {
  const mark = element("span", { className: "mark", textContent: [...name][0].toUpperCase() });
  mark.setAttribute("aria-hidden", "true");
  const names = element("span", { className: "name" }, element("b", { textContent: name }));
  if (name !== host) names.append(" ", element("small", { textContent: host }));
  return element("li", {}, mark, names);
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
