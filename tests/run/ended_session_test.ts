import { assertEquals } from "@std/assert";
import { qwen } from "../../lib/agents/qwen/agent.ts";
import { findEndedSession } from "../../lib/run/ended_session.ts";
import { NOW } from "../support/account_folder.ts";
import { tempDir } from "../support/temp_dir.ts";

const ONE = "fd3e7d1d-a032-4bba-90c1-91c076cde975";
const TWO = "4cc032af-84b8-4808-8405-4f42a8187dc5";

/** An id that no process has: Linux counts to 4194304, macOS to 99999. */
const ENDED = 2 ** 30;

/** A file of the agent: its name, content and age. */
type Entry = [name: string, text: string, ageMs?: number | undefined];

const log = (id: string, ageMs?: number): Entry => [`${id}.jsonl`, "{}", ageMs];

function note(id: string, pid: unknown, ageMs?: number): Entry {
  const text = JSON.stringify({ schema_version: 1, pid, session_id: id });
  return [`${id}.runtime.json`, text, ageMs];
}

const CASES: Record<string, [Entry[], string | undefined]> = {
  "nothing was written": [[], undefined],
  "one log was written": [[log(ONE), log(TWO, 60_000)], ONE],
  "two logs were written": [[log(ONE), log(TWO)], undefined],
  "the log is empty": [[[`${ONE}.jsonl`, ""]], undefined],
  "the name is not an id": [[["$(rm -r x).jsonl", "{}"]], undefined],
  "/clear has ended another session": [
    [log(ONE), log(TWO), note(TWO, ENDED)],
    TWO,
  ],
  "another terminal has a session": [
    [log(ONE), note(ONE, ENDED), log(TWO), note(TWO, Deno.pid)],
    ONE,
  ],
  "only another terminal has a session": [
    [log(TWO), note(TWO, Deno.pid)],
    undefined,
  ],
  "two sessions have ended": [
    [log(ONE), note(ONE, ENDED), log(TWO), note(TWO, ENDED)],
    undefined,
  ],
  "nothing was asked": [[note(ONE, ENDED)], undefined],
  "nothing was asked in a session that was resumed": [
    [log(ONE, 60_000), note(ONE, ENDED)],
    ONE,
  ],
  "the note is damaged": [
    [log(ONE), [`${ONE}.runtime.json`, "{"]],
    undefined,
  ],
  "the note names no process": [[log(ONE), note(ONE, -1)], undefined],
};

for (const [when, [entries, expected]] of Object.entries(CASES)) {
  Deno.test(`findEndedSession() finds ${expected ?? "none"} when ${when}`, async () => {
    await using dir = await tempDir();
    const folder = qwen.sessions.folder(dir.path, Deno.cwd());
    await Deno.mkdir(folder, { recursive: true });
    for (const [name, text, ageMs = 0] of entries) {
      const path = `${folder}/${name}`;
      await Deno.writeTextFile(path, text);
      const time = (NOW - ageMs) / 1_000;
      await Deno.utime(path, time, time);
    }
    const options = { agent: qwen, dir: dir.path, startedAt: NOW - 1_000 };
    assertEquals(await findEndedSession(options), expected);
  });
}

Deno.test("findEndedSession() finds none when the agent has no sessions", async () => {
  await using dir = await tempDir();
  const options = { agent: qwen, dir: dir.path, startedAt: NOW };
  assertEquals(await findEndedSession(options), undefined);
});
