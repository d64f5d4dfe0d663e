// The document's own members. `document.body` is not the body where an element of the page has that name, and people may
// post elements.

/** The member of this name that the browser gives every document; `undefined` where there is no document. */
export const ofDocument = (name) => globalThis.document && Reflect.get(Document.prototype, name, document);
