// session-bridge, the owner's server: the headers of the service page.
import type { OriginGrant } from "./service.js";

export { SessionError } from "./index.js";

export interface ServiceHeadersOptions {
  /** The list that the service page gives to `startSessionService`. */
  grants: readonly OriginGrant[];
  /**
   * Whether a page that frames the service is cross-origin isolated (`Cross-Origin-Embedder-Policy: require-corp`):
   * browsers then show only frames that are so themselves. Default false.
   */
  embedderPolicy?: boolean;
}

/**
 * The headers to send with the service page, as pairs of name and value, which `new Headers(…)` takes too: `frame-ancestors` (CSP Level 3) with the
 * origins of the grants, Storage Access Headers, `Cross-Origin-Resource-Policy`, and `Cache-Control: no-cache`, so that a new
 * service page is in use from the next load on. To be added to the page's own;
 * a second `Content-Security-Policy` holds beside the first, and `Vary` is to be added to, not replaced.
 *
 * @throws {SessionError} `invalid_argument`, naming the grant
 */
export declare function serviceHeaders(options: ServiceHeadersOptions): [name: string, value: string][];
