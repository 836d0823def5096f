import assert from "node:assert/strict";
import test from "node:test";
import { Answer, Host, poll } from "@mortise/sdk/fake";
import { newTickets } from "../src/new_tickets.js";
import { TICKET } from "./desk.js";

/** @param {boolean} more @param {object[]} tickets */
const found = (more, ...tickets) => Answer.json(200, { tickets, more });

test("a trigger that begins now only looks where it is", async () => {
  const host = new Host().answer(found(false, TICKET)).install();
  const news = await poll(newTickets, { start: "now" });
  assert.deepEqual(news, { events: [], cursor: { after: "t-1" }, more: false });
  assert.equal(host.requests[0].url, "https://api.desk.example/tickets/new");
});

test("a trigger that begins at the beginning tells all there is", async () => {
  new Host().answer(found(true, TICKET)).install();
  const news = await poll(newTickets, { start: "beginning" });
  const { created_at, ...ticket } = TICKET;
  const payload = { ...ticket, "created-at": created_at };
  assert.deepEqual(news.events, [
    { id: "t-1", occurredAt: created_at, orderingKey: undefined, payload },
  ]);
  assert.ok(news.more);
});

test("a later poll goes on after the last ticket", async () => {
  const host = new Host().answer(found(false)).install();
  const news = await poll(newTickets, { start: "now" }, { after: "t-7" });
  assert.deepEqual(news, { events: [], cursor: { after: "t-7" }, more: false });
  assert.equal(host.requests[0].url, "https://api.desk.example/tickets/new?after=t-7");
});

test("where there is no ticket yet, the next one is new", async () => {
  new Host().answer(found(false)).answer(found(false, TICKET)).install();
  const { cursor } = await poll(newTickets, { start: "now" });
  assert.deepEqual(cursor, { after: null });
  const news = await poll(newTickets, { start: "now" }, cursor);
  assert.equal(news.events[0].id, "t-1");
});
