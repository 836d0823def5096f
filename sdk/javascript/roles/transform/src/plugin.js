import { plugin } from "@mortise/sdk";
import { tidyContact } from "./tidy_contact.js";

export default plugin({
  name: "example/sample-plugin",
  version: "0.1.0",
  title: "Desk",
  summary: "tickets of the help desk Desk",
  licence: "Apache-2.0",
  transforms: [tidyContact],
});
