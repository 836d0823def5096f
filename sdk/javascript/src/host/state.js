export * as state from "mortise:plugin/state@0.1.0";
