/**
 * For each of the author's files, pairs of a line of the bundle and one of the file.
 * @typedef {Record<string, [number, number][]>} Lines
 */

/**
 * Where a line of the bundle stands in the author's files: `src/desk.js:12`.
 *
 * @param {Lines} lines
 * @param {number} wanted
 */
export function placeOf(lines, wanted) {
  for (const [source, pairs] of Object.entries(lines)) {
    const [first] = pairs.at(0) ?? [Infinity];
    const [last] = pairs.at(-1) ?? [0];
    if (wanted < first || wanted > last) continue;
    const pair = pairs.findLast(([line]) => line <= wanted);
    if (pair !== undefined) return `${source}:${pair[1]}`;
  }
  return undefined;
}
