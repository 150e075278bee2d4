import { assertEquals, assertMatch } from "@std/assert";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { prepareSession, type Session } from "../../../lib/run/session.ts";
import { SessionLog } from "../../../lib/run/session_log.ts";
import { NOW } from "../../support/account_folder.ts";
import { QUOTA_LINE, sessionLine } from "../../support/session_lines.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

Deno.test("prepareSession() passes an id to a version that accepts one, and reads only that log", async () => {
  await using folder = await folderOf("0.12.0");
  await folder.write("before.jsonl");
  const session = await folder.prepare(["--prompt=hello"]);
  const [idArg = "", ...args] = session.args;
  assertMatch(idArg, new RegExp(`^--session-id=${ID}$`));
  assertEquals(args, ["--prompt=hello"]);
  await folder.write("another.jsonl");
  assertEquals(await errorsOf(session), 0);
  await folder.write(`${idArg.slice("--session-id=".length)}.jsonl`);
  assertEquals(await errorsOf(session), 1);
});

Deno.test("prepareSession() gives each session another id", async () => {
  await using folder = await folderOf("0.24.4");
  const sessions = [await folder.prepare(["-p"]), await folder.prepare(["-p"])];
  assertEquals(new Set(sessions.map((it) => it.args[0])).size, 2);
});

const WITHOUT_ID: [version: string | undefined, args: string[]][] = [
  ["0.10.1", ["--prompt=hello"]],
  [undefined, ["--prompt=hello"]],
  ["0.24.4", ["mcp", "list"]],
  ["0.24.4", ["--resume", "some-id", "--prompt=hello"]],
];

for (const [version, args] of WITHOUT_ID) {
  Deno.test(`prepareSession() reads the log that is new with ${version} and ${JSON.stringify(args)}`, async () => {
    await using folder = await folderOf(version);
    await folder.write("before.jsonl");
    const session = await folder.prepare(args);
    assertEquals(session.args, args);
    assertEquals(await errorsOf(session), 0);
    await folder.write("ours.jsonl");
    assertEquals(await errorsOf(session), 1);
  });
}

Deno.test("prepareSession() waits for the log beside what else is new", async () => {
  await using folder = await folderOf("0.10.1");
  const session = await folder.prepare(["--prompt=hello"]);
  await folder.write("memory"); // a folder of claude 2.1.332
  assertEquals(await errorsOf(session), 0);
  await folder.write("ours.jsonl");
  assertEquals(await errorsOf(session), 1);
});

Deno.test("prepareSession() uses no log if several are new", async () => {
  await using folder = await folderOf("0.10.1");
  const session = await folder.prepare(["--prompt=hello"]);
  await folder.write("ours.jsonl");
  await folder.write("theirs.jsonl");
  assertEquals(await errorsOf(session), 0);
});

const RESUMED: string[][] = [
  ["--resume", "older", "-p"],
  ["--resume=older", "-p"],
  ["-r", "older", "-p"],
  ["--continue", "-p"],
  ["-c", "-p"],
];

for (const args of RESUMED) {
  Deno.test(`prepareSession() reads what is added to the log of the session with ${args.join(" ")}`, async () => {
    await using folder = await folderOf("0.12.0");
    await folder.write("another.jsonl", NOW - 2_000);
    await folder.write("older.jsonl", NOW - 1_000);
    await folder.write("notes.txt", NOW);
    const session = await folder.prepare(args);
    assertEquals(session.args, args);
    assertEquals([await errorsOf(session), session.log.hasBegun], [0, false]);
    await folder.write("another.jsonl");
    await folder.write("new.jsonl");
    assertEquals(await errorsOf(session), 0);
    await folder.write("older.jsonl");
    assertEquals([await errorsOf(session), session.log.hasBegun], [1, true]);
  });
}

interface Folder extends AsyncDisposable {
  prepare: (args: readonly string[]) => Promise<Session>;
  /** Appends to a log that an account is out of quota, at `time` if given. */
  write: (name: string, time?: number) => Promise<void>;
}

/** Creates a folder of accounts and a program of `version`. */
async function folderOf(version: string | undefined): Promise<Folder> {
  const dir: TempDir = await tempDir();
  const chats = qwen.sessions.folder(dir.path, Deno.cwd());
  await Deno.mkdir(chats, { recursive: true });
  return {
    prepare: (args) =>
      prepareSession({ agent: qwen, version, args, dir: dir.path }),
    async write(name, time) {
      const path = `${chats}/${name}`;
      await Deno.writeTextFile(path, `${QUOTA_LINE}\n`, { append: true });
      if (time) await Deno.utime(path, time / 1_000, time / 1_000);
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

async function errorsOf({ log }: Session): Promise<number> {
  await log.read();
  return log.errors.length;
}

const ANSWER = sessionLine("api_response");

Deno.test("SessionLog reads what was added since the last time", async () => {
  await using file = await growingFile();
  const log = new SessionLog(qwen.sessions.parseLine, file.find);
  await file.append(`${toolLine("list_directory")}\n`);
  await log.read();
  assertEquals([log.errors.length, log.tools], [0, ["list_directory"]]);
  await file.append(`${QUOTA_LINE}\n${toolLine("write_file")}\n`);
  await log.read();
  await log.read();
  assertEquals(log.errors.map((it) => it.status), [429]);
  assertEquals(log.tools, ["list_directory", "write_file"]);
});

Deno.test("SessionLog keeps the limits that were reported last", async () => {
  await using file = await growingFile();
  const limitAt = (resetsAt: number) => ({ usedPercent: 42, resetsAt });
  const log = new SessionLog(
    (line) => ({ kind: "limits", limits: [limitAt(Number(line))] }),
    file.find,
  );
  assertEquals(log.limits, undefined);
  await file.append("1\n2\n");
  await log.read();
  assertEquals(log.limits, [limitAt(2)]);
});

Deno.test("SessionLog reads a line when it is complete, even one cut inside a letter", async () => {
  await using file = await growingFile();
  const log = new SessionLog(qwen.sessions.parseLine, file.find);
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

Deno.test("SessionLog reads past lines that are longer than its buffer", async () => {
  await using file = await growingFile();
  const log = new SessionLog(qwen.sessions.parseLine, file.find);
  const answer = JSON.stringify({ message: `429 ${"ü".repeat(400_000)}` });
  await file.append(`${answer}\n${QUOTA_LINE}\n${answer}\n`);
  await log.read();
  assertEquals(log.errors.map((it) => it.status), [429]);
});

Deno.test("SessionLog forgets the errors before an answer, but no tool", async () => {
  await using file = await growingFile();
  const log = new SessionLog(qwen.sessions.parseLine, file.find);
  await file.append(`${QUOTA_LINE}\n${toolLine("edit")}\n${ANSWER}\n`);
  await log.read();
  assertEquals([log.errors, log.tools], [[], ["edit"]]);
});

Deno.test("SessionLog skips lines that do not have its format", async () => {
  await using file = await growingFile();
  const log = new SessionLog(qwen.sessions.parseLine, file.find);
  await file.append(`429 quota exceeded\n\0\xff\n{"torn\n\n${QUOTA_LINE}\n`);
  await log.read();
  assertEquals(log.errors.length, 1);
});

Deno.test("SessionLog is empty until there is a file", async () => {
  await using file = await growingFile();
  const found: string[] = [];
  const log = new SessionLog(
    qwen.sessions.parseLine,
    () => Promise.resolve(found[0]),
  );
  await file.append(`${QUOTA_LINE}\n`);
  await log.read();
  assertEquals(log.errors, []);
  found.push(await file.find());
  await log.read();
  assertEquals(log.errors.length, 1);
});

Deno.test("SessionLog is empty when it cannot be read", async () => {
  await using dir = await tempDir();
  const log = new SessionLog(
    qwen.sessions.parseLine,
    () => Promise.resolve(dir.path),
  ); // a folder
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
