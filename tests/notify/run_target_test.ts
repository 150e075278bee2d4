import { assertEquals } from "@std/assert";
import { type Payload, testPayload } from "../../lib/notify/payload.ts";
import { runTarget } from "../../lib/notify/run_target.ts";
import { realSystem } from "../../lib/system/system.ts";
import { exists } from "../support/exists.ts";
import { tempDir } from "../support/temp_dir.ts";

const DESK = { name: "desk", type: "desktop", events: [] } as const;

/** The texts try to be options, and parts of a script. */
function payload(): Payload {
  const about = { agent: "qwen", invocation: "account-qwen" };
  const { data, ...rest } = testPayload(0, about);
  const title = '-e "beep" & <b>';
  return { ...rest, data: { ...data, title, text: '" & (beep) & "' } };
}

/**
 * Shows a message on the desktop of `os`, where `programs` record their
 * arguments.
 */
async function show(
  folder: string,
  { os, programs }: { os: string; programs: readonly string[] },
) {
  for (const name of programs) {
    await Deno.writeTextFile(
      `${folder}/${name}`,
      `#!/bin/sh\nprintf '%s\\0' "$@" >"${folder}/args-of-${name}"\n`,
      { mode: 0o755 },
    );
  }
  const message = { id: "msg_1", payload: payload() };
  return await runTarget(DESK, message, {
    signal: AbortSignal.timeout(20_000),
    system: realSystem,
    os,
    env: { PATH: folder },
  });
}

async function argumentsOf(folder: string, name: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${folder}/args-of-${name}`);
  return text.split("\0").slice(0, -1);
}

const PROGRAMS = ["notify-send", "osascript"];
const SHOWN = { isDone: true, said: "exit code 0" };

Deno.test("runTarget() shows a message by osascript, whose script has none of its text", async () => {
  await using dir = await tempDir();
  const options = { os: "darwin", programs: PROGRAMS };
  assertEquals(await show(dir.path, options), SHOWN);
  assertEquals(await argumentsOf(dir.path, "osascript"), [
    "-e",
    "on run argv",
    "-e",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "-e",
    "end run",
    "--",
    '-e "beep" & <b>',
    '" & (beep) & "\naccount-qwen notify list',
  ]);
  assertEquals(await exists(`${dir.path}/args-of-notify-send`), false);
});

Deno.test("runTarget() shows a message by notify-send, as text", async () => {
  await using dir = await tempDir();
  const options = { os: "linux", programs: PROGRAMS };
  assertEquals(await show(dir.path, options), SHOWN);
  assertEquals(await argumentsOf(dir.path, "notify-send"), [
    "--app-name=account-qwen",
    "--",
    '-e "beep" & <b>',
    '" &amp; (beep) &amp; "\naccount-qwen notify list',
  ]);
  assertEquals(await exists(`${dir.path}/args-of-osascript`), false);
});

const WITHOUT: [os: string, said: string][] = [
  ["linux", 'there is no program "notify-send"'],
  ["darwin", 'there is no program "osascript"'],
  ["freebsd", "there is no desktop for messages on freebsd"],
];

for (const [os, said] of WITHOUT) {
  Deno.test(`runTarget() without a desktop on ${os} says "${said}"`, async () => {
    await using dir = await tempDir();
    const outcome = await show(dir.path, { os, programs: [] });
    assertEquals(outcome, { isDone: false, said, isFinal: true });
  });
}
