// What a plugin imports, answered by the host in place. The shapes are those of the component's own
// imports, see ../raw.js: a refusal is thrown as `{payload}`.
import { current } from "./current.js";

/** @param {unknown} payload */
const refuse = (payload) => {
  throw { payload };
};

export const context = {
  workflow: () => "test",
  run: () => "01JZ0000000000000000000000",
  step: () => "step",
  attempt: () => current().attempt,
  idempotencyKey: () => current().idempotencyKey,
  remainingMs: () => BigInt(current().remainingMs),
  cancelled: () => current().cancelled,
  /** @returns {string} */
  callbackUrl: () => current().callbackUrl ?? refuse("this test has no callback address"),
};

export const http = {
  /** @param {any} request @returns {any} */
  send: (request) => current().send(request),
};

export const log = {
  /** @param {string} level @param {string} message @param {[string, string][]} fields */
  write: (level, message, fields) =>
    void current().log.push({ level, message, fields: Object.fromEntries(fields) }),
};

/** @param {string} id @returns {import("./current.js").FakeFile} */
const fileOf = (id) => current().files.get(id) ?? refuse(`there is no file \`${id}\``);

export const files = {
  /** @param {string} id */
  stat: (id) => {
    const { bytes, contentType, name } = fileOf(id);
    return { size: BigInt(bytes.length), contentType, name };
  },
  /** @param {string} id @param {bigint} offset @param {number} length */
  read: (id, offset, length) => fileOf(id).bytes.slice(Number(offset), Number(offset) + length),
  /** @param {string | undefined} name @param {string} contentType */
  create: (name, contentType) => {
    const id = `file-${current().files.size + 1}`;
    current().files.set(id, { name, contentType, bytes: new Uint8Array() });
    return id;
  },
  /** @param {string} id @param {Uint8Array} data */
  append: (id, data) => {
    const file = fileOf(id);
    file.bytes = Uint8Array.from([...file.bytes, ...data]);
  },
};

export const state = {
  /** @param {string} key */
  get: (key) => current().state.get(key),
  /** @param {string} key @param {Uint8Array} value */
  set: (key, value) => void current().state.set(key, value),
  /** @param {string} key */
  delete: (key) => void current().state.delete(key),
};

/** @param {string} secret @param {string} _ @param {Uint8Array} data */
const sign = (secret, _, data) =>
  Uint8Array.from([...new TextEncoder().encode(`${secret}:`), ...data]);

export const connection = {
  settings: () => current().settings,
  /** Not a real signature: the name of the secret, a colon, and the data. */
  sign,
  /** @param {string} secret @param {string} algorithm @param {Uint8Array} data @param {Uint8Array} signature */
  verify: (secret, algorithm, data, signature) =>
    String(sign(secret, algorithm, data)) === String(signature),
};
