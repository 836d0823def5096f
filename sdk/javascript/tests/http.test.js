import assert from "node:assert/strict";
import test from "node:test";
import { Failure, http } from "@mortise/sdk";
import { Answer, Host } from "@mortise/sdk/fake";
import * as z from "zod";

/** @param {() => unknown} call */
function failureOf(call) {
  try {
    call();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return assert.fail("no failure");
}

/**
 * What `ok` decides.
 * @param {number} status
 * @param {Record<string, string>} [headers]
 */
function decided(status, headers) {
  new Host().answer(new Answer(status, headers, "no")).install();
  const failure = failureOf(() => http.get("https://x").send().ok());
  assert.deepEqual(failure.cause, { status, body: "no" });
  return [failure.disposition, failure.waitMs];
}

test("a status decides what happens next", () => {
  for (const status of [408, 429, 500, 503, 599]) {
    assert.deepEqual(decided(status), ["retry", undefined], String(status));
  }
  for (const status of [401, 403]) assert.equal(decided(status)[0], "reauthorize");
  for (const status of [301, 304, 400, 404, 409, 422]) assert.equal(decided(status)[0], "reject");
});

test("retry-after is respected as seconds and as a date", () => {
  assert.deepEqual(decided(429, { "retry-after": "7" }), ["retry", 7_000]);
  const date = "Wed, 28 Feb 2024 23:59:30 GMT";
  const after = (/** @type {string} */ then) => decided(503, { date, "Retry-After": then })[1];
  assert.equal(after("Thu, 29 Feb 2024 00:00:00 GMT"), 30_000);
  assert.equal(after("Wed, 28 Feb 2024 23:00:00 GMT"), 0);
  assert.equal(after("soon"), undefined);
});

test("an error of the host decides, too", () => {
  /** @type {[Answer, string, number?][]} */
  const cases = [
    [Answer.error("denied", "d"), "misconfigured"],
    [Answer.error("not-sent", "n"), "retry"],
    [Answer.error("unanswered", "u"), "unclear"],
    [Answer.error("limited", 9), "retry", 9],
    [Answer.error("too-large", 9), "reject"],
    [Answer.error("unauthorized", "u"), "reauthorize"],
    [Answer.error("other", "o"), "reject"],
  ];
  for (const [answer, disposition, waitMs] of cases) {
    new Host().answer(answer).install();
    const failure = failureOf(() => http.get("https://x").send());
    assert.deepEqual([failure.disposition, failure.waitMs], [disposition, waitMs]);
  }
});

test("an answer that is not what was expected is unclear", () => {
  for (const [body, field] of [
    ["{", undefined],
    ["", undefined],
    ['{"id":"x"}', "/id"],
  ]) {
    new Host().answer(Answer.json(200, body)).install();
    const schema = z.object({ id: z.number() });
    const failure = failureOf(() => http.get("https://x").send().ok().json(schema));
    assert.deepEqual(
      [failure.disposition, failure.cause?.status, failure.cause?.field],
      ["unclear", 200, field],
    );
  }
});

test("queries are encoded and stay before the fragment", () => {
  const host = new Host();
  const addresses = ["https://x/a", "https://x/a?b=1", "https://x/a?", "https://x/a#f"];
  for (const url of addresses) {
    host.answer(new Answer(204)).install();
    http.get(url).query("q", "a b&c=ü").send();
  }
  assert.deepEqual(
    host.requests.map(({ url }) => url),
    [
      "https://x/a?q=a%20b%26c%3D%C3%BC",
      "https://x/a?b=1&q=a%20b%26c%3D%C3%BC",
      "https://x/a?q=a%20b%26c%3D%C3%BC",
      "https://x/a?q=a%20b%26c%3D%C3%BC#f",
    ],
  );
  assert.equal(http.encode("a/b~c!"), "a%2Fb~c%21");
});

test("a request is sent as it was made", () => {
  const host = new Host()
    .idempotencyKey("k")
    .answer(new Answer(200, {}, "content"))
    .install();
  const request = http.put("https://x/a").idempotent().timeoutMs(5).anonymous().saveAsFile();
  const answer = request.json({ a: 1 }).send();
  const [sent] = host.requests;
  assert.deepEqual(
    [sent?.method, sent?.auth, sent?.timeoutMs, sent?.json()],
    ["PUT", "none", 5, { a: 1 }],
  );
  assert.deepEqual(sent?.headers, [
    ["idempotency-key", "k"],
    ["content-type", "application/json"],
  ]);
  assert.equal(new TextDecoder().decode(host.files.get(answer.file ?? "")?.bytes), "content");
});

test("fetch is answered from the same script", async () => {
  const host = new Host().answer(Answer.json(201, { id: 1 })).install();
  const answer = await fetch("https://x/a", { method: "POST", body: "text" });
  assert.deepEqual([answer.status, await answer.json()], [201, { id: 1 }]);
  assert.deepEqual([host.requests[0]?.text(), host.requests[0]?.auth], ["text", "none"]);
  await assert.rejects(fetch("https://x/b"), TypeError);
});
