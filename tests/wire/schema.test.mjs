// The fixtures as a second implementation reads them: one written in JavaScript after docs/protocol.md.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TO_MANAGER, TO_SERVICE } from "../../js/log/log.js";
import { toManager, toService } from "./lib/fixtures.mjs";
import { decode, encode } from "./lib/postcard.mjs";
import { ToManager, ToService, VERSION } from "./lib/schema.mjs";

for (const [direction, type, fixtures] of [["to service", ToService, toService], ["to manager", ToManager, toManager]]) {
  test(`each message ${direction} decodes to its JSON and encodes to its bytes`, () => {
    assert.ok(fixtures.length > 0);
    for (const { name, bytes, message } of fixtures) {
      assert.deepEqual(decode(type, VERSION, bytes), message, name);
      assert.deepEqual(encode(type, VERSION, message), bytes, name);
    }
  });
}

test("the readable log has the names of all messages, in their order", () => {
  assert.deepEqual(TO_SERVICE, ToService.names);
  assert.deepEqual(TO_MANAGER, ToManager.names);
});
