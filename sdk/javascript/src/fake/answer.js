/** @typedef {import("../http.js").SendError} SendError */

/** What one HTTP request gets. */
export class Answer {
  /**
   * @param {number} status
   * @param {Record<string, string>} [headers]
   * @param {Uint8Array | string} [body]
   */
  constructor(status, headers = {}, body = "") {
    this.status = status;
    this.headers = Object.entries(headers);
    this.bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    /** @type {SendError | undefined} */
    this.failed = undefined;
  }

  /** A JSON answer; a text stands as it is. @param {number} status @param {unknown} value */
  static json(status, value) {
    const body = typeof value === "string" ? value : JSON.stringify(value);
    return new Answer(status, { "content-type": "application/json" }, body);
  }

  /**
   * No answer, such as `Answer.error("unanswered", "the connection was reset")`.
   *
   * @param {SendError["tag"]} tag
   * @param {string | number} why milliseconds for `limited`, bytes for `too-large`
   */
  static error(tag, why) {
    const answer = new Answer(0);
    const val = typeof why === "number" ? BigInt(why) : why;
    answer.failed = /** @type {SendError} */ ({ tag, val });
    return answer;
  }
}
