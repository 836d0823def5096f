import { attempt } from "./batch.js";
import { Failure } from "./failure.js";
import { parse, read, schemaIn, schemaOut, write, fit } from "./json.js";
import { operation } from "./operation.js";
import { writeFailure } from "./raw.js";

/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** @import { Common } from "./operation.js" */
/** @import { RawResult } from "./raw.js" */

/**
 * `apply` gives none, one or more new records, or throws a `Failure` of this record alone. With
 * `applyAll` instead, the transform makes one value of all records.
 *
 * @template {Schema} C
 * @template {Schema} R
 * @template {Schema} O
 * @typedef {Common & {
 *   config: C,
 *   record: R,
 *   output: O,
 * } & ({ apply: (record: z.output<R>, config: z.output<C>) => z.input<O>[], applyAll?: undefined } |
 *   { applyAll: (records: z.output<R>[], config: z.output<C>) => z.input<O>, apply?: undefined })
 * } TransformDefinition
 */

/**
 * Turns records into records and reaches nothing, so the same records always give the same result.
 *
 * @template {Schema} C
 * @template {Schema} R
 * @template {Schema} O
 * @param {TransformDefinition<C, R, O>} definition
 */
export function transform(definition) {
  const { config: settings, record, output } = definition;
  return {
    ...operation("transform", definition, schemaIn(settings), schemaOut(output), {
      repeat: "safe",
      record: schemaIn(record),
      records: definition.applyAll === undefined ? "each" : "all",
    }),
    output,
    /**
     * @param {string} text
     * @param {string[]} records
     * @returns {RawResult[]}
     */
    apply(text, records) {
      const config = readConfig(text, settings);
      /** @param {string} one @param {number} index */
      const readRecord = (one, index) => {
        const given = attempt(() => fit(parse(one, "record"), record, "record"));
        return given instanceof Failure ? given.withRecord(index) : given;
      };
      if (definition.applyAll !== undefined) {
        const all = records.map((one, index) => {
          const given = readRecord(one, index);
          if (given instanceof Failure) throw given;
          return given;
        });
        // The one value is the first outcome's, also where there is no record.
        const first = {
          tag: /** @type {const} */ ("ok"),
          val: [write(definition.applyAll(all, config))],
        };
        return [
          first,
          ...records.slice(1).map(() => ({ tag: /** @type {const} */ ("ok"), val: [] })),
        ];
      }
      const { apply } = definition;
      return records.map((one, index) => {
        const given = readRecord(one, index);
        const made =
          given instanceof Failure ? given : attempt(() => apply(given, config).map(write));
        if (!(made instanceof Failure)) return { tag: "ok", val: made };
        return { tag: "err", val: writeFailure(made.withRecord(index)) };
      });
    },
  };
}

/**
 * @template {Schema} C
 * @param {string} text
 * @param {C} schema
 * @returns {z.output<C>}
 */
function readConfig(text, schema) {
  try {
    return read(text, schema, "configuration");
  } catch (failure) {
    if (failure instanceof Failure) failure.disposition = "misconfigured";
    throw failure;
  }
}
