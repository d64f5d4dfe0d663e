// A page of the demo: makes the manager and hands it to the views.
import { SessionManager } from "session-bridge";
import { SITES, loadOrigins, siteOf } from "/sites.js";
import { optionsFromQuery, serviceQuery } from "/options.js";
import { showIdentity } from "/identity.js";
import { showConnection, showRoundTrip } from "/connection.js";
import { showLives, showSessions } from "/sessions.js";
import { renewInUse } from "/renew.js";
import { showTimeline } from "/timeline.js";
import { wireAddForm, wireExamples } from "/add-form.js";
import { announce, notice } from "/notices.js";
import { showShare, wireShare } from "/share.js";
import { field } from "/dom.js";

start()
  .catch((error) => notice("This page could not start.", error))
  .then(() => field("not-started").remove());

async function start() {
  const origins = await loadOrigins();
  const site = siteOf(location.origin, origins);
  showIdentity(site, origins, location.search);

  const manager = new SessionManager({
    serviceUrl: `${origins.service}/service.html${serviceQuery(location.search)}`,
    ...optionsFromQuery(location.search),
  });
  // For the tests, and for the curious: `await sessionBridge.getAllSessions()` in the console.
  window.sessionBridge = manager;

  const names = namesAround(site, origins);
  const render = (snapshot) => {
    showConnection(manager, snapshot, names);
    showShare(snapshot);
    showSessions(manager, snapshot);
  };
  wireAddForm(manager);
  wireExamples(manager);
  wireShare(manager);
  renewInUse(manager);
  showTimeline(manager, announce);
  manager.subscribe(() => render(manager.getSnapshot()));
  render(manager.getSnapshot());
  // What changes without a change of the snapshot: figures, countdowns, and the time until the person can be asked again.
  setInterval(() => {
    showRoundTrip(manager);
    showLives();
    showShare(manager.getSnapshot());
  }, 1000);
}

/** This site, two others to try, and the origin of the service, in words. */
function namesAround(site, origins) {
  const others = Object.keys(SITES).filter((key) => key !== site && key !== "sibling").map((key) => SITES[key].name);
  return { here: SITES[site].name, others: others.slice(-2), service: origins.service };
}
