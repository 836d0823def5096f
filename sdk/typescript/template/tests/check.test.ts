import assert from "node:assert/strict";
import test from "node:test";
import { Answer, check, Host } from "@mortise/sdk/fake";
import plugin from "../src/plugin.ts";
import { failureOf } from "./desk.ts";

test("the account of the connection is shown", async () => {
  const host = new Host().answer(Answer.json(200, { id: "acct-1", name: "Acme" })).install();
  assert.deepEqual(await check(plugin), { id: "acct-1", label: "Acme" });
  assert.equal(host.requests[0].url, "https://api.desk.example/me");
});

test("a credential that Desk refuses wants a new one", async () => {
  new Host().answer(Answer.json(401, {})).install();
  assert.equal((await failureOf(check(plugin))).disposition, "reauthorize");
});
