import type { z } from "zod";
export type Schema = z.ZodType;
/** @import { z } from "zod" */
/**
 * Any schema of zod.
 * @typedef {z.ZodType} Schema
 */
/**
 * The JSON Schema (2020-12) of what a schema takes.
 * @param {Schema} schema
 */
export declare const schemaIn: (schema: Schema) => {
    [k: string]: unknown;
    $id?: string;
    $anchor?: string;
    $ref?: string;
    $dynamicRef?: string;
    $dynamicAnchor?: string;
    $vocabulary?: Record<string, boolean>;
    $comment?: string;
    $defs?: Record<string, z.core.JSONSchema.JSONSchema>;
    type?: z.core.JSONSchema.SchemaType | z.core.JSONSchema.SchemaType[];
    additionalItems?: z.core.JSONSchema._JSONSchema;
    unevaluatedItems?: z.core.JSONSchema._JSONSchema;
    prefixItems?: z.core.JSONSchema._JSONSchema[];
    items?: z.core.JSONSchema._JSONSchema | z.core.JSONSchema._JSONSchema[];
    contains?: z.core.JSONSchema._JSONSchema;
    additionalProperties?: z.core.JSONSchema._JSONSchema;
    unevaluatedProperties?: z.core.JSONSchema._JSONSchema;
    properties?: Record<string, z.core.JSONSchema._JSONSchema>;
    patternProperties?: Record<string, z.core.JSONSchema._JSONSchema>;
    dependentSchemas?: Record<string, z.core.JSONSchema._JSONSchema>;
    propertyNames?: z.core.JSONSchema._JSONSchema;
    if?: z.core.JSONSchema._JSONSchema;
    then?: z.core.JSONSchema._JSONSchema;
    else?: z.core.JSONSchema._JSONSchema;
    allOf?: z.core.JSONSchema.JSONSchema[];
    anyOf?: z.core.JSONSchema.JSONSchema[];
    oneOf?: z.core.JSONSchema.JSONSchema[];
    not?: z.core.JSONSchema._JSONSchema;
    multipleOf?: number;
    maximum?: number;
    exclusiveMaximum?: number | boolean;
    minimum?: number;
    exclusiveMinimum?: number | boolean;
    maxLength?: number;
    minLength?: number;
    pattern?: string;
    maxItems?: number;
    minItems?: number;
    uniqueItems?: boolean;
    maxContains?: number;
    minContains?: number;
    maxProperties?: number;
    minProperties?: number;
    required?: string[];
    dependentRequired?: Record<string, string[]>;
    enum?: Array<string | number | boolean | null>;
    const?: string | number | boolean | null;
    id?: string;
    title?: string;
    description?: string;
    default?: unknown;
    deprecated?: boolean;
    readOnly?: boolean;
    writeOnly?: boolean;
    nullable?: boolean;
    examples?: unknown[];
    format?: string;
    contentMediaType?: string;
    contentEncoding?: string;
    contentSchema?: z.core.JSONSchema.JSONSchema;
    _prefault?: unknown;
    "~standard": z.core.ZodStandardSchemaWithJSON<Schema>;
};
/**
 * The JSON Schema (2020-12) of what a schema gives.
 * @param {Schema} schema
 */
export declare const schemaOut: (schema: Schema) => {
    [k: string]: unknown;
    $id?: string;
    $anchor?: string;
    $ref?: string;
    $dynamicRef?: string;
    $dynamicAnchor?: string;
    $vocabulary?: Record<string, boolean>;
    $comment?: string;
    $defs?: Record<string, z.core.JSONSchema.JSONSchema>;
    type?: z.core.JSONSchema.SchemaType | z.core.JSONSchema.SchemaType[];
    additionalItems?: z.core.JSONSchema._JSONSchema;
    unevaluatedItems?: z.core.JSONSchema._JSONSchema;
    prefixItems?: z.core.JSONSchema._JSONSchema[];
    items?: z.core.JSONSchema._JSONSchema | z.core.JSONSchema._JSONSchema[];
    contains?: z.core.JSONSchema._JSONSchema;
    additionalProperties?: z.core.JSONSchema._JSONSchema;
    unevaluatedProperties?: z.core.JSONSchema._JSONSchema;
    properties?: Record<string, z.core.JSONSchema._JSONSchema>;
    patternProperties?: Record<string, z.core.JSONSchema._JSONSchema>;
    dependentSchemas?: Record<string, z.core.JSONSchema._JSONSchema>;
    propertyNames?: z.core.JSONSchema._JSONSchema;
    if?: z.core.JSONSchema._JSONSchema;
    then?: z.core.JSONSchema._JSONSchema;
    else?: z.core.JSONSchema._JSONSchema;
    allOf?: z.core.JSONSchema.JSONSchema[];
    anyOf?: z.core.JSONSchema.JSONSchema[];
    oneOf?: z.core.JSONSchema.JSONSchema[];
    not?: z.core.JSONSchema._JSONSchema;
    multipleOf?: number;
    maximum?: number;
    exclusiveMaximum?: number | boolean;
    minimum?: number;
    exclusiveMinimum?: number | boolean;
    maxLength?: number;
    minLength?: number;
    pattern?: string;
    maxItems?: number;
    minItems?: number;
    uniqueItems?: boolean;
    maxContains?: number;
    minContains?: number;
    maxProperties?: number;
    minProperties?: number;
    required?: string[];
    dependentRequired?: Record<string, string[]>;
    enum?: Array<string | number | boolean | null>;
    const?: string | number | boolean | null;
    id?: string;
    title?: string;
    description?: string;
    default?: unknown;
    deprecated?: boolean;
    readOnly?: boolean;
    writeOnly?: boolean;
    nullable?: boolean;
    examples?: unknown[];
    format?: string;
    contentMediaType?: string;
    contentEncoding?: string;
    contentSchema?: z.core.JSONSchema.JSONSchema;
    _prefault?: unknown;
    "~standard": z.core.ZodStandardSchemaWithJSON<Schema>;
};
/**
 * Reads a text; the failure names the field by its JSON Pointer.
 *
 * @template {Schema} S
 * @param {string} text
 * @param {S} schema
 * @param {string} what names it in the failure: `page token`
 * @returns {z.output<S>}
 */
export declare function read<S extends Schema>(text: string, schema: S, what: string): z.output<S>;
/**
 * @param {string} text
 * @param {string} what
 * @returns {unknown}
 */
export declare function parse(text: string, what: string): unknown;
/**
 * Checks a value; the failure names the field by its JSON Pointer.
 *
 * @template {Schema} S
 * @param {unknown} value
 * @param {S} schema
 * @param {string} what
 * @returns {z.output<S>}
 */
export declare function fit<S extends Schema>(value: unknown, schema: S, what: string): z.output<S>;
/** A JSON Pointer (RFC 6901). @param {PropertyKey[]} path */
export declare function pointer(path: PropertyKey[]): string;
/** Writes a result; a failure where the value has no JSON. @param {unknown} value */
export declare function write(value: unknown): string;
