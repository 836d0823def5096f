// What all operations have in common: where Desk is, how it says what went wrong, and a ticket.
import { connection, http } from "@mortise/sdk";
import * as z from "zod";

export const ADDRESS = "https://api.desk.example";

export const Settings = z.object({
  "base-url": z.url().default(ADDRESS).describe("where Desk is"),
});

export const Ticket = z.object({
  id: z.string(),
  subject: z.string(),
  status: z.enum(["open", "closed"]),
  "created-at": z.string().describe("RFC 3339"),
});

/** A ticket as Desk writes it. */
export const DeskTicket = z.object({
  id: z.string(),
  subject: z.string(),
  status: z.enum(["open", "closed"]),
  created_at: z.string(),
});

/** @param {z.output<typeof DeskTicket>} ticket */
export const ticketOf = ({ created_at, ...ticket }) => ({ ...ticket, "created-at": created_at });

const Refusal = z.object({
  error: z.object({ code: z.string(), message: z.string(), field: z.string().optional() }),
});

/**
 * A request to an address below that of the connection.
 *
 * @param {string} method
 * @param {string} path
 */
export function request(method, path) {
  const { "base-url": base } = connection.settings(Settings.nullish().transform(orDefault));
  return new http.Request(method, base.replace(/\/$/, "") + path);
}

/** A step without a connection has no settings. @param {z.output<typeof Settings> | null | undefined} settings */
const orDefault = (settings) => settings ?? Settings.parse({});

/**
 * Sends a request. Where Desk says what is wrong, the failure says it, too.
 *
 * @param {http.Request} request
 */
export function send(request) {
  const answer = request.send();
  const failure = answer.failure();
  if (failure === undefined) return answer;
  const refusal = refusalIn(answer.text());
  if (refusal !== undefined) {
    failure.message = refusal.message;
    failure.withCode(refusal.code);
    if (refusal.field !== undefined) failure.withField(refusal.field);
  }
  throw failure;
}

/** @param {string} text */
function refusalIn(text) {
  try {
    return Refusal.parse(JSON.parse(text)).error;
  } catch {
    // A gateway in between answers with a page of its own: the status says enough.
    return undefined;
  }
}
