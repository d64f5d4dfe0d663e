// The iframes of a service in the page. The first one is put in while the module is still on its way: the two load side by side.
import { warn } from "./explain.js";
import { further } from "./further.js";
import { ofDocument } from "./of-document.js";
import { report } from "./report.js";

// Not the element's own: one of the page that is called so would stand in its place, or that of a form that is the container.
const create = (name) => Document.prototype.createElement.call(document, name);
const append = (parent, child) => Node.prototype.appendChild.call(parent, child);

/** What shows a frame above the page. Whoever knows that somebody is to be asked has it fetched beforehand. */
export const dialogs = further("dialog.js", () => import("./dialog/dialog.js"));

/** What happens to a frame, by its place in `FrameNews` of src/browser/frame.rs. */
const [LOADED, GONE, LEFT, UNSEEN] = [0, 1, 2, 3];

/**
 * A closed dialog with the iframe in it, from the start, because an iframe that is moved in the document loads anew. Rules are set
 * by script (a page may forbid style attributes), and are important, so that no stylesheet of the page gets the better of them.
 * The iframe is as large as the dialog, and transparent: in it the service's prompt is as large as what it says, which only the
 * service knows. The colour scheme is that of the prompt's document; with another one the browser would give it a background.
 */
class Frame {
  #debug;
  #timeoutMs;
  #dialog = create("dialog");
  #iframe = create("iframe");
  #origin;
  #observer = new MutationObserver(() => this.isThere() || this.#tell(GONE));
  #loaded = false;
  /** What hears of it; before there is a module, nobody. */
  #hear;
  /** Hides the dialog, while it is shown. */
  #hide;
  /** The timer of the present showing. */
  #late;

  constructor(container, { serviceUrl: { href, origin }, requestTimeoutMs, debug }) {
    const dialog = this.#dialog;
    const iframe = this.#iframe;
    this.#debug = debug;
    this.#timeoutMs = requestTimeoutMs;
    this.#origin = origin;
    try {
      dialog.style.cssText = "display:none!important";
      iframe.style.cssText = "all:initial!important;display:block!important;color-scheme:light dark!important;width:100%!important;height:100%!important";
      iframe.title = origin;
      iframe.src = href;
      EventTarget.prototype.addEventListener.call(iframe, "load", () => {
        this.#loaded = true;
        this.#tell(LOADED);
      });
      append(dialog, iframe);
      append(container, dialog);
      // One by one: a page may have broken loops over lists.
      this.#observer.observe(container, { childList: true });
      this.#observer.observe(dialog, { childList: true });
      // What a screen reader calls it. Last, because a page may have replaced it.
      dialog.setAttribute("aria-label", origin);
    } catch {
      // A container that takes no child shows as a frame that is gone, at the next hello.
    }
  }

  #tell(news) {
    this.#hear?.(news);
  }

  /** `hear` is told of what happens from now on, and of a document that has loaded by now. */
  hear(hear) {
    this.#hear = hear;
    if (this.#loaded) this.#tell(LOADED);
  }

  /** Whether the iframe is in the page. An element without a window is in none. */
  isThere() {
    return Boolean(this.#iframe.contentWindow);
  }

  /** Hands one end of a new channel and a message to the document in the iframe, if that has the service's origin. Gives the other end. */
  post(message) {
    const { port1, port2 } = new MessageChannel();
    const { contentDocument, contentWindow } = this.#iframe;
    // The frame's first document is an empty one of the page's own origin: browsers log a message that is not for it.
    try {
      if (contentDocument?.URL !== "about:blank") contentWindow?.postMessage(message, this.#origin, [port2]);
    } catch {
      // Something in the page stopped it. The next hello is another attempt.
    }
    return port1;
  }

  /** Shows it above everything else as soon as what does so is here, or hides it at once. */
  show(shown) {
    clearTimeout(this.#late);
    this.#late = undefined;
    if (shown) return this.#hide || this.#open();
    this.#hide?.();
    this.#hide = undefined;
  }

  async #open() {
    const unseen = () => {
      this.#late = undefined;
      this.#tell(UNSEEN);
    };
    // A request that never ends must not keep whoever asked waiting without end.
    const late = (this.#late = setTimeout(unseen, this.#timeoutMs));
    let hide;
    try {
      const { open } = await dialogs();
      // It was hidden meanwhile, and perhaps is to be shown again since.
      if (this.#late !== late) return;
      hide = open({ dialog: this.#dialog, iframe: this.#iframe }, () => this.#tell(LEFT));
    } catch (error) {
      warn(this.#debug, error);
      if (this.#late !== late) return;
    }
    clearTimeout(late);
    this.#hide = hide;
    if (!hide) unseen();
  }

  /** Takes it out of the page. Nothing is told of it any more. */
  remove() {
    this.#hear = undefined;
    try {
      this.#observer.disconnect();
      this.show(false);
      this.#dialog.remove();
    } catch (error) {
      report(error);
    }
  }
}

export class Frames {
  #options;
  #first;

  constructor(options) {
    this.#options = options;
  }

  /** Puts the first one in, if it is certain by now where it goes. */
  begin() {
    const { container } = this.#options;
    const place = container ? container.isConnected && container : ofDocument("body");
    if (place) this.#first = new Frame(place, this.#options);
  }

  /** The first one if it is still in the page, else another one. */
  next() {
    const first = this.#first;
    if (first?.isThere()) {
      this.#first = undefined;
      return first;
    }
    this.end();
    const { container, debug } = this.#options;
    if (container?.isConnected) return new Frame(container, this.#options);
    // There no frame would ever load.
    if (container) warn(debug, { message: "container is not in the document, so the frame goes into the body." });
    return new Frame(ofDocument("body") ?? ofDocument("documentElement"), this.#options);
  }

  /** Takes the first one out if nobody has asked for it. */
  end() {
    this.#first?.remove();
    this.#first = undefined;
  }
}
