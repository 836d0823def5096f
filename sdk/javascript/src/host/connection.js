export * as connection from "mortise:plugin/connection@0.1.0";
