// As much of WebAssembly's binary format as it takes to write a module anew with another memory.

const MEMORY = 5;
const GLOBAL = 6;
const EXPORT = 7;
const DATA = 11;
const DATA_COUNT = 12;

const GLOBAL_KIND = 3;
const I32 = 0x7f;
const MUTABLE = 1;
const [I32_CONST, END] = [0x41, 0x0b];

const PAGE_BYTES = 65_536;
/** So many zeros in a row cost more than the beginning of another segment. */
const GAP_BYTES = 32;

/** The name under which a global is exported, to be read after the initialization. */
const globalName = (/** @type {number} */ index) => `global ${index}`;

/**
 * The same module, with all of its globals exported.
 * @param {Uint8Array} module
 */
export function exportGlobals(module) {
  const sections = sectionsOf(module);
  const globals = readGlobals(sections);
  const names = globals.map((_, index) => [
    ...text(globalName(index)),
    GLOBAL_KIND,
    ...unsigned(index),
  ]);
  const [count, rest] = counted(find(sections, EXPORT));
  const body = concat([unsigned(count + names.length), rest, ...names]);
  return write(sections.map((one) => (one.id === EXPORT ? { id: EXPORT, body } : one)));
}

/**
 * The module with the memory and the globals that an instance of it had, without the exports that have
 * done their work.
 *
 * @param {Uint8Array} module
 * @param {string[]} done names of exports
 * @param {Uint8Array} memory
 * @param {WebAssembly.Exports} exports those of `exportGlobals`
 */
export function withMemory(module, done, memory, exports) {
  const sections = sectionsOf(module);
  const globals = readGlobals(sections).map((_, index) => {
    const { value } = /** @type {WebAssembly.Global} */ (exports[globalName(index)]);
    return [I32, MUTABLE, I32_CONST, ...signed(value), END];
  });
  const segments = segmentsOf(memory);
  const data = segments.map(([from, to]) =>
    concat([[0, I32_CONST, ...signed(from), END], unsigned(to - from), memory.subarray(from, to)]),
  );
  /** @type {Record<number, Uint8Array>} */
  const changed = {
    [MEMORY]: concat([[1, 0], unsigned(memory.length / PAGE_BYTES)]),
    [GLOBAL]: concat([unsigned(globals.length), ...globals]),
    [EXPORT]: withoutExports(find(sections, EXPORT), done),
    [DATA_COUNT]: concat([unsigned(data.length)]),
    [DATA]: concat([unsigned(data.length), ...data]),
  };
  return write(sections.map(({ id, body }) => ({ id, body: changed[id] ?? body })));
}

/** From where to where there is something in a memory. @param {Uint8Array} memory */
function segmentsOf(memory) {
  /** @type {[number, number][]} */
  const segments = [];
  let last = -1;
  for (let at = 0; at < memory.length; at += 1) {
    if (memory[at] === 0) continue;
    const segment = segments.at(-1);
    if (segment !== undefined && at - last <= GAP_BYTES) segment[1] = at + 1;
    else segments.push([at, at + 1]);
    last = at;
  }
  return segments;
}

/** @typedef {{ id: number, body: Uint8Array }} Section */

/** @param {Uint8Array} module @returns {Section[]} */
function sectionsOf(module) {
  const sections = [];
  let at = 8;
  while (at < module.length) {
    const id = module[at] ?? 0;
    const [size, start] = read(module, at + 1);
    sections.push({ id, body: module.subarray(start, start + size) });
    at = start + size;
  }
  return sections;
}

/** @param {Section[]} sections */
function write(sections) {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return concat([
    header,
    ...sections.flatMap(({ id, body }) => [[id], unsigned(body.length), body]),
  ]);
}

/** @param {Section[]} sections @param {number} id */
function find(sections, id) {
  const found = sections.find((section) => section.id === id);
  if (found === undefined) throw new Error(`the engine has no section ${id}`);
  return found.body;
}

/** The engine has 32-bit globals that can change: its stack pointer. @param {Section[]} sections */
function readGlobals(sections) {
  const [count, body] = counted(find(sections, GLOBAL));
  const globals = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (body[at] !== I32 || body[at + 1] !== MUTABLE || body[at + 2] !== I32_CONST) {
      throw new Error("the engine has a global of an unknown kind");
    }
    globals.push(index);
    at = read(body, at + 3)[1] + 1;
  }
  return globals;
}

/** @param {Uint8Array} section @param {string[]} names */
function withoutExports(section, names) {
  const [count, body] = counted(section);
  const kept = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const [length, start] = read(body, at);
    const name = new TextDecoder().decode(body.subarray(start, start + length));
    const [, end] = read(body, start + length + 1);
    if (!names.includes(name)) kept.push(body.subarray(at, end));
    at = end;
  }
  return concat([unsigned(kept.length), ...kept]);
}

/** The number of entries and the entries. @param {Uint8Array} body @returns {[number, Uint8Array]} */
function counted(body) {
  const [count, start] = read(body, 0);
  return [count, body.subarray(start)];
}

/** A LEB128 number and where it ends. @param {Uint8Array} bytes @param {number} at @returns {[number, number]} */
function read(bytes, at) {
  let [value, shift] = [0, 0];
  for (;;) {
    const byte = bytes[at] ?? 0;
    at += 1;
    value += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte < 0x80) return [value, at];
  }
}

/** @param {number} value */
function unsigned(value) {
  const bytes = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return [...bytes, value];
}

/** @param {number} value of 32 bits */
function signed(value) {
  const bytes = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    if ((value === 0 && byte < 0x40) || (value === -1 && byte >= 0x40)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

/** @param {string} value */
const text = (value) => [...unsigned(value.length), ...new TextEncoder().encode(value)];

/** @param {(Uint8Array | number[])[]} parts */
function concat(parts) {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}
