import { plugin, Scheme, Secret } from "@mortise/sdk";
import { check } from "./check.js";
import { createTicket } from "./create_ticket.js";
import { ADDRESS, Settings } from "./desk.js";
import { listTickets } from "./list_tickets.js";
import { newTickets } from "./new_tickets.js";
import { ticketClosed } from "./ticket_closed.js";
import { uploadFile } from "./upload_file.js";

const apiKey = Scheme.bearer("api-key", "API key");

export default plugin({
  name: "example/sample-plugin",
  version: "0.1.0",
  title: "Desk",
  summary: "tickets of the help desk Desk",
  licence: "Apache-2.0",
  settings: Settings,
  rate: { requests: 100, perMs: 60_000 },
  hosts: [new URL(ADDRESS).host],
  origins: [ADDRESS],
  authentication: [
    { ...apiKey, secrets: [...apiKey.secrets, Secret.sign("signing-secret", ["hmac-sha256"])] },
  ],
  check,
  actions: [createTicket, listTickets, uploadFile],
  polling: [newTickets],
  webhooks: [ticketClosed],
});
