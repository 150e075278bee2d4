import { assertEquals } from "@std/assert";
import { SessionLog } from "../../lib/wrapper/session_log.ts";
import { QUOTA_LINE, sessionLine } from "../support/session_lines.ts";
import { tempDir } from "../support/temp_dir.ts";

const ANSWER = sessionLine("api_response");

Deno.test("SessionLog reads what has come since the last time", async () => {
  await using file = await growingFile();
  const log = new SessionLog(file.find);
  await file.append(`${toolLine("list_directory")}\n`);
  await log.read();
  assertEquals([log.errors.length, log.tools], [0, ["list_directory"]]);
  await file.append(`${QUOTA_LINE}\n${toolLine("write_file")}\n`);
  await log.read();
  await log.read();
  assertEquals(log.errors.map((it) => it.status), [429]);
  assertEquals(log.tools, ["list_directory", "write_file"]);
});

Deno.test("SessionLog reads a line when it is whole, also one cut inside a letter", async () => {
  await using file = await growingFile();
  const log = new SessionLog(file.find);
  const line = sessionLine("api_error", { error: "429 Kontingent erschöpft" });
  for (const byte of new TextEncoder().encode(line)) {
    await file.append(Uint8Array.of(byte));
    await log.read();
    assertEquals(log.errors, []);
  }
  await file.append("\n");
  await log.read();
  assertEquals(log.errors.map((it) => it.message), ["Kontingent erschöpft"]);
});

Deno.test("SessionLog reads past lines that are longer than what it reads at a time", async () => {
  await using file = await growingFile();
  const log = new SessionLog(file.find);
  const answer = JSON.stringify({ message: `429 ${"ü".repeat(400_000)}` });
  await file.append(`${answer}\n${QUOTA_LINE}\n${answer}\n`);
  await log.read();
  assertEquals(log.errors.map((it) => it.status), [429]);
});

Deno.test("SessionLog forgets the errors before an answer, and no tool", async () => {
  await using file = await growingFile();
  const log = new SessionLog(file.find);
  await file.append(`${QUOTA_LINE}\n${toolLine("edit")}\n${ANSWER}\n`);
  await log.read();
  assertEquals([log.errors, log.tools], [[], ["edit"]]);
});

Deno.test("SessionLog leaves out lines that are none of its format", async () => {
  await using file = await growingFile();
  const log = new SessionLog(file.find);
  await file.append(`429 quota exceeded\n\0\xff\n{"torn\n\n${QUOTA_LINE}\n`);
  await log.read();
  assertEquals(log.errors.length, 1);
});

Deno.test("SessionLog is empty until there is a file", async () => {
  await using file = await growingFile();
  const found: string[] = [];
  const log = new SessionLog(() => Promise.resolve(found[0]));
  await file.append(`${QUOTA_LINE}\n`);
  await log.read();
  assertEquals(log.errors, []);
  found.push(await file.find());
  await log.read();
  assertEquals(log.errors.length, 1);
});

Deno.test("SessionLog is empty when it cannot be read", async () => {
  await using dir = await tempDir();
  const log = new SessionLog(() => Promise.resolve(dir.path)); // a folder
  await log.read();
  assertEquals(log.errors, []);
});

interface GrowingFile extends AsyncDisposable {
  find: () => Promise<string>;
  append: (more: string | Uint8Array) => Promise<void>;
}

async function growingFile(): Promise<GrowingFile> {
  const dir = await tempDir();
  const path = `${dir.path}/session.jsonl`;
  const options = { append: true };
  return {
    find: () => Promise.resolve(path),
    append: (more) =>
      typeof more === "string"
        ? Deno.writeTextFile(path, more, options)
        : Deno.writeFile(path, more, options),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

function toolLine(name: string): string {
  return sessionLine("tool_call", { function_name: name });
}
