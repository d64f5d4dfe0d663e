// The iframes of a service in the page. The first one is put in while the module is still on its way: the two load side by side.
import { warn } from "./explain.js";
import { ofDocument } from "./of-document.js";
import { report } from "./report.js";

// Not the document's own: an element of the page that is called so would stand in its place. Nor that of a form that is the container.
const create = (name) => Document.prototype.createElement.call(document, name);
const append = (parent, child) => Node.prototype.appendChild.call(parent, child);

/**
 * A closed dialog with the iframe in it, from the start, because an iframe that is moved in the document loads anew. Rules are set
 * by script (a page may forbid style attributes), and are important, so that no stylesheet of the page gets the better of them.
 * The iframe is as large as the dialog, and transparent: in it the service's prompt is as large as what it says, which only the
 * service knows. The colour scheme is that of the prompt's document; with another one the browser would give it a background.
 */
function put(container, { href, origin }) {
  const [dialog, iframe] = [create("dialog"), create("iframe")];
  const made = { container, dialog, iframe, loaded: false };
  try {
    dialog.style.cssText = "display:none!important";
    iframe.style.cssText = "all:initial!important;display:block!important;color-scheme:light dark!important;width:100%!important;height:100%!important";
    iframe.title = origin;
    iframe.src = href;
    EventTarget.prototype.addEventListener.call(iframe, "load", () => (made.loaded = true));
    append(dialog, iframe);
    append(container, dialog);
    // What a screen reader calls it. Last, because a page may have replaced it.
    dialog.setAttribute("aria-label", origin);
  } catch {
    // A container that takes no child shows as a frame that is gone, at the next hello.
  }
  return made;
}

export class Frames {
  #options;
  #first;

  constructor(options) {
    this.#options = options;
  }

  /** Puts the first one in, if it is certain by now where it goes. */
  begin() {
    const { container, serviceUrl } = this.#options;
    const place = container ? container.isConnected && container : ofDocument("body");
    if (place) this.#first = put(place, serviceUrl);
  }

  /** The first one if it is still in the page, else another one. */
  next() {
    const first = this.#first;
    if (first?.iframe.contentWindow) {
      this.#first = undefined;
      return first;
    }
    this.end();
    const { container, debug, serviceUrl } = this.#options;
    if (container?.isConnected) return put(container, serviceUrl);
    // There no frame would ever load.
    if (container) warn(debug, { message: "container is not in the document, so the frame goes into the body." });
    return put(ofDocument("body") ?? ofDocument("documentElement"), serviceUrl);
  }

  /** Takes the first one out if nobody has asked for it. */
  end() {
    const first = this.#first;
    this.#first = undefined;
    try {
      first?.dialog.remove();
    } catch (error) {
      report(error);
    }
  }
}
