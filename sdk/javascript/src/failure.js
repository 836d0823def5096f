/**
 * What the engine should do about a failure: a decision, not a description.
 *
 * @typedef {"retry" | "unclear" | "reject" | "reauthorize" | "misconfigured"} Disposition
 */

/**
 * Where a failure comes from, as exactly as the application told.
 *
 * @typedef {object} Cause
 * @property {number} [status] HTTP status, where there was one
 * @property {string} [code] the application's own code, such as `card_declined`
 * @property {number} [record] index of the record in the batch
 * @property {string} [field] JSON Pointer (RFC 6901) to the field
 * @property {string} [body] the start of what the application answered
 */

/** The start of an application's answer that a cause keeps, in bytes. */
export const BODY_START_BYTES = 2048;

/**
 * What went wrong, and what the engine should do about it: throw it. The message is one sentence for
 * the person who reads the run: lower case, no full stop.
 */
export class Failure extends Error {
  /** @type {Disposition} */
  disposition;
  /**
   * The least number of milliseconds to wait, where the application named one.
   * @type {number | undefined}
   */
  waitMs;
  /**
   * @override
   * @type {Cause | undefined}
   */
  cause;

  /**
   * @param {Disposition} disposition
   * @param {string} message
   * @param {number} [waitMs] with `retry`: no earlier than after so many milliseconds
   */
  constructor(disposition, message, waitMs) {
    super(message);
    this.name = "Failure";
    this.disposition = disposition;
    this.waitMs = waitMs;
    this.cause = undefined;
  }

  /** The application may answer differently later. @param {string} message */
  static retry(message) {
    return new Failure("retry", message);
  }

  /**
   * As `retry`, but not before the application's own time.
   * @param {number} waitMs
   * @param {string} message
   */
  static retryAfter(waitMs, message) {
    return new Failure("retry", message, waitMs);
  }

  /** The request left and no answer came: it may have been carried out. @param {string} message */
  static unclear(message) {
    return new Failure("unclear", message);
  }

  /** This input will never be accepted. @param {string} message */
  static reject(message) {
    return new Failure("reject", message);
  }

  /** The application refused the credential. @param {string} message */
  static reauthorize(message) {
    return new Failure("reauthorize", message);
  }

  /** The workflow's author has to change the step or the connection. @param {string} message */
  static misconfigured(message) {
    return new Failure("misconfigured", message);
  }

  /** Adds the HTTP status. @param {number} status */
  withStatus(status) {
    return this.#with({ status });
  }

  /** Adds the application's own code. @param {string} code */
  withCode(code) {
    return this.#with({ code });
  }

  /** Adds the index of the record in the batch, from 0. @param {number} record */
  withRecord(record) {
    return this.#with({ record });
  }

  /** Adds the JSON Pointer (RFC 6901) of the field. @param {string} field */
  withField(field) {
    return this.#with({ field });
  }

  /** Adds the start of what the application answered. @param {Uint8Array} body */
  withBody(body) {
    const start = body.subarray(0, BODY_START_BYTES);
    // With `stream`, a character that the cut went through is left out instead of replaced.
    const isCut = body.length > BODY_START_BYTES;
    return this.#with({ body: new TextDecoder().decode(start, { stream: isCut }) });
  }

  /** @param {Cause} more */
  #with(more) {
    this.cause = { ...this.cause, ...more };
    return this;
  }
}
