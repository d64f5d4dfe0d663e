// Whoever uses a page uses the session that is active: it lives on.

/** Tells the service at each click and key. It writes that down once in a while; until then a call changes nothing. */
export function renewInUse(manager) {
  const used = () => {
    const { activeSession } = manager.getSnapshot();
    // One that ends or goes just now is told of by its own event.
    if (activeSession?.status === "valid") manager.touchSession(activeSession.id).catch(() => {});
  };
  for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, used);
}
