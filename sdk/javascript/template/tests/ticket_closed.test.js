import assert from "node:assert/strict";
import test from "node:test";
import { Host, receive } from "@mortise/sdk/fake";
import { ticketClosed } from "../src/ticket_closed.js";
import { failureOf, TICKET } from "./desk.js";

const OCCURRED_AT = "2026-01-02T04:05:06Z";

/** @param {unknown} body */
const request = (body) => ({
  method: "POST",
  pathAndQuery: "/hooks/desk",
  body: JSON.stringify(body),
});

test("a closed ticket is an event", async () => {
  new Host().install();
  const ticket = { ...TICKET, status: "closed" };
  const body = { event_id: "e-1", occurred_at: OCCURRED_AT, ticket };
  const { events } = await receive(ticketClosed, {}, request(body));
  assert.equal(events.length, 1);
  assert.deepEqual([events[0].id, events[0].occurredAt], ["e-1", OCCURRED_AT]);
  assert.equal(events[0].payload["created-at"], TICKET.created_at);
});

test("a body that does not fit names its field", async () => {
  new Host().install();
  const failure = await failureOf(receive(ticketClosed, {}, request({ event_id: 1 })));
  assert.equal(failure.disposition, "reject");
  assert.equal(failure.cause?.field, "/event_id");
});
