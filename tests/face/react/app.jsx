// An application as React's own documentation has it written: what it needs of a manager, it takes from it.
import { StrictMode, createElement, useEffect, useSyncExternalStore } from "react";

export function Sessions({ manager }) {
  const { subscribe, getSnapshot, getServerSnapshot } = manager;
  const { sessions, status } = useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot);
  return (
    <ul data-status={status}>
      {sessions.map(({ id, data }) => (
        <li key={id}>{data.name}</li>
      ))}
    </ul>
  );
}

/** Signs somebody in for as long as it is shown, which StrictMode tries twice. */
export function SignedIn({ manager, id, name }) {
  useEffect(() => {
    manager.addSession({ id, userId: "u", data: { name } }).catch(() => {});
    return () => void manager.removeSession(id).catch(() => {});
  }, [manager, id, name]);
  return null;
}

export const strict = (...children) => createElement(StrictMode, null, ...children);
