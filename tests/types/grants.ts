// A list of grants as it stands in a JSON file, which the page, the headers and the command share. TypeScript makes `string`
// of each text in it.
import { serviceHeaders } from "session-bridge/headers";
import { startSessionService, type OriginGrant } from "session-bridge/service";
import grants from "./grants.json" with { type: "json" };

const service = await startSessionService({ grants });
service.setGrants(grants);
serviceHeaders({ grants });

// One kind of `read` alone, and a list that changes.
const everything = [{ origin: "https://shop.example", read: "*", write: true }];
everything.push({ origin: "https://other.example", read: "*", write: false });
service.setGrants(everything);

// What is written down by hand is checked as far as its type tells.
const typed: OriginGrant[] = [{ origin: "https://shop.example", read: "*", write: ["add"], requests: true }];
service.setGrants(typed);
// @ts-expect-error: a grant says what is read
service.setGrants([{ origin: "https://shop.example", write: true }]);
// @ts-expect-error: an origin is text
serviceHeaders({ grants: [{ origin: new URL("https://shop.example"), read: "*" }] });
