// The types of the service page's headers.
import { serviceHeaders } from "session-bridge/headers";

for (const [name, value] of serviceHeaders({ grants: [{ origin: "https://shop.example", read: "*" }], embedderPolicy: true })) {
  name satisfies string;
  value satisfies string;
}

const headers = new Headers(serviceHeaders({ grants: [{ origin: "https://shop.example", read: "*" }] }));
new Response("", { headers: [...serviceHeaders({ grants: [] }), ["X-Own", headers.get("Vary") ?? ""]] });

// @ts-expect-error a list of grants is needed
serviceHeaders({});
