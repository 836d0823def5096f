import { Failure } from "./failure.js";

/** @import { z } from "zod" */

/**
 * Any schema of zod.
 * @typedef {z.ZodType} Schema
 */

/**
 * The JSON Schema (2020-12) of what a schema takes.
 * @param {Schema} schema
 */
export const schemaIn = (schema) => jsonSchema(schema, "input");

/**
 * The JSON Schema (2020-12) of what a schema gives.
 * @param {Schema} schema
 */
export const schemaOut = (schema) => jsonSchema(schema, "output");

/**
 * @param {Schema} schema
 * @param {"input" | "output"} io
 */
function jsonSchema(schema, io) {
  // The schema's own method belongs to the copy of zod that made it.
  const { $schema: _, ...rest } = schema.toJSONSchema({
    io,
    target: "draft-2020-12",
    override: ({ zodSchema, jsonSchema }) => {
      // zod closes the objects that it gives; an application may add a field to its answer.
      if (zodSchema._zod.def.type === "object" && jsonSchema.additionalProperties === false) {
        const { catchall } = /** @type {z.core.$ZodObjectDef} */ (zodSchema._zod.def);
        if (catchall === undefined) delete jsonSchema.additionalProperties;
      }
      // A whole number of zod has the bounds of a double; they say nothing about the application.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return rest;
}

/**
 * Reads a text; the failure names the field by its JSON Pointer.
 *
 * @template {Schema} S
 * @param {string} text
 * @param {S} schema
 * @param {string} what names it in the failure: `page token`
 * @returns {z.output<S>}
 */
export function read(text, schema, what) {
  return fit(parse(text, what), schema, what);
}

/**
 * @param {string} text
 * @param {string} what
 * @returns {unknown}
 */
export function parse(text, what) {
  try {
    return JSON.parse(text);
  } catch {
    throw Failure.reject(`the ${what} is not one JSON value`);
  }
}

/**
 * Checks a value; the failure names the field by its JSON Pointer.
 *
 * @template {Schema} S
 * @param {unknown} value
 * @param {S} schema
 * @param {string} what
 * @returns {z.output<S>}
 */
export function fit(value, schema, what) {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const why = sentence(issue?.message ?? "");
  throw Failure.reject(`the ${what} does not fit: ${why}`).withField(pointer(issue?.path ?? []));
}

/** Lower case and no full stop, as messages are. @param {string} text */
function sentence(text) {
  return (text.charAt(0).toLowerCase() + text.slice(1)).replace(/\.$/, "");
}

/** A JSON Pointer (RFC 6901). @param {PropertyKey[]} path */
export function pointer(path) {
  const token = (/** @type {PropertyKey} */ key) =>
    "/" + String(key).replaceAll("~", "~0").replaceAll("/", "~1");
  return path.map(token).join("");
}

/** Writes a result; a failure where the value has no JSON. @param {unknown} value */
export function write(value) {
  let text;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw unwritable(error instanceof Error ? error.message : String(error));
  }
  // `undefined` and functions have no JSON, whatever the types say.
  if (text === undefined) throw unwritable(`it is ${typeof value}`);
  return text;
}

/** @param {string} why */
function unwritable(why) {
  return Failure.reject(`the result cannot be written as JSON: ${sentence(why)}`);
}
