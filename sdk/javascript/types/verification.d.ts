/** @import { Algorithm } from "./connection.js" */
import type { Algorithm } from "./connection.js";
export type Verification = NamedVerification | SignatureVerification | TokenVerification;
export type NamedVerification = {
    scheme: "standard" | "stripe" | "github" | "shopify" | "slack";
    /**
     * name of the secret; `signing-secret` as a rule
     */
    secret: string;
};
export type SignatureVerification = {
    scheme: "signature";
    /**
     * name of the secret
     */
    secret: string;
    /**
     * the header that holds the signature
     */
    header: string;
    /**
     * before the signature in the header: `sha256=`
     */
    prefix?: string;
    /**
     * how it is computed
     */
    algorithm: Algorithm;
    /**
     * how it is written
     */
    encoding: "hex" | "base64";
    /**
     * what is signed: `{body}`, `{header.NAME}`, `{method}`, `{url}`,
     * `{timestamp}` and text
     */
    content: string;
    /**
     * the header that holds the time of sending, since 1970
     */
    timestampHeader?: string;
    /**
     * what that time counts: seconds, unless it says otherwise
     */
    timestampUnit?: "seconds" | "milliseconds";
    /**
     * how far that time may be from the host's
     */
    toleranceMs?: number;
    /**
     * how the secret is written where it is not plain text
     */
    keyEncoding?: "hex" | "base64";
};
export type TokenVerification = {
    scheme: "token";
    /**
     * name of the secret
     */
    secret: string;
    /**
     * the header that holds it
     */
    header?: string;
    /**
     * or the query parameter
     */
    query?: string;
};
/**
 * How the host checks that a webhook comes from where it says, before anything runs: a scheme that it
 * knows by name, a signature that is spelled out, or a shared secret that the request carries.
 *
 * @typedef {NamedVerification | SignatureVerification | TokenVerification} Verification
 */
/**
 * @typedef {object} NamedVerification
 * @property {"standard" | "stripe" | "github" | "shopify" | "slack"} scheme
 * @property {string} secret name of the secret; `signing-secret` as a rule
 */
/**
 * @typedef {object} SignatureVerification
 * @property {"signature"} scheme
 * @property {string} secret name of the secret
 * @property {string} header the header that holds the signature
 * @property {string} [prefix] before the signature in the header: `sha256=`
 * @property {Algorithm} algorithm how it is computed
 * @property {"hex" | "base64"} encoding how it is written
 * @property {string} content what is signed: `{body}`, `{header.NAME}`, `{method}`, `{url}`,
 *   `{timestamp}` and text
 * @property {string} [timestampHeader] the header that holds the time of sending, since 1970
 * @property {"seconds" | "milliseconds"} [timestampUnit] what that time counts: seconds, unless it says otherwise
 * @property {number} [toleranceMs] how far that time may be from the host's
 * @property {"hex" | "base64"} [keyEncoding] how the secret is written where it is not plain text
 */
/**
 * @typedef {object} TokenVerification
 * @property {"token"} scheme
 * @property {string} secret name of the secret
 * @property {string} [header] the header that holds it
 * @property {string} [query] or the query parameter
 */
export {};
