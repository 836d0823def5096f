import * as z from "zod";
import { request, send } from "./desk.js";

const Me = z.object({ id: z.string(), name: z.string() });

/** The cheapest request that needs the credential. */
export function check() {
  const { id, name } = send(request("GET", "/me")).json(Me);
  return { id, label: name };
}
