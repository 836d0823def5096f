import { action, Failure, files, http, Outcome } from "@mortise/sdk";
import * as z from "zod";
import { request, send } from "./desk.js";

const DeskFile = z.object({ id: z.string(), size_bytes: z.number() });

export const uploadFile = action({
  name: "upload-file",
  summary: "attaches a file to a ticket",
  repeat: "keyed",
  input: z.strictObject({
    "ticket-id": z.string().min(1).describe("the ticket to attach it to"),
    file: files.File,
  }),
  output: z.object({ id: z.string(), "size-bytes": z.number() }),
  examples: [
    {
      title: "A photo",
      input: { "ticket-id": "t-1", file: { $file: "photo" } },
      output: { id: "f-1", "size-bytes": 12 },
    },
  ],
  invoke({ "ticket-id": ticket, file: { $file: id } }) {
    const { name, contentType } = statOf(id);
    const upload = request("POST", `/tickets/${http.encode(ticket)}/files`)
      .idempotent()
      .multipart([{ name: "file", file: id, fileName: name, contentType }]);
    const uploaded = send(upload).json(DeskFile);
    return Outcome.done({ id: uploaded.id, "size-bytes": uploaded.size_bytes });
  },
});

/** The failure names the field that the id stands in. @param {string} id */
function statOf(id) {
  try {
    return files.stat(id);
  } catch (failure) {
    throw failure instanceof Failure ? failure.withField("/file") : failure;
  }
}
