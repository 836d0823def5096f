import { parse, read, schemaIn, schemaOut, write, fit } from "./json.js";
import { operation } from "./operation.js";

/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** @import { Awaitable, Common, Repeat } from "./operation.js" */

/**
 * What came of a turn; made by `Outcome`.
 *
 * @template T
 * @typedef {{ kind: "done", output: T }
 *   | { kind: "page", records: T[], next: unknown }
 *   | { kind: "suspended", token: unknown, pollAfterMs?: number, callback: boolean }} OutcomeOf
 */

export const Outcome = {
  /**
   * The whole result.
   * @template T
   * @param {T} output
   * @returns {OutcomeOf<T>}
   */
  done: (output) => ({ kind: "done", output }),

  /**
   * Some of the records in the application's order, and what asks for the next ones; `undefined` or
   * `null` at the end.
   * @template T
   * @param {T[]} records
   * @param {unknown} [next]
   * @returns {OutcomeOf<T>}
   */
  page: (records, next) => ({ kind: "page", records, next }),

  /**
   * The application works on: the next turn comes after so many milliseconds, with this token.
   * @param {unknown} token
   * @param {number} pollAfterMs
   * @returns {OutcomeOf<never>}
   */
  later: (token, pollAfterMs) => ({ kind: "suspended", token, pollAfterMs, callback: false }),

  /**
   * The application works on and will call `context.callbackUrl()`: the next turn comes with this
   * token and what it sent.
   * @param {unknown} token
   * @returns {OutcomeOf<never>}
   */
  untilCalled: (token) => ({ kind: "suspended", token, callback: true }),
};

/** Which turn of a longer operation this is. Each is journaled and retried on its own. */
export class Turn {
  /**
   * @param {"start" | "next" | "resumed"} kind
   * @param {unknown} [token] the page's, or what the suspension kept
   * @param {unknown} [callback] what came to the callback, if anything did
   */
  constructor(kind, token, callback) {
    this.kind = kind;
    this.token = token;
    this.callback = callback;
  }

  /**
   * The token of the page that is asked for; `undefined` at the first one.
   * @template {Schema} S
   * @param {S} schema
   * @returns {z.output<S> | undefined}
   */
  page(schema) {
    return this.kind === "next" ? fit(this.token, schema, "page token") : undefined;
  }
}

/**
 * One action. The schemas in the descriptor come from `input` and `output`.
 *
 * @template {Schema} I
 * @template {Schema} O
 * @typedef {Common & {
 *   repeat: Repeat,
 *   paged?: boolean,
 *   stateful?: boolean,
 *   choices?: string[],
 *   dynamic?: boolean,
 *   input: I,
 *   output: O,
 *   invoke: (input: z.output<I>, turn: Turn) => Awaitable<OutcomeOf<z.input<O>>>,
 * }} ActionDefinition
 */

/**
 * Does one thing in an application: creates, reads, sends, searches. With `paged` it answers with
 * `Outcome.page`, and `output` is one record.
 *
 * @template {Schema} I
 * @template {Schema} O
 * @param {ActionDefinition<I, O>} definition
 */
export function action(definition) {
  const { repeat, paged, stateful, choices, dynamic, input, output } = definition;
  return {
    ...operation("action", definition, schemaIn(input), schemaOut(output), {
      repeat,
      stateful,
      paging: paged,
      choices,
      dynamic,
    }),
    output,
    /**
     * From the component's export to the definition: reads, calls, writes.
     * @param {string} text
     * @param {{ tag: string, val?: any }} turn
     */
    invoke: async (text, turn) =>
      writeOutcome(await definition.invoke(read(text, input, "input"), readTurn(turn))),
  };
}

/** @param {{ tag: string, val?: any }} turn */
function readTurn({ tag, val }) {
  if (tag === "next") return new Turn(tag, parse(val, "page token"));
  if (tag !== "resumed") return new Turn("start");
  const [token, callback] = val;
  return new Turn(
    tag,
    parse(token, "suspension token"),
    callback === undefined ? undefined : parse(callback, "callback"),
  );
}

/** @param {OutcomeOf<unknown>} outcome */
function writeOutcome(outcome) {
  switch (outcome.kind) {
    case "done":
      return { tag: "done", val: write(outcome.output) };
    case "page": {
      const { records, next } = outcome;
      const token = next === undefined || next === null ? undefined : write(next);
      return { tag: "page", val: { records: records.map(write), next: token } };
    }
    case "suspended": {
      const { token, pollAfterMs, callback } = outcome;
      const wait = pollAfterMs === undefined ? undefined : BigInt(Math.ceil(pollAfterMs));
      return { tag: "suspended", val: { token: write(token), pollAfterMs: wait, callback } };
    }
  }
}
