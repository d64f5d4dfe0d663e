import { SessionManager } from "session-bridge";

const sessions = new SessionManager({ serviceUrl: `http://localhost:${location.port}/service.html${location.search}` });

sessions.subscribe(() => {
  const names = sessions.getSnapshot().sessions.map(({ data }) => data.name);
  document.getElementById("sessions").textContent = names.join(", ");
});

window.sessions = sessions;
