// Has every frame of this page use the same fine clock as the page, also a frame that a library makes.
{
  const { createElement } = Document.prototype;
  Document.prototype.createElement = function (...given) {
    const made = createElement.apply(this, given);
    if (made instanceof HTMLIFrameElement) made.allow = "cross-origin-isolated";
    return made;
  };
}
