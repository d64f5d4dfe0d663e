// `StorageStatus`, as page and service give it to programs. A number in place of a name is a place in these lists: they have the
// order of the modules' own enums.
const { freeze } = Object;

const LEVELS = ["unknown", "same-site", "handle", "server", "partitioned", "memory"];
const UPGRADES = ["none", "gesture", "visit"];

export const storageStatus = (level, shared, upgrade, declinedUntil) =>
  freeze({ level: LEVELS[level], shared, upgrade: UPGRADES[upgrade], declinedUntil });
