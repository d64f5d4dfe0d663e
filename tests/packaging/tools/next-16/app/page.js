"use client";

import { useSyncExternalStore } from "react";
import { sessions } from "./sessions";

export default function Page() {
  const { sessions: list } = useSyncExternalStore(sessions.subscribe, sessions.getSnapshot, sessions.getServerSnapshot);
  return <p id="sessions">{list.map(({ data }) => data.name).join(", ")}</p>;
}
