import { Failure } from "./failure.js";
import { read, schemaIn, schemaOut, write } from "./json.js";
import { operation } from "./operation.js";
import { writeFailure } from "./raw.js";

/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** @import { Awaitable, Common, Repeat } from "./operation.js" */
/** @import { RawResult } from "./raw.js" */

/**
 * @template {Schema} I
 * @template {Schema} O
 * @typedef {Common & {
 *   repeat: Repeat,
 *   input: I,
 *   output: O,
 *   invoke: (items: { idempotencyKey: string, input: z.output<I> }[]) =>
 *     Awaitable<(z.input<O> | Failure)[]>,
 * }} BatchDefinition
 */

/**
 * The same action for many inputs at once, where the application has an endpoint for it. `invoke`
 * gives one result for each item, in the same order: the output, or a `Failure` of that item alone.
 *
 * @template {Schema} I
 * @template {Schema} O
 * @param {BatchDefinition<I, O>} definition
 */
export function batch(definition) {
  const { name, repeat, input, output } = definition;
  return {
    ...operation("batch", definition, schemaIn(input), schemaOut(output), { repeat }),
    output,
    /**
     * An input that cannot be read fails alone.
     * @param {{ idempotencyKey: string, input: string }[]} items
     */
    async invoke(items) {
      const inputs = items.map((item) => attempt(() => read(item.input, input, "input")));
      const readable = items.flatMap(({ idempotencyKey }, index) => {
        const one = inputs[index];
        return one instanceof Failure ? [] : [{ idempotencyKey, input: one }];
      });
      const outputs = readable.length === 0 ? [] : await definition.invoke(readable);
      if (outputs.length !== readable.length) {
        const counts = `${outputs.length} results for ${readable.length} items`;
        throw Failure.unclear(`\`${name}\` gave ${counts}`);
      }
      const rest = outputs[Symbol.iterator]();
      return inputs.map((one, index) => {
        const given = one instanceof Failure ? one : rest.next().value;
        return oneResult(given, index);
      });
    },
  };
}

/**
 * @param {unknown} given
 * @param {number} index
 * @returns {RawResult}
 */
function oneResult(given, index) {
  const written = given instanceof Failure ? given : attempt(() => write(given));
  if (!(written instanceof Failure)) return { tag: "ok", val: written };
  return { tag: "err", val: writeFailure(written.withRecord(index)) };
}

/**
 * @template T
 * @param {() => T} call
 * @returns {T | Failure}
 */
export function attempt(call) {
  try {
    return call();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
