/** @import { Lines } from "../place.js" */

/** Base64 as source maps use it. */
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * Where the lines of a bundle come from: for each of the author's files, pairs of a line of the bundle
 * and one of the file, from 1, for the lines at which something begins.
 *
 * @param {{ sources: string[], mappings: string }} map
 * @param {(source: string) => boolean} isOwn
 */
export function linesOf({ sources, mappings }, isOwn) {
  /** @type {Lines} */
  const lines = {};
  let [source, line] = [0, 0];
  mappings.split(";").forEach((text, index) => {
    let isFirst = true;
    for (const segment of text === "" ? [] : text.split(",")) {
      const [, sourceStep = 0, lineStep = 0] = decode(segment);
      source += sourceStep;
      line += lineStep;
      const name = sources[source] ?? "";
      if (isFirst && isOwn(name)) (lines[name] ??= []).push([index + 1, line + 1]);
      isFirst = false;
    }
  });
  return lines;
}

/** The numbers of a segment: base64, five bits each, the sign in the lowest. @param {string} segment */
function decode(segment) {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits < 32) {
      numbers.push(value & 1 ? -(value >> 1) : value >> 1);
      [value, shift] = [0, 0];
    }
  }
  return numbers;
}
