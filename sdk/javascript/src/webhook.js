import { Failure } from "./failure.js";
import { read, schemaIn, schemaOut, write } from "./json.js";
import { operation } from "./operation.js";
import { writeEvent } from "./polling.js";
import { WebhookRequest } from "./webhook_request.js";

/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** @import { Awaitable, Common } from "./operation.js" */
/** @import { Event } from "./polling.js" */
/** @import { Verification } from "./verification.js" */

/**
 * The answer that the application expects.
 * @typedef {{ status: number, headers?: [string, string][], body?: Uint8Array | string }} Answer
 */

/**
 * What came of a request: events in the order in which they happened; `answer` where the operation
 * says `answers`; `memory` where the subscription's memory changes.
 *
 * @template P, M
 * @typedef {{ events?: Event<P>[], answer?: Answer, memory?: M }} Reception
 */

/**
 * A registration with the application. The host keeps the secrets that the application issued, and
 * subscribes again after `renewAfterMs`: earlier than the application lets it lapse.
 *
 * @template M
 * @typedef {{ memory: M, secrets?: Record<string, string>, renewAfterMs?: number }} Subscription
 */

/**
 * @template {Schema} I
 * @template {Schema} P
 * @template {Schema} M
 * @typedef {Common & {
 *   input: I,
 *   payload: P,
 *   memory?: M,
 *   verification?: Verification,
 *   answers?: boolean,
 *   verifies?: boolean,
 *   receive: (input: z.output<I>, request: WebhookRequest, memory: z.output<M> | undefined) =>
 *     Awaitable<Reception<z.input<P>, z.input<M>>>,
 *   subscribe?: (input: z.output<I>, url: string, memory: z.output<M> | undefined) =>
 *     Awaitable<Subscription<z.input<M>>>,
 *   unsubscribe?: (input: z.output<I>, memory: z.output<M>) => Awaitable<void>,
 * }} WebhookDefinition
 */

/**
 * Understands an application's webhooks. The host has checked the signature as declared, kept the
 * request and answered; `receive` runs as the first step. With `answers` or `verifies` it runs before
 * the answer, with no HTTP and one second. With `subscribe` it registers itself.
 *
 * @template {Schema} I
 * @template {Schema} P
 * @template {Schema} [M=z.ZodNever]
 * @param {WebhookDefinition<I, P, M>} definition
 */
export function webhook(definition) {
  const { name, input, payload, verification, answers, verifies } = definition;
  /** @param {string | undefined} text @returns {z.output<M> | undefined} */
  const remember = (text) => {
    if (text === undefined) return undefined;
    if (definition.memory === undefined) throw Failure.misconfigured(`\`${name}\` has no memory`);
    return read(text, definition.memory, "subscription's memory");
  };
  const cannot = () => Failure.misconfigured(`\`${name}\` cannot register its webhook`);
  return {
    ...operation("webhook", definition, schemaIn(input), schemaOut(payload), {
      repeat: "safe",
      verification,
      answers,
      verifies,
      subscribes: definition.subscribe !== undefined,
    }),
    output: payload,

    /** @param {string} text @param {string | undefined} memory @param {any} request */
    async receive(text, memory, request) {
      const remembered = remember(memory);
      const reception = await definition.receive(
        read(text, input, "input"),
        new WebhookRequest(request),
        remembered,
      );
      return {
        events: (reception.events ?? []).map(writeEvent),
        answer: reception.answer && writeAnswer(reception.answer),
        memory: reception.memory === undefined ? undefined : write(reception.memory),
      };
    },

    /** @param {string} text @param {string} url @param {string | undefined} memory */
    async subscribe(text, url, memory) {
      if (definition.subscribe === undefined) throw cannot();
      const given = await definition.subscribe(read(text, input, "input"), url, remember(memory));
      const wait = given.renewAfterMs;
      return {
        memory: write(given.memory),
        secrets: Object.entries(given.secrets ?? {}),
        renewAfterMs: wait === undefined ? undefined : BigInt(Math.ceil(wait)),
      };
    },

    /** @param {string} text @param {string} memory */
    async unsubscribe(text, memory) {
      if (definition.unsubscribe === undefined) throw cannot();
      const remembered = /** @type {z.output<M>} */ (remember(memory));
      await definition.unsubscribe(read(text, input, "input"), remembered);
    },
  };
}

/** @param {Answer} answer */
function writeAnswer({ status, headers = [], body = "" }) {
  return {
    status,
    headers,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
  };
}
