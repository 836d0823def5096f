// Each role from JSON to the definition and back, as the host calls it.
import assert from "node:assert/strict";
import test from "node:test";
import * as sdk from "@mortise/sdk";
import * as fake from "@mortise/sdk/fake";
import * as z from "zod";

const { Failure, Host, Outcome, Turn } = { ...sdk, ...fake };
const Thing = z.object({ id: z.number() });

const pages = sdk.action({
  name: "pages",
  summary: "lists",
  repeat: "safe",
  paged: true,
  input: Thing,
  output: Thing,
  invoke(input, turn) {
    const id = turn.page(z.number()) ?? input.id;
    return Outcome.page([{ id }], id < 6 ? id + 1 : null);
  },
});

test("pages follow their token to the end", async () => {
  const first = await fake.turn(pages, { id: 5 });
  assert.deepEqual(first, { kind: "page", records: [{ id: 5 }], next: 6 });
  const last = await fake.turn(pages, { id: 5 }, new Turn("next", 6));
  assert.deepEqual(last, { kind: "page", records: [{ id: 6 }], next: undefined });
  await assert.rejects(fake.turn(pages, { id: 5 }, new Turn("next", "x")), {
    message: /^the page token does not fit: /,
  });
});

test("input that does not fit names its field", async () => {
  await assert.rejects(fake.invoke(pages, { id: "five" }), (failure) => {
    assert.ok(failure instanceof Failure);
    assert.match(failure.message, /^the input does not fit: invalid input/);
    assert.deepEqual([failure.disposition, failure.cause], ["reject", { field: "/id" }]);
    return true;
  });
});

test("a job is waited for without anybody waiting", async () => {
  const render = sdk.action({
    name: "render",
    summary: "renders",
    repeat: "keyed",
    input: z.string(),
    output: z.unknown(),
    invoke: (input, { kind, token, callback }) => {
      if (kind === "resumed") return Outcome.done({ token, callback });
      return input === "poll" ? Outcome.later("j1", 1_500) : Outcome.untilCalled("j1");
    },
  });
  assert.deepEqual(await fake.turn(render, "poll"), {
    kind: "suspended",
    token: "j1",
    pollAfterMs: 1_500,
    callback: false,
  });
  assert.deepEqual(await fake.turn(render, "sea"), {
    kind: "suspended",
    token: "j1",
    callback: true,
  });
  const done = await fake.turn(render, "sea", new Turn("resumed", "j1", { video: "v1" }));
  assert.deepEqual(done, { kind: "done", output: { token: "j1", callback: { video: "v1" } } });
});

test("an output that does not fit its schema does not pass a test", async () => {
  const wrong = sdk.action({
    name: "wrong",
    summary: "gives something else",
    repeat: "safe",
    input: z.unknown(),
    output: Thing,
    invoke: () => Outcome.done(/** @type {any} */ ({ id: "x" })),
  });
  await assert.rejects(fake.invoke(wrong, {}), { message: /^what `wrong` gives does not fit/ });
});

test("a batch keeps its order and fails item by item", async () => {
  const double = sdk.batch({
    name: "double",
    summary: "doubles",
    repeat: "safe",
    input: Thing,
    output: Thing,
    invoke: (items) =>
      items.map(({ input: { id }, idempotencyKey }) =>
        id === 0 ? Failure.reject("zero stays zero").withCode(idempotencyKey) : { id: id * 2 },
      ),
  });
  const inputs = [{ id: 1 }, { id: "x" }, { id: 0 }, { id: 3 }];
  const [first, unreadable, refused, last] = await fake.invokeBatch(double, inputs);
  assert.deepEqual([first, last], [{ id: 2 }, { id: 6 }]);
  assert.deepEqual([unreadable.cause.record, unreadable.cause.field], [1, "/id"]);
  assert.deepEqual([refused.cause.record, refused.cause.code], [2, "test-key-2"]);
});

const paid = sdk.webhook({
  name: "paid",
  summary: "an order was paid",
  input: z.unknown(),
  payload: Thing,
  memory: z.number(),
  receive: (_, request, memory) => ({
    events: [{ id: request.header("X-Event") ?? "", payload: request.json(Thing) }],
    answer: { status: 200, body: request.query("challenge") ?? "" },
    memory: (memory ?? 0) + 1,
  }),
  subscribe: (_, url) => ({ memory: 1, secrets: { "signing-secret": url }, renewAfterMs: 5 }),
});

test("a webhook makes events of a request", async () => {
  const request = {
    method: "POST",
    pathAndQuery: "/hooks/x?challenge=a+b%C3%BC",
    headers: /** @type {[string, string][]} */ ([["x-event", "e1"]]),
    body: '{"id":1}',
  };
  const { events, answer, memory } = await fake.receive(paid, {}, request, 4);
  assert.deepEqual([events[0]?.id, events[0]?.payload, memory], ["e1", { id: 1 }, 5]);
  assert.equal(new TextDecoder().decode(answer?.body), "a bü");
  const broken = { ...request, body: Uint8Array.of(0xff) };
  await assert.rejects(fake.receive(paid, {}, broken), {
    message: "the webhook's body is not UTF-8",
  });
});

test("a webhook registers itself where it can", async () => {
  const subscription = await fake.subscribe(paid, {}, "https://h");
  assert.deepEqual(subscription, {
    memory: 1,
    secrets: { "signing-secret": "https://h" },
    renewAfterMs: 5,
  });
  await assert.rejects(fake.unsubscribe(paid, {}, 1), { disposition: "misconfigured" });
});

test("a transform makes one value of all records", () => {
  const sum = sdk.transform({
    name: "sum",
    summary: "adds",
    config: z.object({}),
    record: Thing,
    output: z.number(),
    applyAll: (records) => records.reduce((all, { id }) => all + id, 0),
  });
  assert.deepEqual(fake.apply(sum, {}, [{ id: 1 }, { id: 2 }]), [[3], []]);
  assert.deepEqual(fake.apply(sum, {}, []), [[0]]);
});

test("a fake host knows the call, the connection, files, state and log", () => {
  const host = new Host()
    .attempt(3)
    .remainingMs(9)
    .callbackUrl("https://cb")
    .settings({ base: "b" })
    .file("f", "text/plain", "hello")
    .install();
  const { connection, context, files, log, state } = sdk;
  assert.deepEqual(
    [context.attempt(), context.remainingMs(), context.cancelled(), context.callbackUrl()],
    [3, 9, false, "https://cb"],
  );
  assert.deepEqual(connection.settings(z.object({ base: z.string() })), { base: "b" });
  assert.throws(() => connection.settings(z.string()), { disposition: "misconfigured" });
  const data = Uint8Array.of(1);
  const signature = connection.sign("s", "hmac-sha256", data);
  assert.ok(connection.verify("s", "hmac-sha256", data, signature));
  assert.ok(!connection.verify("s", "hmac-sha256", Uint8Array.of(2), signature));
  assert.equal(new TextDecoder().decode(files.read("f", 1, 3)), "ell");
  const id = files.create("n", "text/csv");
  files.append(id, new TextEncoder().encode("a;b"));
  assert.deepEqual(files.stat(id), { size: 3, contentType: "text/csv", name: "n" });
  assert.throws(() => files.stat("nowhere"), { disposition: "reject" });
  state.set("s", data);
  assert.deepEqual([host.state.get("s"), state.get("s")], [data, data]);
  state.remove("s");
  assert.equal(state.get("s"), undefined);
  log.write("warn", "careful", { a: "b" });
  assert.deepEqual(host.log, [{ level: "warn", message: "careful", fields: { a: "b" } }]);
});
