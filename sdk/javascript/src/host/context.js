export * as context from "mortise:plugin/context@0.1.0";
