export * as http from "mortise:plugin/http@0.1.0";
