import { polling, Start } from "@mortise/sdk";
import * as z from "zod";
import { DeskTicket, request, send, Ticket, ticketOf } from "./desk.js";

const New = z.object({ tickets: z.array(DeskTicket), more: z.boolean() });

export const newTickets = polling({
  name: "new-tickets",
  summary: "a ticket was created",
  input: z.strictObject({ start: Start }),
  // The id of the last ticket that was seen, if there was one.
  cursor: z.object({ after: z.string().nullable() }),
  payload: Ticket,
  poll({ start }, cursor) {
    const after = cursor?.after ?? null;
    const tickets = request("GET", "/tickets/new");
    if (after !== null) tickets.query("after", after);
    const found = send(tickets).json(New);
    // A trigger that begins now only looks where it is.
    const isOld = cursor === undefined && start === "now";
    return {
      events: isOld ? [] : found.tickets.map(eventOf),
      cursor: { after: found.tickets.at(-1)?.id ?? after },
      more: found.more,
    };
  },
});

/** @param {z.output<typeof DeskTicket>} ticket */
const eventOf = (ticket) => ({
  id: ticket.id,
  occurredAt: ticket.created_at,
  payload: ticketOf(ticket),
});
