/** A request that a plugin sent, as the host saw it. */
export class SentRequest {
  /**
   * @param {{ method: string, url: string, headers: [string, string][],
   *   body: { tag: string, val?: any }, auth: string, saveAsFile: boolean, timeoutMs?: number }} request
   */
  constructor({ method, url, headers, body, auth, saveAsFile, timeoutMs }) {
    this.method = method;
    this.url = url;
    this.headers = [...headers];
    /** `{ tag: "empty" | "bytes" | "file" | "multipart", val }`, as in wit/imports.wit. */
    this.body = body;
    this.auth = auth;
    this.saveAsFile = saveAsFile;
    this.timeoutMs = timeoutMs;
  }

  /** The first header of a name. @param {string} name */
  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find(([known]) => known.toLowerCase() === wanted)?.[1];
  }

  /** The body as text. @returns {string} */
  text() {
    return this.body.tag === "bytes" ? new TextDecoder().decode(this.body.val) : "";
  }

  /** The body read as JSON. @returns {any} */
  json() {
    return JSON.parse(this.text());
  }
}
