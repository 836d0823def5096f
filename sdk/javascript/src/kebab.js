/** Their keys are the application's own words. */
const TEXTS = ["authorizeParameters", "tokenParameters", "headers", "claims"];

/**
 * The same document with its keys as the descriptor writes them: `perMs` becomes `per-ms`.
 * @param {any} value
 * @returns {any}
 */
export function kebab(value) {
  if (Array.isArray(value)) return value.map(kebab);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase()),
      TEXTS.includes(key) ? inner : kebab(inner),
    ]),
  );
}
