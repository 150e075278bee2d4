import { assertEquals } from "@std/assert";
import type { Agent, Keyed } from "../../../lib/agents/agent.ts";
import { claude } from "../../../lib/agents/claude/agent.ts";
import { codex } from "../../../lib/agents/codex/agent.ts";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import {
  findEndedSession,
  limitIn,
  resumeWords,
} from "../../../lib/run/ended_session.ts";
import type { VerdictKind } from "../../../lib/verdict/policy.ts";
import { NOW } from "../../support/account_folder.ts";
import { QUOTA_LINE, sessionLine } from "../../support/session_lines.ts";
import { tempDir } from "../../support/temp_dir.ts";

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
    const ended = await findEndedSession({
      agent: qwen,
      args: [],
      dir: dir.path,
      startedAt: NOW - 1_000,
    });
    assertEquals(ended?.id, expected);
    if (ended) assertEquals(ended.log, `${folder}/${expected}.jsonl`);
  });
}

Deno.test("findEndedSession() finds none when the agent has no sessions", async () => {
  await using dir = await tempDir();
  const agent = { ...qwen, sessions: undefined };
  const options = { agent, args: [], dir: dir.path, startedAt: NOW };
  assertEquals(await findEndedSession(options), undefined);
});

Deno.test("findEndedSession() finds none when the folder cannot be read", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/projects`, "");
  const options = { agent: qwen, args: [], dir: dir.path, startedAt: NOW };
  assertEquals(await findEndedSession(options), undefined);
});

Deno.test("findEndedSession() finds a session in the folder of its day", async () => {
  await using dir = await tempDir();
  const { sessions } = codex;
  const startedAt = Date.now() - 1_000;
  const put = async (id: string, at: number) => {
    const day = sessions.subfolder?.({ at }) ?? "";
    const folder = `${sessions.folder(dir.path, "")}/${day}`;
    await Deno.mkdir(folder, { recursive: true });
    const path = `${folder}/rollout-2026-11-29T04-02-22-${id}.jsonl`;
    await Deno.writeTextFile(path, "{}\n");
    return path;
  };
  const find = (args: readonly string[]) =>
    findEndedSession({ agent: codex, args, dir: dir.path, startedAt });
  assertEquals(await find([]), undefined);
  // Its id contains the day: 2026-11-29.
  const old = "01a22577-de9e-7cc3-b419-7333d367cb2a";
  const log = await put(old, Date.UTC(2026, 10, 29, 12));
  assertEquals(await find(["resume", old]), { id: old, log });
  const path = await put(ONE, startedAt);
  assertEquals(await find([]), { id: ONE, log: path });
  await put(TWO, startedAt);
  assertEquals(await find([]), undefined);
});

const QUOTA = `${QUOTA_LINE}\n`;
const THROTTLE = `${
  sessionLine("api_error", { error_message: "429 Rate limit reached" })
}\n`;
const ANSWER = `${sessionLine("api_response")}\n`;

const LIMITS: Record<string, [log: string, kind: VerdictKind | undefined]> = {
  "a quota": [ANSWER + QUOTA, "quota"],
  "an answer after a quota": [QUOTA + ANSWER, undefined],
  "a limit that ends soon": [THROTTLE, undefined],
  "nothing": ["", undefined],
};

for (const [what, [text, kind]] of Object.entries(LIMITS)) {
  Deno.test(`limitIn() finds ${kind ?? "none"} at the end of a session with ${what}`, async () => {
    await using dir = await tempDir();
    const log = `${dir.path}/${ONE}.jsonl`;
    await Deno.writeTextFile(log, text);
    const options = {
      agent: qwen,
      quotaPatterns: undefined,
      system: { now: () => NOW },
    };
    const limit = await limitIn({ id: ONE, log }, options);
    assertEquals(limit?.kind, kind);
  });
}

const WORDS: [Keyed<Agent>, args: string[], words: string][] = [
  [qwen, ["-m", "a model"], `--resume ${ONE} -m 'a model'`],
  [qwen, ["-i", "hello"], `--resume ${ONE}`],
  [claude, ["--model", "opus", "hi"], `--resume ${ONE} --model opus`],
  [codex, ["-C", "dir", "hi"], `-C dir resume ${ONE}`],
];

for (const [agent, args, words] of WORDS) {
  Deno.test(`resumeWords() returns ${words} for ${agent.program} ${args.join(" ")}`, () => {
    assertEquals(resumeWords(agent, { id: ONE, log: "" }, args), words);
  });
}
