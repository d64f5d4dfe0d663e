// The keys of a store that JavaScript has to know. `src/service/replica/keys.rs` owns them, and a test there reads this file.

/** Without it a service takes no store for its own. */
export const META = "meta";
/** What a copying that is under way leaves in its target. */
export const MIGRATION = "migration";
/** Each session has a key that begins so. */
export const SESSION_PREFIX = "s/";
