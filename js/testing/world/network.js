// Pages, the frames in them, and what goes between the two.
import { copy } from "./channel.js";
import { raise } from "./events.js";

export class Network {
  /** Whether a frame that is mounted now reaches the service. */
  up = true;
  #carry;
  #later;
  #report;
  #start;

  /**
   * @param {{ carry: (run: () => void) => void, later: (run: () => void) => void, report: (error: unknown) => void }} world
   * @param {(origin: string) => { window: object, end: () => void }} start loads the service's page into a frame of a page of `origin`
   */
  constructor({ carry, later, report }, start) {
    [this.#carry, this.#later, this.#report, this.#start] = [carry, later, report, start];
  }

  /** A page of `origin`: what its document tells of its iframes, `frame`, the latest of them, and `cut`, which takes them away. */
  page(origin) {
    const iframes = new Map();
    const page = { frame: undefined };
    page.opened = (iframe) => {
      const loaded = this.up ? { ports: [], frame: this.#start(origin) } : undefined;
      iframes.set(iframe, loaded);
      page.frame = loaded?.frame ?? page.frame;
      iframe.contentWindow = { postMessage: (message, _, transfer) => loaded && this.#say(loaded, iframe, { origin, message, transfer }) };
      this.#later(() => iframe.contentWindow && raise(iframe, "load", {}, this.#report));
    };
    page.closed = (iframe) => {
      const loaded = iframes.get(iframe);
      iframes.delete(iframe);
      iframe.contentWindow = null;
      for (const port of loaded?.ports ?? []) port.cut();
      loaded?.frame.end();
    };
    page.cut = () => {
      for (const iframe of [...iframes.keys()]) iframe.remove();
    };
    return page;
  }

  #say({ frame: { window }, ports }, iframe, { origin, message, transfer = [] }) {
    const data = copy(message);
    ports.push(...transfer);
    this.#carry(() => {
      if (iframe.contentWindow) raise(window, "message", { data, origin, source: window.parent, ports: [...transfer] }, this.#report);
    });
  }
}
