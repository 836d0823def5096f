import type { z } from "zod";
import type { Schema } from "./json.js";
import type { Common } from "./operation.js";
import type { RawResult } from "./raw.js";
export type TransformDefinition<C extends Schema, R extends Schema, O extends Schema> = Common & {
    config: C;
    record: R;
    output: O;
} & ({
    apply: (record: z.output<R>, config: z.output<C>) => z.input<O>[];
    applyAll?: undefined;
} | {
    applyAll: (records: z.output<R>[], config: z.output<C>) => z.input<O>;
    apply?: undefined;
});
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
export declare function transform<C extends Schema, R extends Schema, O extends Schema>(definition: TransformDefinition<C, R, O>): {
    role: import("./operation.js").Role;
    name: string;
    examples: import("./operation.js").Example[];
    entry: {
        name: string;
        role: import("./operation.js").Role;
        summary: string;
        input: object;
        output: object;
        verification?: any;
        examples?: import("./operation.js").Example[] | undefined;
    };
    output: O;
    /**
     * @param {string} text
     * @param {string[]} records
     * @returns {RawResult[]}
     */
    apply(text: string, records: string[]): RawResult[];
};
