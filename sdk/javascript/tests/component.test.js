// What the component exports, called with the contract's own shapes.
import assert from "node:assert/strict";
import test from "node:test";
import { action, Failure, Outcome, plugin } from "@mortise/sdk";
import { Host } from "@mortise/sdk/fake";
import * as z from "zod";
import { exportsOf } from "../src/component.js";

const echo = action({
  name: "echo",
  summary: "gives its input",
  repeat: "safe",
  input: z.object({ text: z.string() }),
  output: z.unknown(),
  invoke({ text }) {
    if (text === "boom") throw new TypeError("boom");
    return Outcome.done(text === "nothing" ? undefined : text);
  },
});

const { describe, check, actions } = exportsOf(
  plugin({
    name: "acme/echo",
    version: "0.1.0",
    title: "Echo",
    check: () => {
      throw Failure.reauthorize("no");
    },
    actions: [echo],
  }),
);

/** @param {string} name @param {unknown} input @returns {Promise<any>} */
const invoke = (name, input) => actions.invoke(name, JSON.stringify(input), { tag: "start" });

test("what an operation gives is a result", async () => {
  const expected = { tag: "ok", val: { tag: "done", val: '"a"' } };
  assert.deepEqual(await invoke("echo", { text: "a" }), expected);
  assert.equal(JSON.parse(describe.describe()).name, "acme/echo");
});

test("a failure is a result, too", async () => {
  const { tag, val } = await check.check();
  assert.deepEqual([tag, val.disposition, val.message], ["err", { tag: "reauthorize" }, "no"]);
  const unknown = await invoke("other", {});
  assert.equal(unknown.val.message, "this plugin has no action called `other`");
  assert.deepEqual(unknown.val.disposition, { tag: "misconfigured" });
  const nothing = await invoke("echo", { text: "nothing" });
  assert.equal(nothing.val.message, "the result cannot be written as JSON: it is undefined");
});

test("any other error is a trap, and its stack is in the log", async () => {
  const host = new Host().install();
  await assert.rejects(invoke("echo", { text: "boom" }), (error) => {
    // The bindings look for a payload, and have to come upon the error itself.
    assert.throws(() => /** @type {any} */ (error).payload, /** @type {Error} */ (error));
    return error instanceof TypeError;
  });
  const [line] = host.log;
  assert.deepEqual([line?.level, line?.message], ["error", "uncaught TypeError: boom"]);
  assert.match(line?.fields["stack"] ?? "", /component\.test\.js/);
});
