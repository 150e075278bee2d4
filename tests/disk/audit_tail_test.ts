import { assertEquals } from "@std/assert";
import {
  AuditTail,
  type LoggedEvents,
  readEvents,
  readLogTail,
  type ReadOptions,
} from "../../lib/disk/audit_tail.ts";
import { accountFolder } from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { tempDir } from "../support/temp_dir.ts";
import { assertFails } from "../support/assert_fails.ts";

const BEGIN = Date.UTC(2026, 10, 21);

const LONG = "x".repeat(10 * 1024 * 1024);

/** Returns a line with `reason`, written in that `minute`. */
function line(reason: string, minute = 0): string {
  const timestamp = new Date(BEGIN + minute * 60_000).toISOString();
  const event = { event: "account_switch", from: 1, to: 2, reason };
  return `${JSON.stringify({ timestamp, level: "info", ...event })}\n`;
}

const STRANGE: Record<string, [text: string, reasons: string[], number]> = {
  "there is nothing": ["", [], 0],
  "there are empty lines": [`\n\n${line("a")}\n`, ["a"], 0],
  "a line is not JSON": [`${line("a")}nonsense\n${line("b")}`, ["a", "b"], 1],
  "a line is other JSON": [`[1]\nnull\n"x"\n{}\n${line("a")}`, ["a"], 4],
  "a time is invalid": [line("a").replace("2026", "once"), [], 1],
  "a line has 10 MB": [`${line("a")}${LONG}\n${line("b")}`, ["a", "b"], 1],
  "a line of 10 MB is the last one": [`${line("a")}${LONG}`, ["a"], 0],
  "bytes are not UTF-8": [`\xff\xfe\n${line("a")}`, ["a"], 1],
};

for (const [when, [text, reasons, unreadable]] of Object.entries(STRANGE)) {
  Deno.test(`AuditTail reads the events when ${when}`, async () => {
    await using dir = await tempDir();
    const log = `${dir.path}/rotation.log`;
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    await Deno.writeFile(log, bytes);
    const read = await new AuditTail(log).read();
    assertEquals(toReasons(read), reasons);
    assertEquals(read.unreadable, unreadable);
  });
}

Deno.test("AuditTail treats a field of the wrong type as absent", async () => {
  await using dir = await tempDir();
  const log = `${dir.path}/rotation.log`;
  const entry = { timestamp: new Date(BEGIN), event: "x", from: "1", to: 1.5 };
  await Deno.writeTextFile(log, `${JSON.stringify(entry)}\n`);
  const { events } = await new AuditTail(log).read();
  assertEquals(events, [{
    time: BEGIN,
    timestamp: new Date(BEGIN).toISOString(),
    level: "info",
    event: "x",
    from: null,
    to: null,
    reason: "",
  }]);
});

Deno.test("AuditTail reads only what was added, in complete lines", async () => {
  await using dir = await tempDir();
  const log = `${dir.path}/rotation.log`;
  const tail = new AuditTail(log);
  assertEquals(toReasons(await tail.read()), []);
  await append(log, line("a") + line("b").slice(0, 20));
  assertEquals(toReasons(await tail.read()), ["a"]);
  assertEquals(toReasons(await tail.read()), []);
  await append(log, line("b").slice(20) + line("ü🦕"));
  assertEquals(toReasons(await tail.read()), ["b", "ü🦕"]);
});

Deno.test("AuditTail misses nothing when a new log is started", async () => {
  await using dir = await tempDir();
  const log = `${dir.path}/rotation.log`;
  const tail = new AuditTail(log);
  await append(log, line("a"));
  await tail.read();
  await append(log, line("b"));
  await Deno.rename(log, `${log}.1`);
  await append(log, line("c"));
  assertEquals(toReasons(await tail.read()), ["b", "c"]);
});

Deno.test("AuditTail starts again when the log is emptied or replaced", async () => {
  await using dir = await tempDir();
  const log = `${dir.path}/rotation.log`;
  const tail = new AuditTail(log);
  await append(log, line("a") + line("b"));
  await tail.read();
  await Deno.writeTextFile(log, line("c"));
  assertEquals(toReasons(await tail.read()), ["c"]);
  await Deno.remove(log);
  assertEquals(toReasons(await tail.read()), []);
  await append(log, line("d"));
  assertEquals(toReasons(await tail.read()), ["d"]);
});

Deno.test("AuditTail reads the end of a log that is larger than our limit", async () => {
  await using dir = await tempDir();
  const log = `${dir.path}/rotation.log`;
  using file = await Deno.open(log, { create: true, write: true });
  await file.truncate(4 * 1024 ** 3); // a sparse file
  await append(log, `\n${line("a")}`);
  assertEquals(toReasons(await new AuditTail(log).read()), ["a"]);
});

for (const kind of ["link", "folder", "pipe"]) {
  Deno.test(`AuditTail refuses a ${kind}`, async () => {
    await using dir = await tempDir();
    const log = `${dir.path}/rotation.log`;
    if (kind === "folder") await Deno.mkdir(log);
    if (kind === "link") await Deno.symlink("/etc/passwd", log);
    if (kind === "pipe") {
      await new Deno.Command("mkfifo", { args: [log] }).output();
    }
    await assertFails(() => new AuditTail(log).read(), "unsafe-file");
  });
}

const READINGS: Record<string, [Partial<ReadOptions>, string[]]> = {
  "all are wanted": [{}, ["3a", "2a", "2b", "1a", "1b", "a", "b"]],
  "the last ones are in the log": [{ most: 2 }, ["a", "b"]],
  "the last ones are in several logs": [{ most: 3 }, ["1b", "a", "b"]],
  "none is wanted": [{ most: 0 }, []],
  "only recent ones are wanted": [{ since: BEGIN + 21 * 60_000 }, [
    "1b",
    "a",
    "b",
  ]],
  "few are wanted": [{ isMeant: (it) => it.reason.endsWith("a"), most: 3 }, [
    "2a",
    "1a",
    "a",
  ]],
};

for (const [when, [options, reasons]] of Object.entries(READINGS)) {
  Deno.test(`readEvents() reads the logs that are needed when ${when}`, async () => {
    await using dir = await tempDir();
    const log = `${dir.path}/rotation.log`;
    await append(`${log}.3`, line("3a", 0));
    await append(`${log}.2`, line("2a", 10) + line("2b", 11));
    await append(`${log}.1`, line("1a", 20) + line("1b", 21));
    await append(log, line("a", 30) + line("b", 31));
    const all = { most: Infinity, since: -Infinity, isMeant: () => true };
    const read = await readEvents(log, new AuditTail(log), {
      ...all,
      ...options,
    });
    assertEquals(toReasons(read), reasons);
  });
}

function toReasons({ events }: LoggedEvents): string[] {
  return events.map((it) => it.reason);
}

async function append(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { append: true });
}

Deno.test("readLogTail() returns nothing of a log that cannot be read", async () => {
  await using folder = await accountFolder({ keys: [1] });
  await Deno.writeTextFile(folder.layout.log, line("a"));
  const denied = Object.assign(new Error("Denied"), { code: "EACCES" });
  using _ = replaceFiles(() => ({ readPart: () => Promise.reject(denied) }));
  assertEquals(await readLogTail(folder.layout), { events: [], isCut: false });
});
