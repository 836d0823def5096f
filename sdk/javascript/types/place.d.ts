/**
 * For each of the author's files, pairs of a line of the bundle and one of the file.
 * @typedef {Record<string, [number, number][]>} Lines
 */
export type Lines = Record<string, [number, number][]>;
/**
 * Where a line of the bundle stands in the author's files: `src/desk.js:12`.
 *
 * @param {Lines} lines
 * @param {number} wanted
 */
export declare function placeOf(lines: Lines, wanted: number): string | undefined;
