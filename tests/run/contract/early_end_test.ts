import { assert, assertEquals } from "@std/assert";
import { codex } from "../../../lib/agents/codex/agent.ts";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import type { Verdict } from "../../../lib/verdict/classify.ts";
import { realSystem } from "../../../lib/system/system.ts";
import {
  EarlyEnd,
  type EarlyEndOptions,
  lineSensor,
} from "../../../lib/run/early_end.ts";
import { SessionLog } from "../../../lib/run/session_log.ts";
import { NOW } from "../../support/account_folder.ts";
import { fakeClock } from "../../support/clock.ts";
import { QUOTA_LINE, sessionLine } from "../../support/session_lines.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { signalFor } from "../../support/deadline.ts";

const BOX = "Qwen OAuth Device Authorization";

const SYSTEM = {
  now: () => NOW,
  elapsed: () => 0,
  sleep: (_ms: number, signal?: AbortSignal) => realSystem.sleep(1, signal),
};

const RETRY =
  "Retrying in 60s (attempt 1/10): [API Error: 429 Rate limit reached]\n";

const ENDS: Record<string, { stderr?: string; log?: string }> = {
  "stderr says that a login is waited for": { stderr: `+---- ${BOX} ----+\n` },
  "stderr says that the agent waits for a minute": { stderr: RETRY },
  "the log tells of a quota": { log: `${QUOTA_LINE}\n` },
};

for (const [when, { stderr = "", log = "" }] of Object.entries(ENDS)) {
  Deno.test(`EarlyEnd ends the run when ${when}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/log`;
    using end = earlyEnd({
      log: new SessionLog(qwen.sessions.parseLine, () => Promise.resolve(path)),
    });
    const watch = end.watch();
    for (const byte of new TextEncoder().encode(stderr)) {
      end.onStderr(Uint8Array.of(byte));
    }
    await Deno.writeTextFile(path, log);
    await watch; // ends without help
    assertEquals(end.signal.aborted, true);
  });
}

const GOES_ON: Record<string, { stderr?: string; log?: string }> = {
  "nothing is said": {},
  "stderr speaks of a quota otherwise": {
    stderr: "[API Error: 429 Free allocated quota exceeded.]\n",
  },
  "a retry is for another reason": {
    stderr: "Retrying in 60s (attempt 1/10): [API Error: 503 Unavailable]\n",
  },
  "the log tells of an answer after the error": {
    log: `${QUOTA_LINE}\n${sessionLine("api_response")}\n`,
  },
  "the log reports a broken service": {
    log: `${sessionLine("api_error", { error_message: "503 Unavailable" })}\n`,
  },
  "the log reports an error of an unknown kind": {
    log: `${sessionLine("api_error", { error_message: "it broke" })}\n`,
  },
};

for (const [when, { stderr = "", log = "" }] of Object.entries(GOES_ON)) {
  Deno.test(`EarlyEnd does not end the run when ${when}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/log`;
    await Deno.writeTextFile(path, log);
    const sessionLog = new SessionLog(
      qwen.sessions.parseLine,
      () => Promise.resolve(path),
    );
    const looks = signalFor("a look at the session");
    let count = 0;
    const sleep: EarlyEndOptions["system"]["sleep"] = (ms, signal) => {
      if (++count === 3) looks.resolve();
      return SYSTEM.sleep(ms, signal);
    };
    const end = earlyEnd({ log: sessionLog, system: { ...SYSTEM, sleep } });
    const watch = end.watch();
    end.onStderr(new TextEncoder().encode(stderr));
    await looks.promise;
    end[Symbol.dispose]();
    await watch;
    assertEquals(end.signal.aborted, false);
  });
}

Deno.test("EarlyEnd passes the whole verdict to the check whether the run is over", async () => {
  const verdicts: Verdict[] = [];
  const isOver = (verdict: Verdict) => verdicts.push(verdict) > 0;
  using end = earlyEnd({ isOver });
  const watch = end.watch();
  end.onStderr(new TextEncoder().encode(
    "Retrying in 60s (attempt 1/10): [API Error: 429 Try again in 20s]\n",
  ));
  await watch;
  assertEquals(verdicts, [{
    kind: "throttle",
    evidence: "429 Try again in 20s",
    retryAt: NOW + 20_000,
  }]);
});

const TRIES: Record<
  string,
  [lines: [afterMs: number, line: string][], ms: number[]]
> = {
  "the waits add up": [
    [[0, retryLine(60, 1)], [60_000, retryLine(120, 2)]],
    [60_000, 180_000],
  ],
  "an answer has come in between": [
    [[0, retryLine(60, 1)], [900_000, retryLine(60, 1)]],
    [60_000, 60_000],
  ],
};

for (const [when, [lines, expected]] of Object.entries(TRIES)) {
  Deno.test(`EarlyEnd says for how long stderr reports failed tries when ${when}`, () => {
    const clock = fakeClock();
    const found: number[] = [];
    const isOver = (_: Verdict, triedMs: number) => found.push(triedMs) < 0;
    using end = earlyEnd({ isOver, system: clock });
    for (const [afterMs, line] of lines) {
      clock.sleeps.push(afterMs);
      end.onStderr(new TextEncoder().encode(line));
    }
    assertEquals(found, expected);
  });
}

Deno.test("EarlyEnd says for how long the log reports errors without an answer", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/log`;
  const found: number[] = [];
  const clock = fakeClock();
  const end = earlyEnd({
    log: new SessionLog(qwen.sessions.parseLine, () => Promise.resolve(path)),
    isOver: (_, triedMs) => found.push(triedMs) < 0,
    system: {
      now: clock.now,
      elapsed: clock.elapsed,
      async sleep() {
        await clock.sleep(1_000);
        const line = logged.shift();
        if (line === undefined) return end[Symbol.dispose]();
        await Deno.writeTextFile(path, line, { append: true });
      },
    },
  });
  const throttled = `${
    sessionLine("api_error", { error_message: "429 No" })
  }\n`;
  const answered = `${sessionLine("api_response")}\n`;
  const logged = [throttled, "", throttled, answered + throttled, ""];
  await end.watch();
  assertEquals(found, [0, 1_000, 2_000, 0, 1_000]);
});

Deno.test("EarlyEnd says for how long an agent without a network waits, from the last answer on", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/log`;
  await Deno.writeTextFile(path, "");
  const { output, sessions: { parseLine } } = codex;
  const log = new SessionLog(parseLine, () => Promise.resolve(path));
  const clock = fakeClock();
  const found: number[] = [];
  using end = earlyEnd({
    output,
    log,
    isOver: (_, triedMs) => found.push(triedMs) < 0,
    system: clock,
  });
  const wait = async (ms: number, then = "") => {
    const line = "2026-11-30T10:37:23Z  WARN codex_core::responses_retry: " +
      "stream connection failed; waiting to retry turn_id=1 " +
      `error=Connection failed: error sending request retry_delay=${ms / 1e3}s`;
    end.onStderr(new TextEncoder().encode(`${line}\n`));
    clock.sleeps.push(ms);
    await Deno.writeTextFile(path, then, { append: true });
    await log.read();
  };
  const payload = { type: "message", role: "assistant" };
  const answer = JSON.stringify({ type: "response_item", payload });
  await wait(5_000);
  await wait(10_000, `${answer}\n`);
  await wait(5_000);
  await wait(10_000);
  assertEquals(found, [5_000, 15_000, 5_000, 15_000]);
});

Deno.test("EarlyEnd ends a run that must end for another reason", async () => {
  let looks = 0;
  using end = earlyEnd({ mustEnd: () => ++looks === 3 });
  await end.watch();
  assertEquals([looks, end.signal.aborted], [3, true]);
});

Deno.test("EarlyEnd passes on the id that the agent gives its session", () => {
  const ids: string[] = [];
  const { output } = codex;
  using end = earlyEnd({ output, onSession: (id) => ids.push(id) });
  const id = "01a22577-de9e-7cc3-b419-7333d367cb2a";
  const event = JSON.stringify({ type: "thread.started", thread_id: id });
  end.onStderr(new TextEncoder().encode(`--------\nsession id: ${id}\n`));
  end.onStdout?.(new TextEncoder().encode(`${event}\n`));
  assertEquals(ids, [id, id]);
});

Deno.test("EarlyEnd waits for a refresh of the login before it ends the run", async () => {
  const refresh = signalFor("the refresh");
  const asked = signalFor("a request for tokens");
  using end = earlyEnd({
    refreshed: () => {
      asked.resolve();
      return refresh.promise;
    },
  });
  const watch = end.watch();
  end.onStderr(new TextEncoder().encode(RETRY));
  await asked.promise;
  assertEquals(end.signal.aborted, false);
  refresh.resolve();
  await watch;
  assertEquals(end.signal.aborted, true);
});

function retryLine(seconds: number, attempt: number): string {
  return `Retrying in ${seconds}s (attempt ${attempt}/10): [API Error: 429 No]\n`;
}

function earlyEnd(options: Partial<EarlyEndOptions>): EarlyEnd {
  return new EarlyEnd({
    output: qwen.output,
    log: new SessionLog(
      qwen.sessions.parseLine,
      () => Promise.resolve(undefined),
    ),
    isOver: ({ kind }) => kind === "quota" || kind === "throttle",
    refreshed: () => Promise.resolve(),
    classifying: {},
    system: SYSTEM,
    ...options,
  });
}

const STREAMS: Record<string, [chunks: string[], lines: string[]]> = {
  "in one chunk": [["one\ntwo\n"], ["one", "two"]],
  "in two chunks": [["on", "e\ntwo", "\n"], ["one", "two"]],
  "that are empty": [["\n\n"], ["", ""]],
  "as soon as they are whole": [["one\ntw"], ["one"]],
};

for (const [how, [chunks, lines]] of Object.entries(STREAMS)) {
  Deno.test(`lineSensor() reports lines ${how}`, () => {
    assertEquals(linesOf(chunks.map(encode)), lines);
  });
}

Deno.test("lineSensor() reports a line that comes byte by byte", () => {
  const bytes = [...encode("Grüße, 登录\n")].map((it) => Uint8Array.of(it));
  assertEquals(linesOf(bytes), ["Grüße, 登录"]);
});

Deno.test("lineSensor() keeps no more than a part of a line without an end", () => {
  const heard: string[] = [];
  const sensor = lineSensor((line) => heard.push(line));
  for (let at = 0; at < 100; at++) sensor(encode("x".repeat(10_000)));
  sensor(encode("\n"));
  assertEquals(heard.join(""), "x".repeat(1_000_000));
  assert(heard.length > 5, `${heard.length} parts`);
});

function linesOf(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const sensor = lineSensor((line) => lines.push(line));
  for (const chunk of chunks) sensor(chunk);
  return lines;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
