// A host for tests: what a plugin asks of it is answered from a script and written down.
export { Answer } from "./answer.js";
export { Host } from "./fake_host.js";
export {
  apply,
  check,
  invoke,
  invokeBatch,
  poll,
  receive,
  runExamples,
  subscribe,
  turn,
  unsubscribe,
} from "./calls.js";
