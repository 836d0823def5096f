import assert from "node:assert/strict";
import test from "node:test";
import { Turn } from "@mortise/sdk";
import { Answer, Host, turn } from "@mortise/sdk/fake";
import { ticketOf } from "../src/desk.js";
import { listTickets } from "../src/list_tickets.js";
import { failureOf, TICKET } from "./desk.js";

const [EXAMPLE] = listTickets.examples;

/** @param {string | null} next_cursor @param {object[]} tickets */
const page = (next_cursor, ...tickets) => Answer.json(200, { tickets, next_cursor });

test("the pages follow their cursors to the end", async () => {
  const second = { ...TICKET, id: "t-2" };
  const host = new Host().answer(page("c2", TICKET)).answer(page(null, second)).install();
  const first = await turn(listTickets, EXAMPLE.input);
  assert.deepEqual(first, { kind: "page", records: [ticketOf(TICKET)], next: "c2" });
  const last = await turn(listTickets, EXAMPLE.input, new Turn("next", "c2"));
  assert.ok(last.kind === "page");
  assert.deepEqual([last.records[0].id, last.next], ["t-2", undefined]);
  assert.deepEqual(
    host.requests.map(({ url }) => url),
    [
      "https://api.desk.example/tickets?status=open",
      "https://api.desk.example/tickets?status=open&cursor=c2",
    ],
  );
});

test("a page that names itself as the next one is not followed", async () => {
  new Host().answer(page("c2", TICKET)).install();
  const failure = await failureOf(turn(listTickets, {}, new Turn("next", "c2")));
  assert.equal(failure.disposition, "retry");
  assert.equal(failure.message, "the application named a page as its own next page");
});
