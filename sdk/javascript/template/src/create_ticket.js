import { action, Outcome } from "@mortise/sdk";
import * as z from "zod";
import { DeskTicket, request, send, Ticket, ticketOf } from "./desk.js";

export const createTicket = action({
  name: "create-ticket",
  summary: "creates a ticket",
  // Desk knows the idempotency key, so a second call with the same one does nothing.
  repeat: "keyed",
  input: z.strictObject({
    subject: z.string().min(1).describe("what it is about, in one line"),
    body: z.string().optional().describe("the whole story"),
    priority: z
      .enum(["low", "normal", "high"])
      .default("normal")
      .describe("how soon somebody has to look at it"),
  }),
  output: Ticket,
  examples: [
    {
      title: "A ticket",
      input: { subject: "The door is stuck", priority: "high" },
      output: {
        id: "t-1",
        subject: "The door is stuck",
        status: "open",
        "created-at": "2026-01-02T03:04:05.000Z",
      },
    },
  ],
  invoke(input) {
    const answer = send(request("POST", "/tickets").idempotent().json(input));
    return Outcome.done(ticketOf(answer.json(DeskTicket)));
  },
});
