import { install } from "./current.js";
import { replaceFetch } from "./fetch.js";
import { SentRequest } from "./sent_request.js";

/** @import { Answer } from "./answer.js" */
/** @import { HostState } from "./current.js" */

/** The host to put in place. What it holds can be read at any time. */
export class Host {
  /** @type {Answer[]} */
  #answers = [];
  /** The requests so far. @type {SentRequest[]} */
  requests = [];
  /** The log so far. @type {HostState["log"]} */
  log = [];
  /** @type {HostState["files"]} */
  files = new Map();
  /** @type {HostState["state"]} */
  state = new Map();
  /** @type {Partial<HostState>} */
  #call = {};

  /** What the next request without an answer gets; one that is not in the script is not sent. @param {Answer} answer */
  answer(answer) {
    this.#answers.push(answer);
    return this;
  }

  /** A connection with these settings. @param {unknown} settings */
  settings(settings) {
    return this.#with({ settings: JSON.stringify(settings) });
  }

  /** A later attempt. @param {number} attempt */
  attempt(attempt) {
    return this.#with({ attempt });
  }

  /** The call's key. @param {string} idempotencyKey */
  idempotencyKey(idempotencyKey) {
    return this.#with({ idempotencyKey });
  }

  /** What is left of the call. @param {number} remainingMs */
  remainingMs(remainingMs) {
    return this.#with({ remainingMs });
  }

  /** A call that somebody asked to end. */
  cancelled() {
    return this.#with({ cancelled: true });
  }

  /** Where the application can call back. @param {string} callbackUrl */
  callbackUrl(callbackUrl) {
    return this.#with({ callbackUrl });
  }

  /**
   * A file of the run.
   *
   * @param {string} id
   * @param {string} contentType
   * @param {Uint8Array | string} content
   * @param {string} [name]
   */
  file(id, contentType, content, name) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.files.set(id, { name, contentType, bytes });
    return this;
  }

  /** Puts it in place, instead of the one before: the first attempt with the key `test-key`. */
  install() {
    install({
      settings: "null",
      attempt: 1,
      idempotencyKey: "test-key",
      remainingMs: 30_000,
      cancelled: false,
      callbackUrl: undefined,
      ...this.#call,
      send: (request) => this.#send(request),
      log: this.log,
      files: this.files,
      state: this.state,
    });
    replaceFetch((request) => this.#send(request));
    return this;
  }

  /** @param {Partial<HostState>} more */
  #with(more) {
    Object.assign(this.#call, more);
    return this;
  }

  /** @param {any} request */
  #send(request) {
    this.requests.push(new SentRequest(request));
    const answer = this.#answers.shift();
    if (answer === undefined) {
      throw { payload: { tag: "not-sent", val: "the test has no answer for this request" } };
    }
    if (answer.failed !== undefined) throw { payload: answer.failed };
    const { status, headers, bytes } = answer;
    if (!request.saveAsFile) return { status, headers, body: { tag: "bytes", val: bytes } };
    const id = `file-${this.files.size + 1}`;
    const contentType = headers.find(([name]) => name === "content-type")?.[1] ?? "";
    this.file(id, contentType, bytes);
    return { status, headers, body: { tag: "file", val: id } };
  }
}
