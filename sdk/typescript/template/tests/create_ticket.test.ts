import assert from "node:assert/strict";
import test from "node:test";
import { Answer, Host, invoke } from "@mortise/sdk/fake";
import { createTicket } from "../src/create_ticket.ts";
import { failureOf, SUBJECT_MISSING, TICKET } from "./desk.ts";

const [EXAMPLE] = createTicket.examples;

test("the example creates a ticket", async () => {
  const host = new Host().answer(Answer.json(201, TICKET)).install();
  assert.deepEqual(await invoke(createTicket, EXAMPLE.input), EXAMPLE.output);
  const [request] = host.requests;
  assert.equal(request.method, "POST");
  assert.equal(request.url, "https://api.desk.example/tickets");
  assert.equal(request.header("idempotency-key"), "test-key");
  assert.deepEqual(request.json(), {
    subject: TICKET.subject,
    priority: "high",
  });
});

test("the connection says where Desk is", async () => {
  const settings = { "base-url": "https://desk.acme.example/" };
  const host = new Host().settings(settings).answer(Answer.json(201, TICKET)).install();
  await invoke(createTicket, EXAMPLE.input);
  assert.equal(host.requests[0].url, "https://desk.acme.example/tickets");
});

test("a failure says what Desk says", async () => {
  new Host().answer(Answer.json(422, SUBJECT_MISSING)).install();
  const failure = await failureOf(invoke(createTicket, EXAMPLE.input));
  assert.equal(failure.disposition, "reject");
  assert.equal(failure.message, "a ticket needs a subject");
  const { body, ...cause } = failure.cause ?? {};
  assert.deepEqual(cause, {
    status: 422,
    code: "subject_missing",
    field: "/subject",
  });
  assert.deepEqual(JSON.parse(body ?? ""), SUBJECT_MISSING);
});

test("an answer that is not Desk's is judged by its status", async () => {
  new Host().answer(new Answer(502, { "content-type": "text/html" }, "<h1>no</h1>")).install();
  const failure = await failureOf(invoke(createTicket, EXAMPLE.input));
  assert.equal(failure.disposition, "retry");
  assert.equal(failure.message, "the server answered 502");
});

test("nobody knows what happened where the answer cannot be read", async () => {
  for (const body of ["{", "", '{"id":1}']) {
    new Host().answer(Answer.json(201, body)).install();
    const failure = await failureOf(invoke(createTicket, EXAMPLE.input));
    assert.equal(failure.disposition, "unclear", body);
  }
});

test("input that does not fit names its field", async () => {
  const host = new Host().install();
  const failure = await failureOf(invoke(createTicket, { subject: "" }));
  assert.equal(failure.disposition, "reject");
  assert.equal(failure.cause?.field, "/subject");
  assert.equal(host.requests.length, 0);
});
