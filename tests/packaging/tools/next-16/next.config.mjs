import { serviceHeaders } from "session-bridge/headers";

const grants = [{ origin: "http://localhost:3000", read: "*", write: true }];
const headers = serviceHeaders({ grants })
  // This page is tried on whatever port is free.
  .filter(([name]) => name !== "Content-Security-Policy")
  .map(([key, value]) => ({ key, value }));

export default {
  headers: async () => [{ source: "/service.html", headers }],
};
