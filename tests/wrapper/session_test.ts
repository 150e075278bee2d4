import { assertEquals, assertMatch } from "@std/assert";
import { qwen } from "../../lib/providers/qwen.ts";
import { prepareSession, type Session } from "../../lib/wrapper/session.ts";
import { NOW } from "../support/account_folder.ts";
import { QUOTA_LINE } from "../support/session_lines.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

Deno.test("prepareSession() gives a version that takes one an id, and reads that log alone", async () => {
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
  const chats = qwen.sessionFolder(dir.path, Deno.cwd());
  await Deno.mkdir(chats, { recursive: true });
  return {
    prepare: (args) =>
      prepareSession({ provider: qwen, version, args, dir: dir.path }),
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
