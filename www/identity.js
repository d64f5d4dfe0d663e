// Whose page this is, and the way to the others.
import { SITES } from "/sites.js";
import { field, setText } from "/dom.js";

/** Fills in the header. The links keep the query, so that options set here hold there too. */
export function showIdentity(site, origins, query) {
  const { name, role, about } = SITES[site];
  document.documentElement.dataset.site = site;
  document.title = `${name} · session-bridge demo`;
  setText(field("mark"), name[0]);
  setText(field("name"), name);
  setText(field("role"), role);
  setText(field("about"), about);
  field("sites").replaceChildren(...Object.keys(SITES).map((key) => link(key, key === site, origins, query)));
}

function link(site, current, origins, query) {
  const anchor = document.createElement("a");
  anchor.href = `${origins[site]}/${query}`;
  anchor.dataset.site = site;
  const origin = document.createElement("small");
  origin.textContent = new URL(origins[site]).host;
  anchor.append(SITES[site].name, origin);
  if (current) {
    anchor.setAttribute("aria-current", "page");
  } else {
    anchor.target = "_blank";
    anchor.rel = "noopener";
    anchor.title = "Opens in a new tab";
  }
  const item = document.createElement("li");
  item.append(anchor);
  return item;
}
