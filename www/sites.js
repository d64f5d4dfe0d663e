// Who is who: the demo runs on four origins, and each shows this same page under its own identity.

/** In the order in which the pages link to one another. The keys are those of `/origins.json`. */
export const SITES = {
  owner: {
    name: "Harbour Accounts",
    role: "The owner’s page.",
    about: "It is on the origin of the service, which keeps the sessions in this browser.",
  },
  sibling: {
    name: "Harbour Mail",
    role: "The owner’s second page.",
    about: "It is on the owner’s site, but on another origin.",
  },
  siteA: {
    name: "Acorn Books",
    role: "Another site.",
    about: "It reaches the sessions of Harbour Accounts through a hidden frame.",
  },
  siteB: {
    name: "Birch Cinema",
    role: "A third site.",
    about: "It knows nothing of Acorn Books, and reaches the sessions in the same way.",
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
