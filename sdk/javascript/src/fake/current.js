/** @typedef {{ name?: string | undefined, contentType: string, bytes: Uint8Array }} FakeFile */
/** @typedef {{ level: string, message: string, fields: Record<string, string> }} LogLine */

/**
 * What the fake host of a test holds.
 *
 * @typedef {object} HostState
 * @property {(request: any) => any} send
 * @property {LogLine[]} log
 * @property {Map<string, FakeFile>} files
 * @property {Map<string, Uint8Array>} state
 * @property {string} settings
 * @property {number} attempt
 * @property {string} idempotencyKey
 * @property {number} remainingMs
 * @property {boolean} cancelled
 * @property {string | undefined} callbackUrl
 */

/** @type {HostState | undefined} */
let installed;

/** @param {HostState | undefined} host */
export const install = (host) => {
  installed = host;
};

/** The host in place. */
export function current() {
  if (installed === undefined) {
    throw new Error(
      "no host is in place: `new Host().install()` of @mortise/sdk/fake puts one there",
    );
  }
  return installed;
}
