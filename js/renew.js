// Loading the service page anew, in the place of a newer one that should be served.

/**
 * Whether this build may load its frame anew: once in the life of a tab, which is marked here. One mark for each build, not one
 * for the last: two builds that take turns, while servers are updated, would load one another's frame anew for ever.
 *
 * @param {Pick<Storage, "getItem" | "setItem">} storage the tab's; throws what that throws
 * @param {string} build its id
 */
export function renewsOnce(storage, build) {
  const mark = `session-bridge renewed ${build}`;
  if (storage.getItem(mark) !== null) return false;
  storage.setItem(mark, "");
  return true;
}
