import assert from "node:assert/strict";
import test from "node:test";
import { Answer, Host, invoke } from "@mortise/sdk/fake";
import { uploadFile } from "../src/upload_file.js";
import { failureOf } from "./desk.js";

const [EXAMPLE] = uploadFile.examples;

test("the file goes out as a part, without passing through the plugin", async () => {
  const host = new Host()
    .file("photo", "image/png", "twelve bytes", "door.png")
    .answer(Answer.json(201, { id: "f-1", size_bytes: 12 }))
    .install();
  assert.deepEqual(await invoke(uploadFile, EXAMPLE.input), EXAMPLE.output);
  const [request] = host.requests;
  assert.equal(request.url, "https://api.desk.example/tickets/t-1/files");
  assert.equal(request.header("idempotency-key"), "test-key");
  assert.deepEqual(request.body, {
    tag: "multipart",
    val: [
      {
        name: "file",
        fileName: "door.png",
        contentType: "image/png",
        body: { tag: "file", val: "photo" },
      },
    ],
  });
});

test("a file that is not there is refused", async () => {
  new Host().install();
  const failure = await failureOf(invoke(uploadFile, EXAMPLE.input));
  assert.deepEqual([failure.disposition, failure.cause?.field], ["reject", "/file"]);
});
