export * as log from "mortise:plugin/log@0.1.0";
