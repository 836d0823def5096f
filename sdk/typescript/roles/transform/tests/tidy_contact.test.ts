import assert from "node:assert/strict";
import test from "node:test";
import { Failure } from "@mortise/sdk";
import { apply, runExamples } from "@mortise/sdk/fake";
import { tidyContact } from "../src/tidy_contact.ts";

const ADA = { name: "Ada", email: "ada@example.com" };

test("the examples give what they say", () => {
  const examples = runExamples(tidyContact);
  assert.equal(examples.length, 1);
  for (const { title, made, expected } of examples) assert.deepEqual(made, expected, title);
});

test("a contact without a number gets none, and the country is Germany unless said", () => {
  assert.deepEqual(apply(tidyContact, {}, [ADA]), [[{ ...ADA, country: "DE" }]]);
});

test("an email without an @ is a failure of its record alone", () => {
  const [bad, good] = apply(tidyContact, {}, [{ ...ADA, email: "ada" }, ADA]);
  assert.ok(bad instanceof Failure);
  assert.equal(bad.disposition, "reject");
  assert.equal(bad.message, "the email has no @");
  assert.deepEqual([bad.cause?.record, bad.cause?.field], [0, "/email"]);
  assert.ok(Array.isArray(good));
});

test("a country that is none is for the author of the step to change", () => {
  assert.throws(() => apply(tidyContact, { country: "Germany" }, [ADA]), {
    disposition: "misconfigured",
  });
});
