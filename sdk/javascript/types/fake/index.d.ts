export { Answer } from "./answer.js";
export { Host } from "./fake_host.js";
export { apply, check, invoke, invokeBatch, poll, receive, runExamples, subscribe, turn, unsubscribe, } from "./calls.js";
