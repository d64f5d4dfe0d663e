// A server of the owner's, which answers with the service page.
import { serviceHeaders } from "session-bridge/headers";
import type { OriginGrant } from "session-bridge/service";

declare const grants: OriginGrant[];
declare const html: string;
