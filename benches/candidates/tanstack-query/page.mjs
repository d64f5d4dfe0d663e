// A cache of what a page has read, and no frame: what a cached read is compared with.

import { QueryClient } from "@tanstack/query-core";

import { loop, loopAsync } from "../../pages/clock.mjs";
import { COUNT, idOf, sessionOf } from "../../pages/sessions.mjs";

const ALL = ["sessions"];
const keyOf = (id) => ["session", id];

export const connect = async () => {
  // What is read stays, and counts as fresh, for as long as the page is open.
  const client = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity, staleTime: Infinity } } });
  const list = Array.from({ length: COUNT }, (_, at) => sessionOf(at, 0));
  client.setQueryData(ALL, list);
  for (const session of list) client.setQueryData(keyOf(session.id), session);
  const queryFn = () => Promise.reject(new Error("The cache does not hold this session."));
  return {
    read: async () => client.getQueryData(ALL).length,
    measures: {
      snapshot: (count) => loop(count, () => client.getQueryData(ALL).length),
      one: (count) => loopAsync(count, (at) => client.fetchQuery({ queryKey: keyOf(idOf(at)), queryFn })),
    },
  };
};
