// Descriptors that use all of wit/descriptor.schema.json.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { action, plugin, polling, Scheme, Secret, Start, transform, webhook } from "@mortise/sdk";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as z from "zod";

/** @import { Verification } from "@mortise/sdk" */

const SCHEMA = new URL("../../../wit/descriptor.schema.json", import.meta.url);
const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);

const base = {
  summary: "how to come by it",
  secrets: [Secret.inject("token"), Secret.sign("signing-secret", ["hmac-sha256"])],
  placements: [{ in: /** @type {const} */ ("query"), name: "key", template: "{secrets.token}" }],
  origins: ["{settings.instance_url}"],
};

const oauth2 = Scheme.oauth2("oauth2", "OAuth", {
  grant: "jwt-bearer",
  tokenUrl: "https://example.com/token",
  clientAuthentication: "private-key-jwt",
  authorizeParameters: { accessType: "offline" },
  lifetimeMs: 3_600_000,
  capture: [{ name: "instance_url", from: "token", at: "/instance_url" }],
  assertion: { key: "key", algorithm: "rs256", claims: { iss: "me" }, lifetimeMs: 300_000 },
});

/** @type {Verification[]} */
const verifications = [
  { scheme: "standard", secret: "signing-secret" },
  {
    scheme: "signature",
    secret: "signing-secret",
    header: "x-signature",
    prefix: "sha256=",
    algorithm: "hmac-sha256",
    encoding: "hex",
    content: "{timestamp}.{body}",
    timestampHeader: "x-time",
    toleranceMs: 300_000,
    keyEncoding: "base64",
  },
  { scheme: "token", secret: "token", query: "t" },
];

const everything = plugin({
  name: "acme/everything",
  version: "1.2.3-rc.1",
  title: "Everything",
  summary: "uses all there is",
  licence: "Apache-2.0",
  settings: z.object({ "base-url": z.url() }),
  rate: { requests: 100, perMs: 60_000, atOnce: 2 },
  hosts: ["*.example.com"],
  origins: ["https://api.example.com"],
  authentication: [
    Scheme.bearer("bearer", "API key"),
    oauth2,
    {
      ...base,
      id: "session",
      title: "Session",
      kind: "session",
      method: "POST",
      url: "https://example.com/login",
      token: { cookie: "sid" },
    },
    { ...base, id: "sigv4", title: "AWS", kind: "aws-sigv4", service: "s3", region: "r" },
    { ...base, id: "oauth1", title: "OAuth 1", kind: "oauth1", signature: "hmac-sha256" },
  ],
  check: () => ({ id: "a", label: "A" }),
  actions: [
    action({
      name: "list",
      summary: "lists",
      repeat: "safe",
      paged: true,
      stateful: true,
      dynamic: true,
      choices: ["/channel"],
      authentication: ["oauth2"],
      input: z.object({ channel: z.string().meta({ "x-sensitive": true }), count: z.int() }),
      output: z.object({ id: z.string() }),
      invoke: () => assert.fail("nobody calls it"),
    }),
  ],
  polling: [
    polling({
      name: "news",
      summary: "tells what is new",
      input: z.object({ start: Start }),
      cursor: z.number(),
      payload: z.unknown(),
      poll: () => ({ events: [], cursor: 1 }),
    }),
  ],
  webhooks: verifications.map((verification, index) =>
    webhook({
      name: `hook-${index}`,
      summary: "is called",
      input: z.unknown(),
      payload: z.unknown(),
      verification,
      receive: () => ({}),
    }),
  ),
  transforms: [
    transform({
      name: "map",
      summary: "maps",
      config: z.object({}),
      record: z.number(),
      output: z.number(),
      examples: [{ title: "one", input: {}, records: [1], output: [1] }],
      apply: (record) => [record],
    }),
  ],
});

/** As the host gets it. @returns {any} */
const described = () => JSON.parse(JSON.stringify(everything.descriptor()));

test("a descriptor that uses everything fits", () => {
  assert.ok(validate(described()), JSON.stringify(validate.errors));
});

test("what breaks the contract does not fit", () => {
  const descriptor = described();
  descriptor.operations[0].repeat = "maybe";
  assert.ok(!validate(descriptor));
});

test("the schemas are those of the types, without zod's own bounds", () => {
  const [list, news] = described().operations;
  assert.deepEqual(list.input, {
    type: "object",
    properties: { channel: { type: "string", "x-sensitive": true }, count: { type: "integer" } },
    required: ["channel", "count"],
  });
  assert.deepEqual(list.output, {
    type: "object",
    properties: { id: { type: "string" } },
    required: ["id"],
  });
  assert.equal(news.input.properties.start.default, "now");
  assert.equal(news.input.required, undefined);
});

test("keys are the descriptor's, and the application's own words are left alone", () => {
  const { rate, authentication, operations } = described();
  assert.deepEqual(rate, { requests: 100, "per-ms": 60_000, "at-once": 2 });
  assert.deepEqual(authentication[1]["authorize-parameters"], { accessType: "offline" });
  assert.equal(authentication[1]["rotating-refresh"], false);
  assert.equal(operations[3].verification["key-encoding"], "base64");
});

test("the plugin knows its roles", () => {
  assert.deepEqual(everything.roles, ["check", "actions", "polling", "webhooks", "transform"]);
});
