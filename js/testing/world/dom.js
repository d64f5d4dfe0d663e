// As much of a document as the page's side and the service's side touch.
import { StandIn, Target } from "./events.js";

export class Node extends StandIn {
  parentNode = null;
  childNodes = [];
  ownerDocument;

  get isConnected() {
    return this === this.ownerDocument || (this.parentNode?.isConnected ?? false);
  }

  append(...children) {
    for (const child of children) this.appendChild(child);
  }

  appendChild(child) {
    child.remove();
    child.parentNode = this;
    this.childNodes.push(child);
    this.#changed(child);
    return child;
  }

  remove() {
    this.parentNode?.removeChild(this);
  }

  removeChild(child) {
    const at = this.childNodes.indexOf(child);
    if (at < 0) throw new TypeError("The node to be removed is not a child of this node.");
    this.childNodes.splice(at, 1);
    child.parentNode = null;
    this.#changed(child);
    return child;
  }

  contains(other) {
    for (let node = other; node; node = node.parentNode) if (node === this) return true;
    return false;
  }

  #changed(child) {
    this.ownerDocument.changed(this, child);
  }
}

export class Element extends Node {
  nodeType = 1;
  style = { cssText: "", setProperty() {} };
  #attributes = new Map();

  constructor(name) {
    super();
    this.localName = name;
    this.tagName = name.toUpperCase();
  }

  setAttribute(name, value) {
    this.#attributes.set(name, `${value}`);
  }

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }

  focus() {}
}

/** It has a window while it is in the document. */
export class HTMLIFrameElement extends Element {
  contentWindow = null;
  contentDocument = null;
}

/** Nothing is ever laid out, so a dialog that is shown has no width: the prompt counts as one that cannot be seen. */
export class HTMLDialogElement extends Element {
  open = false;
  offsetWidth = 0;

  showModal() {
    this.open = true;
  }

  close() {
    this.open = false;
  }
}

const KINDS = { iframe: HTMLIFrameElement, dialog: HTMLDialogElement };

export class Document extends Node {
  title = "";
  #url;
  #window;
  #root;
  #body;
  #frames;
  #observers = new Set();

  /**
   * @param {string} url
   * @param {object} window whose document it is
   * @param {{ opened(iframe: HTMLIFrameElement): void, closed(iframe: HTMLIFrameElement): void }} frames is told of iframes
   *   that come into the document and leave it
   */
  constructor(url, window, frames) {
    super();
    [this.#url, this.#window, this.#frames] = [url, window, frames];
    this.ownerDocument = this;
    this.#root = this.createElement("html");
    this.#body = this.createElement("body");
    this.append(this.#root);
    this.#root.append(this.#body);
  }

  // As in browsers, these are members of the prototype: the product reads some of them there.
  get URL() {
    return this.#url;
  }

  get baseURI() {
    return this.#url;
  }

  get defaultView() {
    return this.#window;
  }

  get documentElement() {
    return this.#root;
  }

  get body() {
    return this.#body;
  }

  get referrer() {
    return "";
  }

  get visibilityState() {
    return "visible";
  }

  get hidden() {
    return false;
  }

  createElement(name) {
    const element = new (KINDS[name] ?? Element)(name);
    element.ownerDocument = this;
    return element;
  }

  /** Elements of a name: that is all that it is asked for. */
  querySelectorAll(name) {
    return inside(this).filter((node) => node.localName === name);
  }

  /** `child` came into `parent` or left it. */
  changed(parent, child) {
    for (const node of inside(child)) {
      if (!(node instanceof HTMLIFrameElement)) continue;
      if (!node.isConnected) this.#frames.closed(node);
      else if (!node.contentWindow) this.#frames.opened(node);
    }
    for (const observer of this.#observers) observer.note(parent);
  }

  /** A `MutationObserver` of this document, which tells of children. */
  observers() {
    const all = this.#observers;
    return class MutationObserver {
      #told;
      #watched = [];
      #noted = false;

      constructor(told) {
        this.#told = told;
      }

      observe(target, { subtree = false }) {
        this.#watched.push({ target, subtree });
        all.add(this);
      }

      disconnect() {
        this.#watched = [];
        this.#noted = false;
        all.delete(this);
      }

      note(parent) {
        if (this.#noted || !this.#watched.some(({ target, subtree }) => target === parent || (subtree && target.contains(parent)))) return;
        this.#noted = true;
        Promise.resolve().then(() => {
          if (!this.#noted) return;
          this.#noted = false;
          this.#told([{ type: "childList", target: parent }], this);
        });
      }
    };
  }
}

function inside(node) {
  return [node, ...node.childNodes.flatMap(inside)];
}

export const interfaces = { Document, Element, EventTarget: Target, HTMLDialogElement, HTMLElement: Element, HTMLIFrameElement, Node };
