import { Failure } from "./failure.js";
import { fit } from "./json.js";

/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */

/** An answer, whatever its status. */
export class Response {
  /** @param {{ status: number, headers: [string, string][], body: { tag: string, val?: any } }} raw */
  constructor({ status, headers, body }) {
    this.status = status;
    /** Names in lower case, in the order of the answer. */
    this.headers = headers;
    /**
     * The body's bytes; none where it is a file.
     * @type {Uint8Array}
     */
    this.bytes = body.tag === "bytes" ? body.val : new Uint8Array();
    /**
     * The id of the file that holds the body, where the request asked for one.
     * @type {string | undefined}
     */
    this.file = body.tag === "file" ? body.val : undefined;
  }

  /** The first header of a name. @param {string} name */
  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find(([known]) => known.toLowerCase() === wanted)?.[1];
  }

  /** The body as text; what is no UTF-8 is replaced. */
  text() {
    return new TextDecoder().decode(this.bytes);
  }

  /**
   * Reads the body. Where it is not what was expected, nobody knows what the application did with the
   * request: the failure is unclear, and the engine repeats it where repeating does no harm.
   *
   * @template {Schema} S
   * @param {S} schema
   * @returns {z.output<S>}
   */
  json(schema) {
    try {
      return fit(JSON.parse(this.text()), schema, "answer");
    } catch (error) {
      const why = error instanceof Failure ? error.message : "the answer is not JSON";
      const failure = Failure.unclear(why).withStatus(this.status).withBody(this.bytes);
      const field = error instanceof Failure ? error.cause?.field : undefined;
      throw field === undefined ? failure : failure.withField(field);
    }
  }

  /**
   * Passes a 2xx on and throws a failure for anything else: 408, 429 and 5xx are to be retried, no
   * earlier than `retry-after` says; 401 and 403 want a new credential; the rest is rejected.
   */
  ok() {
    const failure = this.failure();
    if (failure !== undefined) throw failure;
    return this;
  }

  /** What `ok` would throw; a place to add what the application says about it. */
  failure() {
    if (this.status >= 200 && this.status < 300) return undefined;
    return this.#decide().withStatus(this.status).withBody(this.bytes);
  }

  #decide() {
    const { status } = this;
    if (status === 408 || status === 429 || (status >= 500 && status < 600)) {
      return new Failure("retry", `the server answered ${status}`, this.#retryAfterMs());
    }
    if (status === 401 || status === 403) {
      return Failure.reauthorize(`the server refused the credential with ${status}`);
    }
    if (status >= 300 && status < 400) {
      const location = this.header("location");
      const target = location === undefined ? "" : ` and points to \`${location}\``;
      return Failure.reject(`the server answered ${status}${target}; redirects are not followed`);
    }
    return Failure.reject(`the server rejected the request with ${status}`);
  }

  /**
   * What `retry-after` says in milliseconds, as seconds or as a date relative to the answer's own
   * `date`: the clocks of a plugin and of an application need not agree.
   */
  #retryAfterMs() {
    const value = this.header("retry-after")?.trim();
    if (value === undefined) return undefined;
    if (/^\d+$/.test(value)) return Number(value) * 1000;
    const [then, now] = [httpDateMs(value), httpDateMs(this.header("date")?.trim())];
    if (then === undefined || now === undefined) return undefined;
    return Math.max(0, then - now);
  }
}

/** An IMF-fixdate (RFC 9110): `Sun, 06 Nov 1994 08:49:37 GMT`. @param {string | undefined} text */
function httpDateMs(text = "") {
  if (!/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
