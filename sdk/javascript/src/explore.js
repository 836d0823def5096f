import { parse, write } from "./json.js";

/** @import { Awaitable } from "./operation.js" */

/**
 * Which choices are wanted: of the field at a JSON Pointer, given what is known of the input and what
 * a person typed so far.
 *
 * @typedef {{ operation: string, field: string, input: unknown, query?: string, page?: unknown }} Question
 */

/**
 * Some of the choices, and what asks for the next ones; `undefined` or `null` at the end.
 * @typedef {{ choices: { value: unknown, label: string }[], next?: unknown }} Choices
 */

/**
 * What only the connected account knows: choices for a field, and input and output schema of an
 * operation, given what is known of its input.
 *
 * @typedef {object} Explore
 * @property {(question: Question) => Awaitable<Choices>} options
 * @property {(operation: string, input: unknown) => Awaitable<[object, object]>} schemas
 */

/**
 * @param {Explore} explore
 * @param {string} operation
 * @param {string} field
 * @param {string} input
 * @param {string} [query]
 * @param {string} [page]
 */
export async function options(explore, operation, field, input, query, page) {
  const found = await explore.options({
    operation,
    field,
    input: parse(input, "input"),
    ...(query !== undefined && { query }),
    ...(page !== undefined && { page: parse(page, "page token") }),
  });
  const { choices, next } = found;
  return {
    choices: choices.map(({ value, label }) => ({ value: write(value), label })),
    next: next === undefined || next === null ? undefined : write(next),
  };
}

/** @param {Explore} explore @param {string} operation @param {string} input */
export async function schemas(explore, operation, input) {
  const [given, made] = await explore.schemas(operation, parse(input, "input"));
  return [write(given), write(made)];
}
