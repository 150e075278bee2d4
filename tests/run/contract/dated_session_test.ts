/**
 * The logs of an agent that chooses the ids of its sessions and keeps them in a
 * folder of each day, for all working folders.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { codex } from "../../../lib/agents/codex/agent.ts";
import { dayFolder } from "../../../lib/agents/codex/rollout.ts";
import { prepareSession, type Session } from "../../../lib/run/session.ts";
import { tempDir } from "../../support/temp_dir.ts";

const OURS = "01a22577-de9e-7cc3-b419-7333d367cb2a";
const THEIRS = "01a22581-a814-7b41-b2bf-7950a67b25df";

/** When the tests begin: some days after the sessions with these ids. */
const NOW = new Date(2026, 11, 3, 23, 59, 59).getTime();
const DAY_MS = 86_400_000;

const CONTEXT = {
  type: "turn_context",
  payload: { cwd: "/work", model: "coder", approval_policy: "never" },
};

const ANSWER = {
  type: "response_item",
  payload: { type: "message", role: "assistant" },
};

Deno.test("prepareSession() reads the log whose id the agent names, and no other new one", async () => {
  await using folder = await folderOfDays();
  const session = await folder.prepare(["exec", "hi"]);
  await folder.append(THEIRS, [CONTEXT, ANSWER]);
  assertEquals(await seenBy(session), { has: false, id: undefined });
  session.onId(OURS);
  assertEquals(await seenBy(session), { has: false, id: undefined });
  await folder.append(OURS, [CONTEXT]);
  assertEquals(await seenBy(session), { has: false, id: OURS });
  await folder.append(OURS, [ANSWER]);
  assertEquals(await seenBy(session), { has: true, id: OURS });
  assertEquals(session.log.conditions?.model, "coder");
});

Deno.test("prepareSession() finds the log of a session that begins after midnight", async () => {
  await using folder = await folderOfDays();
  const session = await folder.prepare(["exec", "hi"]);
  session.onId(OURS);
  folder.now += DAY_MS;
  await folder.append(OURS, [ANSWER]);
  assertEquals(await seenBy(session), { has: true, id: OURS });
});

Deno.test("prepareSession() reads what is added to the log of a session of another day", async () => {
  await using folder = await folderOfDays();
  await folder.append(OURS, [ANSWER], dayFolder({ id: OURS, at: 0 }));
  const session = await folder.prepare(["exec", "resume", OURS, "hi"]);
  assertEquals(await seenBy(session), { has: false, id: OURS });
  await folder.append(OURS, [ANSWER], dayFolder({ id: OURS, at: 0 }));
  assertEquals(await seenBy(session), { has: true, id: OURS });
});

Deno.test("prepareSession() reads no older log that the agent continues by itself", async () => {
  await using folder = await folderOfDays();
  await folder.append(OURS, [ANSWER]);
  const session = await folder.prepare(["exec", "resume", "--last", "hi"]);
  session.onId(OURS);
  await folder.append(OURS, [ANSWER]);
  assertEquals(await seenBy(session), { has: false, id: undefined });
});

Deno.test("prepareSession() reads what a further run adds to the log of an earlier one", async () => {
  await using folder = await folderOfDays();
  const log = await folder.append(OURS, [ANSWER, CONTEXT]);
  const session = await folder.prepare(
    ["exec", "resume", OURS, "--", "go on"],
    { id: OURS, log },
  );
  assertEquals(await seenBy(session), { has: false, id: OURS });
  assertEquals(session.log.conditions, undefined);
  await folder.append(OURS, [CONTEXT, ANSWER]);
  assertEquals(await seenBy(session), { has: true, id: OURS });
});

/** Reads the log; returns whether it has an answer, and the id. */
async function seenBy(session: Session) {
  await session.log.read();
  return { has: session.log.answers > 0, id: session.id };
}

/** A home of the agent, in which it writes at the time `now`. */
async function folderOfDays() {
  const dir = await tempDir();
  return {
    now: NOW,
    prepare(
      args: readonly string[],
      resumes?: { id: string; log: string },
    ): Promise<Session> {
      return prepareSession({
        ...{ agent: codex, version: "0.171.0", args, dir: dir.path, resumes },
        system: { now: () => this.now },
      });
    },
    /** Appends lines to the log of a session; returns its path. */
    async append(
      id: string,
      lines: readonly object[],
      day?: string,
    ): Promise<string> {
      const subfolder = day ?? dayFolder({ at: this.now });
      const folder = `${codex.sessions.folder(dir.path, "")}/${subfolder}`;
      await Deno.mkdir(folder, { recursive: true });
      const path = `${folder}/rollout-2026-11-29T04-02-22-${id}.jsonl`;
      const text = lines.map((it) => `${JSON.stringify(it)}\n`).join("");
      await Deno.writeTextFile(path, text, { append: true });
      return path;
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
