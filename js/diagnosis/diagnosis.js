// What a page can find out about a failure from inside, and what to do about it. Fetched only when something seems to fail.
export { describe } from "./describe.js";
export { examine } from "./examine.js";
