// HTTP to the hosts that the operator granted.
import { http as host } from "#host/http";
import { idempotencyKey } from "./context.js";
import { Failure } from "./failure.js";
import { asked } from "./raw.js";
import { Response } from "./response.js";

export { Response } from "./response.js";

/**
 * A part of a multipart body: bytes, text, or the id of a file.
 * @typedef {{ name: string, fileName?: string, contentType?: string } &
 *   ({ bytes: Uint8Array | string } | { file: string })} Part
 */

/**
 * What went wrong with a request, as the host says it.
 * @typedef {{ tag: "denied" | "not-sent" | "unanswered" | "unauthorized" | "other", val: string }
 *   | { tag: "limited" | "too-large", val: bigint }} SendError
 */

/** Reads. @param {string} url */
export const get = (url) => new Request("GET", url);
/** Creates or does. @param {string} url */
export const post = (url) => new Request("POST", url);
/** Replaces. @param {string} url */
export const put = (url) => new Request("PUT", url);
/** Changes. @param {string} url */
export const patch = (url) => new Request("PATCH", url);
/** Deletes. @param {string} url */
export const del = (url) => new Request("DELETE", url);

/** A request. The host adds the connection's credential unless told otherwise. */
export class Request {
  #request;

  /**
   * @param {string} method in capitals
   * @param {string} url
   */
  constructor(method, url) {
    this.#request = {
      method,
      url,
      headers: /** @type {[string, string][]} */ ([]),
      body: /** @type {{ tag: string, val?: unknown }} */ ({ tag: "empty" }),
      auth: "connection",
      saveAsFile: false,
      timeoutMs: /** @type {number | undefined} */ (undefined),
    };
  }

  /** Adds a header; `authorization`, `cookie` and `host` are the host's. @param {string} name @param {string} value */
  header(name, value) {
    this.#request.headers.push([name, value]);
    return this;
  }

  /** Adds a query parameter, percent-encoded. @param {string} name @param {string} value */
  query(name, value) {
    const [address = "", ...fragment] = this.#request.url.split("#");
    const separator = !address.includes("?") ? "?" : /[?&]$/.test(address) ? "" : "&";
    const parameter = `${encode(name)}=${encode(value)}`;
    this.#request.url = [address + separator + parameter, ...fragment].join("#");
    return this;
  }

  /** Passes the call's key on, so that the application carries a repeated request out once. */
  idempotent() {
    return this.header("idempotency-key", idempotencyKey());
  }

  /** A JSON body with its content type. @param {unknown} value */
  json(value) {
    return this.header("content-type", "application/json").body(JSON.stringify(value));
  }

  /** Any body; its content type is a header. @param {Uint8Array | string} body */
  body(body) {
    this.#request.body = { tag: "bytes", val: bytesOf(body) };
    return this;
  }

  /** The content of a file, which never passes through the plugin. @param {string} id */
  file(id) {
    this.#request.body = { tag: "file", val: id };
    return this;
  }

  /** A multipart body; the host writes its content type. @param {Part[]} parts */
  multipart(parts) {
    const val = parts.map((part) => ({
      name: part.name,
      fileName: part.fileName,
      contentType: part.contentType,
      body:
        "file" in part
          ? { tag: "file", val: part.file }
          : { tag: "bytes", val: bytesOf(part.bytes) },
    }));
    this.#request.body = { tag: "multipart", val };
    return this;
  }

  /** Sends without the connection's credential, to an address that carries its own right. */
  anonymous() {
    this.#request.auth = "none";
    return this;
  }

  /** Keeps the answer's body as a file of the run. */
  saveAsFile() {
    this.#request.saveAsFile = true;
    return this;
  }

  /** Gives up after so long. @param {number} timeoutMs */
  timeoutMs(timeoutMs) {
    this.#request.timeoutMs = timeoutMs;
    return this;
  }

  /** Sends it; any status is an answer, see `Response.ok`. */
  send() {
    return asked(() => new Response(host.send(this.#request)), failureOf);
  }
}

/** What is to be done about a request without an answer. @param {SendError} error */
export function failureOf({ tag, val }) {
  switch (tag) {
    case "denied":
      return Failure.misconfigured(val);
    case "not-sent":
      return Failure.retry(`the request was not sent: ${val}`);
    case "unanswered":
      return Failure.unclear(`no answer came: ${val}`);
    case "limited":
      return Failure.retryAfter(Number(val), "the connection's rate is used up");
    case "too-large":
      return Failure.reject(`the answer is larger than ${val} bytes`);
    case "unauthorized":
      return Failure.reauthorize(val);
    default:
      return Failure.reject(String(val));
  }
}

/**
 * Text with all but the unreserved characters of RFC 3986 percent-encoded: for a query value or one
 * segment of a path.
 * @param {string} text
 */
export function encode(text) {
  const rest = (/** @type {string} */ c) => "%" + c.charCodeAt(0).toString(16).toUpperCase();
  return encodeURIComponent(text).replace(/[!'()*]/g, rest);
}

/** @param {Uint8Array | string} body */
const bytesOf = (body) => (typeof body === "string" ? new TextEncoder().encode(body) : body);
