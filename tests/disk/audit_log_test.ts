import { assertEquals } from "@std/assert";
import { appendEvent, type AuditEvent } from "../../lib/disk/audit_log.ts";
import {
  accountFolder,
  linesOf,
  modeOf,
  namesIn,
  TIME,
} from "../support/account_folder.ts";
import { assertFails } from "../support/assert_fails.ts";

const EVENT: AuditEvent = {
  timestamp: TIME,
  level: "info",
  event: "account_switch",
  from: 1,
  to: 2,
  reason: 'quota "exhausted"\nby ü',
};

const LINE_BYTES =
  new TextEncoder().encode(`${JSON.stringify(EVENT)}\n`).length;

Deno.test("appendEvent() writes an event as one line of JSON", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await appendEvent(layout, EVENT);
  await appendEvent(layout, { ...EVENT, from: null, to: null });
  assertEquals(await folder.events(), [
    { ...EVENT },
    { ...EVENT, from: null, to: null },
  ]);
  assertEquals(await modeOf(layout.log), "0600");
});

Deno.test("appendEvent() first ends a truncated last line", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const whole = JSON.stringify(EVENT);
  await Deno.writeTextFile(layout.log, `${whole}\n${whole.slice(0, 20)}`);
  await appendEvent(layout, EVENT);
  const lines = (await Deno.readTextFile(layout.log)).split("\n");
  assertEquals(lines, [whole, whole.slice(0, 20), whole, ""]);
});

Deno.test("appendEvent() starts a new log when this one is full", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const maxBytes = LINE_BYTES;
  await appendEvent(layout, { ...EVENT, to: 1 }, { maxBytes });
  await appendEvent(layout, { ...EVENT, to: 2 }, { maxBytes });
  assertEquals(await accountsIn(layout.log), [2]);
  assertEquals(await accountsIn(`${layout.log}.1`), [1]);
});

Deno.test("appendEvent() continues a log that has room", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const maxBytes = LINE_BYTES + 1;
  await appendEvent(layout, { ...EVENT, to: 1 }, { maxBytes });
  await appendEvent(layout, { ...EVENT, to: 2 }, { maxBytes });
  assertEquals(await accountsIn(layout.log), [1, 2]);
});

Deno.test("appendEvent() keeps the three newest full logs", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  for (let to = 1; to <= 6; to++) {
    await appendEvent(layout, { ...EVENT, to }, { maxBytes: 1 });
  }
  const names = await namesIn(layout.root);
  const logs = names.filter((it) => it.startsWith("rotation.log"));
  assertEquals(
    logs,
    ["rotation.log", "rotation.log.1", "rotation.log.2", "rotation.log.3"],
  );
  const accounts = logs.map((it) => accountsIn(`${layout.root}/${it}`));
  assertEquals(await Promise.all(accounts), [[6], [5], [4], [3]]);
});

Deno.test("appendEvent() starts a new log at 5 MiB", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const line = `${JSON.stringify({ ...EVENT, reason: "x".repeat(900) })}\n`;
  const count = Math.ceil(5 * 1024 * 1024 / line.length);
  await Deno.writeTextFile(layout.log, line.repeat(count));
  await appendEvent(layout, EVENT);
  assertEquals((await linesOf(`${layout.log}.1`)).length, count);
  assertEquals(await folder.events(), [{ ...EVENT }]);
});

Deno.test("appendEvent() throws when the log is a link, and writes nothing", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const target = `${layout.root}/target`;
  await Deno.writeTextFile(target, "precious");
  await Deno.symlink("target", layout.log);
  const append = () => appendEvent(layout, EVENT, { maxBytes: 1 });
  await assertFails(
    append,
    "unsafe-file",
    "it is a symbolic link, not a file",
  );
  assertEquals(await Deno.readTextFile(target), "precious");
  assertEquals(await Deno.readLink(layout.log), "target");
});

Deno.test("appendEvent() throws when the log is a folder", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.mkdir(folder.layout.log);
  const append = () => appendEvent(folder.layout, EVENT);
  await assertFails(append, "unsafe-file", "it is a directory, not a file");
});

/** Returns the accounts that were switched to, line by line. */
async function accountsIn(path: string): Promise<unknown[]> {
  return (await linesOf(path)).map((it) => it.to);
}
