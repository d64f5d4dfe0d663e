// Who is who: the demo runs on four origins, and each shows this same page under its own identity.

/** In the order in which the pages link to one another. The keys are those of `/origins.json`. */
export const SITES = {
  owner: {
    name: "Harbour Accounts",
    role: "The owner’s page",
    about: "It has the origin of the service: this is where the sessions live.",
  },
  sibling: {
    name: "Harbour Mail",
    role: "A sibling of the owner",
    about: "Another origin of the owner’s own site: browsers treat the two as one.",
  },
  siteA: {
    name: "Acorn Books",
    role: "A third-party site",
    about: "Another site altogether. It reaches the sessions through the owner’s hidden frame.",
  },
  siteB: {
    name: "Birch Cinema",
    role: "A third-party site",
    about: "A second other site, which knows nothing of the first.",
  },
};

/** The origins of this run: `{ service, owner, sibling, siteA, siteB }`. */
export async function loadOrigins() {
  const response = await fetch("/origins.json", { cache: "no-store" });
  if (!response.ok) throw new Error(`/origins.json answered ${response.status}.`);
  return response.json();
}

/** The key in `SITES` of the site that has this origin. */
export function siteOf(origin, origins) {
  const key = Object.keys(SITES).find((key) => origins[key] === origin);
  if (!key) throw new Error(`${origin} is not one of the demo’s origins. Open ${origins.owner} instead.`);
  return key;
}
