import { Failure } from "./failure.js";
import { read } from "./json.js";

/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */

/** What an application sent to a webhook. */
export class WebhookRequest {
  /**
   * @param {{ method: string, pathAndQuery: string, headers?: [string, string][],
   *   body?: Uint8Array | string }} request
   */
  constructor({ method, pathAndQuery, headers = [], body = "" }) {
    this.method = method;
    this.pathAndQuery = pathAndQuery;
    /** Names in lower case. */
    this.headers = headers;
    this.body = typeof body === "string" ? new TextEncoder().encode(body) : body;
  }

  /** The first parameter of a name in the query, decoded. @param {string} name */
  query(name) {
    const at = this.pathAndQuery.indexOf("?");
    if (at < 0) return undefined;
    return new URLSearchParams(this.pathAndQuery.slice(at)).get(name) ?? undefined;
  }

  /** The first header of a name. @param {string} name */
  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find(([known]) => known.toLowerCase() === wanted)?.[1];
  }

  /**
   * Reads the body.
   * @template {Schema} S
   * @param {S} schema
   * @returns {z.output<S>}
   */
  json(schema) {
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(this.body);
    } catch {
      throw Failure.reject("the webhook's body is not UTF-8");
    }
    return read(text, schema, "webhook's body");
  }
}
