import assert from "node:assert/strict";
import test from "node:test";
import { Failure } from "@mortise/sdk";
import { writeFailure } from "../src/raw.js";

test("a failure is the contract's", () => {
  const failure = Failure.retryAfter(7_000, "not now")
    .withStatus(429)
    .withCode("busy")
    .withField("/a")
    .withRecord(2);
  assert.deepEqual(writeFailure(/** @type {any} */ (failure)), {
    disposition: { tag: "retry", val: 7000n },
    message: "not now",
    cause: { status: 429, code: "busy", record: 2, field: "/a", body: undefined },
  });
  assert.deepEqual(writeFailure(/** @type {any} */ (Failure.unclear("who knows"))), {
    disposition: { tag: "unclear" },
    message: "who knows",
    cause: undefined,
  });
});

test("the start of a body is cut between characters", () => {
  const body = new TextEncoder().encode("x" + "é".repeat(2000));
  const kept = Failure.reject("no").withBody(body).cause?.body ?? "";
  assert.equal(new TextEncoder().encode(kept).length, 2047);
  assert.ok(kept.endsWith("é"));
});

test("a body that is no UTF-8 is kept as far as it can be read", () => {
  const body = Uint8Array.of(0x61, 0xff, 0x62);
  assert.equal(Failure.reject("no").withBody(body).cause?.body, "a\ufffdb");
});
