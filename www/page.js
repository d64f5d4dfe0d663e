// A page of the demo: makes the manager and hands it to the views.
import { SessionManager } from "session-bridge";
import { SITES, loadOrigins, siteOf } from "/sites.js";
import { optionsFromQuery } from "/options.js";
import { showIdentity } from "/identity.js";
import { showConnection, showRoundTrip } from "/connection.js";
import { showSessions } from "/sessions.js";
import { showTimeline } from "/timeline.js";
import { wireAddForm, wireExamples } from "/add-form.js";
import { announce, notice } from "/notices.js";
import { showShare, wireShare } from "/share.js";
import { field } from "/dom.js";

try {
  const origins = await loadOrigins();
  const site = siteOf(location.origin, origins);
  showIdentity(site, origins, location.search);

  const manager = new SessionManager({
    serviceUrl: `${origins.service}/service.html`,
    ...optionsFromQuery(location.search),
  });
  // For the tests, and for the curious: `await sessionBridge.getAllSessions()` in the console.
  window.sessionBridge = manager;

  const render = (snapshot) => {
    showConnection(manager, snapshot, { site: SITES[site].name, service: origins.service });
    showShare(snapshot);
    showSessions(manager, snapshot);
  };
  wireAddForm(manager);
  wireExamples(manager);
  wireShare(manager);
  showTimeline(manager, announce);
  manager.subscribe(() => render(manager.getSnapshot()));
  render(manager.getSnapshot());
  setInterval(showRoundTrip, 1000, manager);
} catch (error) {
  notice("This page could not start.", error);
}
field("not-started").remove();
