import { webhook } from "@mortise/sdk";
import * as z from "zod";
import { DeskTicket, Ticket, ticketOf } from "./desk.ts";

const Closed = z.object({
  event_id: z.string(),
  occurred_at: z.string(),
  ticket: DeskTicket,
});

export const ticketClosed = webhook({
  name: "ticket-closed",
  summary: "a ticket was closed",
  input: z.strictObject({}),
  payload: Ticket,
  // The host checks the signature before anything here runs.
  verification: {
    scheme: "signature",
    secret: "signing-secret",
    header: "desk-signature",
    prefix: "v1=",
    algorithm: "hmac-sha256",
    encoding: "hex",
    content: "{timestamp}.{body}",
    timestampHeader: "desk-timestamp",
    toleranceMs: 300_000,
  },
  receive(_, request) {
    const { event_id: id, occurred_at: occurredAt, ticket } = request.json(Closed);
    return { events: [{ id, occurredAt, payload: ticketOf(ticket) }] };
  },
});
