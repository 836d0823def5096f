// What Desk answers, as the tests need it.
import assert from "node:assert/strict";
import { Failure } from "@mortise/sdk";

export const TICKET = {
  id: "t-1",
  subject: "The door is stuck",
  status: "open" as const,
  created_at: "2026-01-02T03:04:05.000Z",
};

export const SUBJECT_MISSING = {
  error: {
    code: "subject_missing",
    message: "a ticket needs a subject",
    field: "/subject",
  },
};

/** The failure that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const failure = await call.then(
    (value) => assert.fail(`no failure but ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(failure instanceof Failure, String(failure));
  return failure;
}
