export * as files from "mortise:plugin/files@0.1.0";
