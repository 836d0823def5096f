import { action, Failure, Outcome } from "@mortise/sdk";
import * as z from "zod";
import { DeskTicket, request, send, Ticket, ticketOf } from "./desk.ts";

const Page = z.object({
  tickets: z.array(DeskTicket),
  next_cursor: z.string().nullish(),
});

export const listTickets = action({
  name: "list-tickets",
  summary: "lists the tickets, page by page",
  repeat: "safe",
  paged: true,
  input: z.strictObject({
    status: z.enum(["open", "closed"]).optional().describe("only those of this status"),
  }),
  // One record of a page.
  output: Ticket,
  examples: [{ title: "What is open", input: { status: "open" } }],
  invoke({ status }, turn) {
    const cursor = turn.page(z.string());
    const tickets = request("GET", "/tickets");
    if (status !== undefined) tickets.query("status", status);
    if (cursor !== undefined) tickets.query("cursor", cursor);
    const page = send(tickets).json(Page);
    // Following it would go round for ever.
    if (cursor !== undefined && page.next_cursor === cursor) {
      throw Failure.retry("the application named a page as its own next page");
    }
    return Outcome.page(page.tickets.map(ticketOf), page.next_cursor);
  },
});
