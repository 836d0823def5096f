import * as z from "zod";
import { parse, read, schemaIn, schemaOut, write } from "./json.js";
import { operation } from "./operation.js";

/** @import { Schema } from "./json.js" */
/** @import { Awaitable, Common } from "./operation.js" */

/**
 * Something that happened in an application.
 *
 * @template P
 * @typedef {object} Event
 * @property {string} id the application's id: one run for one id of one trigger
 * @property {string} [occurredAt] RFC 3339
 * @property {string} [orderingKey] events of one key keep their order
 * @property {P} payload what the workflow sees as `.event`
 */

/**
 * What is new. The cursor is kept together with the events or not at all; with `more` the next poll
 * comes at once.
 *
 * @template C, P
 * @typedef {{ events: Event<P>[], cursor: C, more?: boolean }} News
 */

/**
 * Where the first poll of a trigger begins, as the trigger says; the host puts it into the input as
 * `start`. With `now` the first poll gives a cursor and as a rule no events.
 */
export const Start = z
  .enum(["now", "beginning"])
  .default("now")
  .describe("where the first poll begins");

/**
 * @template {Schema} I
 * @template {Schema} C
 * @template {Schema} P
 * @typedef {Common & {
 *   stateful?: boolean,
 *   input: I,
 *   cursor: C,
 *   payload: P,
 *   poll: (input: z.output<I>, cursor: z.output<C> | undefined) =>
 *     Awaitable<News<z.input<C>, z.input<P>>>,
 * }} PollingDefinition
 */

/**
 * Asks an application for what is new: called every so often, without a cursor the first time.
 *
 * @template {Schema} I
 * @template {Schema} C
 * @template {Schema} P
 * @param {PollingDefinition<I, C, P>} definition
 */
export function polling(definition) {
  const { stateful, input, cursor: place, payload } = definition;
  return {
    ...operation("polling", definition, schemaIn(input), schemaOut(payload), {
      repeat: "safe",
      stateful,
    }),
    output: payload,
    /** @param {string} text @param {string} [cursor] */
    async poll(text, cursor) {
      const from = cursor === undefined ? undefined : read(cursor, place, "cursor");
      const news = await definition.poll(read(text, input, "input"), from);
      return {
        events: news.events.map(writeEvent),
        cursor: write(news.cursor),
        more: news.more ?? false,
      };
    },
  };
}

/** @param {Event<unknown>} event */
export function writeEvent({ id, occurredAt, orderingKey, payload }) {
  return { id, occurredAt, orderingKey, payload: write(payload) };
}

/** @param {ReturnType<typeof writeEvent>} event @returns {Event<any>} */
export function readEvent({ payload, ...event }) {
  return { ...event, payload: parse(payload, "payload") };
}
