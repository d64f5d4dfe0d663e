// The application in a page: rendered, or hydrated from what a server rendered.
import { createElement, version } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { Sessions, SignedIn, strict } from "./app.jsx";

export { version };

/** Shows the sessions of a manager in `place`, and returns the function that ends it. */
export function show(manager, place, { hydrate = false, signedIn, failed }) {
  const list = createElement(Sessions, { manager });
  const app = strict(list, ...(signedIn ? [createElement(SignedIn, { manager, ...signedIn })] : []));
  const onRecoverableError = (error) => failed(error);
  const root = hydrate ? hydrateRoot(place, app, { onRecoverableError }) : createRoot(place, { onRecoverableError });
  if (!hydrate) root.render(app);
  return () => root.unmount();
}
