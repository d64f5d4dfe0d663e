import { SessionManager } from "session-bridge";
/** React's hook, as its own types declare it. */
declare function useSyncExternalStore<S>(subscribe: (changed: () => void) => () => void, getSnapshot: () => S, getServerSnapshot?: () => S): S;
declare const manager: SessionManager;
