import { assert, assertEquals, assertMatch } from "@std/assert";
import { runProcess, type RunResult } from "../../lib/process/run.ts";
import type { Verdict } from "../../lib/verdict/classify.ts";
import { realSystem } from "../../lib/system/system.ts";
import {
  describeTrouble,
  nextStep,
  pauseBefore,
  type Step,
  type StepOptions,
} from "../../lib/run/next_step.ts";
import type { Resume } from "../../lib/run/resume.ts";
import type { Backoff, RerunName } from "../../lib/types.ts";
import { NOW } from "../support/account_folder.ts";
import { seeded } from "../torture/random.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

const NO_BACKOFF: Backoff = {
  name: "none",
  baseMs: 1_000,
  capMs: 30_000,
  attempts: 3,
};

const OPTIONS: StepOptions = {
  maxRetries: 5,
  rerun: "safe",
  shortPauseMs: 10_000,
  backoff: NO_BACKOFF,
  system: { ...realSystem, now: () => NOW },
};

const ACTIONS: Partial<Record<VerdictKind, Step["action"]>> = {
  ok: "finish",
  quota: "next",
  throttle: "next",
  auth: "next",
  login: "next",
  discontinued: "next",
  client: "finish",
  transient: "finish",
  timeout: "finish",
  failed: "finish",
};

for (const [kind, action] of Object.entries(ACTIONS)) {
  Deno.test(`nextStep() returns ${action} after ${kind}`, async () => {
    const step = await stepAfter({ kind: kind as VerdictKind });
    assertEquals(step.action, action);
  });
}

interface Rerun {
  kind: VerdictKind;
  rerun: RerunName;
  tools: string[];
  action: Step["action"];
}

const RERUNS: Rerun[] = [
  { kind: "quota", rerun: "safe", tools: [], action: "next" },
  { kind: "quota", rerun: "safe", tools: ["write_file"], action: "leave" },
  { kind: "throttle", rerun: "safe", tools: ["write_file"], action: "leave" },
  { kind: "auth", rerun: "safe", tools: ["write_file"], action: "leave" },
  { kind: "quota", rerun: "always", tools: ["write_file"], action: "next" },
  { kind: "quota", rerun: "never", tools: [], action: "leave" },
  // The prompt was never sent.
  { kind: "login", rerun: "safe", tools: ["write_file"], action: "next" },
  { kind: "login", rerun: "never", tools: [], action: "next" },
];

for (const { kind, rerun, tools, action } of RERUNS) {
  Deno.test(`nextStep() returns ${action} after ${kind} with ${tools.length} tools and --rerun=${rerun}`, async () => {
    const step = await stepAfter({ kind }, { tools, rerun });
    assertEquals(step.action, action);
  });
}

/** A session in which a tool has run. */
const SESSION: Resume = {
  id: "01a22577-de9e-7cc3-b419-7333d367cb2a",
  log: "/sessions/1.jsonl",
  args: ["--resume"],
  conditions: undefined,
  tools: ["write_file"],
};

interface Resumed {
  kind: VerdictKind;
  retryAt?: number;
  options?: Partial<StepOptions> & { isDisturbed?: boolean };
  action: Step["action"];
  resumes: boolean | undefined;
}

const RESUMED: Resumed[] = [
  { kind: "quota", action: "next", resumes: true },
  { kind: "auth", action: "next", resumes: true },
  { kind: "login", action: "next", resumes: true },
  {
    kind: "quota",
    options: { rerun: "always" },
    action: "next",
    resumes: true,
  },
  {
    kind: "quota",
    options: { rerun: "never" },
    action: "leave",
    resumes: undefined,
  },
  {
    kind: "quota",
    options: { maxRetries: 0 },
    action: "stop",
    resumes: undefined,
  },
  { kind: "throttle", retryAt: NOW + 2_000, action: "again", resumes: true },
  {
    kind: "transient",
    options: { backoff: { ...NO_BACKOFF, name: "constant" } },
    action: "again",
    resumes: true,
  },
  {
    kind: "login",
    options: { mayRestart: true, isDisturbed: true },
    action: "restart",
    resumes: true,
  },
  { kind: "ok", action: "finish", resumes: undefined },
  { kind: "client", action: "finish", resumes: undefined },
];

for (const { kind, retryAt, options, action, resumes } of RESUMED) {
  Deno.test(`nextStep() returns ${action} after ${kind} in a session that can be resumed, with ${JSON.stringify(options ?? {})}`, async () => {
    const given = { tools: ["write_file"], resume: SESSION, ...options };
    const step = await stepAfter({ kind, retryAt }, given);
    assertEquals(step.action, action);
    assertEquals("resumes" in step ? step.resumes : undefined, resumes);
  });
}

const NOT_RESUMED: [RerunName, tools: string[], Step][] = [
  ["safe", ["edit"], {
    action: "finish",
    says: "cannot continue the session (its model would be x); not rerun: " +
      "it has run tools (edit); --rerun=always reruns it",
  }],
  ["safe", [], {
    action: "fresh",
    says: "cannot continue the session (its model would be x): " +
      "rerunning the prompt",
  }],
  ["always", ["edit"], {
    action: "fresh",
    says: "cannot continue the session (its model would be x): " +
      "rerunning the prompt",
  }],
];

for (const [rerun, tools, step] of NOT_RESUMED) {
  Deno.test(`nextStep() returns ${step.action} after a session that could not be resumed, with ${tools.length} tools and --rerun=${rerun}`, async () => {
    const notResumed = "its model would be x";
    const given = { rerun, tools, notResumed };
    assertEquals(await stepAfter({ kind: "failed" }, given), step);
  });
}

Deno.test("nextStep() names the tools that were run, each once", async () => {
  const tools = ["write_file", "run_shell_command", "write_file"];
  const step = await stepAfter({ kind: "quota" }, { tools });
  assertEquals(
    step.says,
    "is out of quota (429 No); not rerun: it has run tools " +
      "(write_file, run_shell_command); --rerun=always reruns it",
  );
});

const RETRY_CASES = [
  { kind: "throttle", hint: 2_000, runs: 1, step: ["again", 2_000] },
  { kind: "throttle", hint: -1, runs: 1, step: ["again", 0] },
  { kind: "throttle", hint: 10_000, runs: 1, step: ["again", 10_000] },
  { kind: "throttle", hint: 10_001, runs: 1, step: ["next", undefined] },
  { kind: "throttle", hint: 2_000, runs: 2, step: ["next", undefined] },
  { kind: "throttle", hint: undefined, runs: 1, step: ["next", undefined] },
  { kind: "quota", hint: 2_000, runs: 1, step: ["next", undefined] },
] as const;

for (const { kind, hint, runs, step: [action, afterMs] } of RETRY_CASES) {
  Deno.test(`nextStep() returns ${action} after run ${runs} of a ${kind} that ends in ${hint} ms`, async () => {
    const retryAt = hint === undefined ? undefined : NOW + hint;
    const step = await stepAfter({ kind, retryAt }, { runs });
    const pause = step.action === "again" ? step.afterMs : undefined;
    assertEquals([step.action, pause], [action, afterMs]);
  });
}

Deno.test("nextStep() does not run a prompt again when it is unknown whether the run has used tools", async () => {
  const step = await stepAfter({ kind: "quota" }, { tools: undefined });
  assertEquals(step.action, "leave");
  assertMatch(step.says ?? "", /not rerun: it may have run tools/);
});

Deno.test("nextStep() continues after a short throttle for which the run was ended", async () => {
  const verdict = { kind: "throttle", retryAt: NOW + 2_000 } as const;
  const step = await stepAfter(verdict, { endedEarly: true });
  assertEquals(step.action, "next");
});

Deno.test("nextStep() does not wait for a throttle when the run has run tools", async () => {
  const verdict = { kind: "throttle", retryAt: NOW + 2_000 } as const;
  const step = await stepAfter(verdict, { tools: ["write_file"] });
  assertEquals(step.action, "finish");
  assertMatch(step.says ?? "", /not rerun: it has run tools/);
});

for (const runs of [1, 2, 3, 4]) {
  Deno.test(`nextStep() ${runs < 4 ? "tries again" : "finishes"} after run ${runs} of a broken service with 3 attempts`, async () => {
    const backoff = { ...NO_BACKOFF, name: "constant" } as const;
    const step = await stepAfter({ kind: "transient" }, { runs, backoff });
    assertEquals(step.action, runs < 4 ? "again" : "finish");
    if (step.action === "again") assertEquals(step.afterMs, 1_000);
  });
}

for (const [maxRetries, action] of [[0, "stop"], [1, "next"]] as const) {
  Deno.test(`nextStep() returns ${action} when ${maxRetries} more accounts may be tried`, async () => {
    assertEquals(
      (await stepAfter({ kind: "quota" }, { maxRetries })).action,
      action,
    );
  });
}

Deno.test("nextStep() finishes after an interruption", async () => {
  const step = await stepAfter({ kind: "quota" }, { interruptedBy: "SIGINT" });
  assertEquals(step, { action: "finish" });
});

Deno.test("nextStep() says nothing after a successful run", async () => {
  assertEquals(await stepAfter({ kind: "ok" }), { action: "finish" });
});

interface After extends Partial<StepOptions> {
  tools?: string[] | undefined;
  endedEarly?: boolean;
  isDisturbed?: boolean;
  runs?: number;
  interruptedBy?: RunResult["interruptedBy"];
  resume?: Resume;
  notResumed?: string;
}

/**
 * Returns the step after `runs` runs of account 1 that all ended with
 * `verdict`.
 */
async function stepAfter(
  partial: Pick<Verdict, "kind" | "retryAt">,
  { runs = 1, interruptedBy, endedEarly, isDisturbed, ...more }: After = {},
): Promise<Step> {
  using ended = await runProcess("true", {
    args: [],
    env: { PATH: Deno.env.get("PATH") ?? "" },
  });
  const run = { ...ended, interruptedBy, endedEarly: endedEarly ?? false };
  const { resume, notResumed, ...options } = more;
  const tools = "tools" in options ? options.tools : [];
  const verdict = { evidence: "429 No", ...partial };
  const tried = Array.from({ length: runs }, () => ({ account: 1, verdict }));
  const attempt = {
    ...{ run, verdict, tools, account: 1, isDisturbed },
    ...{ resume, notResumed },
  };
  return nextStep(attempt, tried, { ...OPTIONS, ...options });
}

/** After a dead login that says nothing about the account. */
const DISTURBED: {
  options: Partial<StepOptions>;
  tools: string[] | undefined;
  action: Step["action"];
}[] = [
  { options: {}, tools: [], action: "restart" },
  { options: {}, tools: undefined, action: "restart" },
  { options: {}, tools: ["write_file"], action: "finish" },
  { options: { rerun: "always" }, tools: ["write_file"], action: "restart" },
  { options: { rerun: "never" }, tools: [], action: "finish" },
  { options: { mayRestart: false }, tools: [], action: "next" },
];

for (const { options, tools, action } of DISTURBED) {
  const given = JSON.stringify({ ...options, tools });
  Deno.test(`nextStep() returns ${action} after a run that was disturbed with ${given}`, async () => {
    const step = await stepAfter({ kind: "login" }, {
      mayRestart: true,
      isDisturbed: true,
      tools,
      ...options,
    });
    assertEquals(step.action, action);
  });
}

const BASE = { baseMs: 100, capMs: 1_000, attempts: 6 };

Deno.test("pauseBefore() allows no second try by default", () => {
  assertEquals(pauseBefore(1, NO_BACKOFF, 0.5), undefined);
});

const PAUSES: Record<string, [Backoff, (number | undefined)[]]> = {
  "none": [{ ...BASE, name: "none" }, Array(7).fill(undefined)],
  "constant": [{ ...BASE, name: "constant" }, [
    ...Array(6).fill(100),
    undefined,
  ]],
  "constant beyond the cap": [
    { ...BASE, name: "constant", capMs: 30, attempts: 1 },
    [30, undefined],
  ],
  "exponential": [
    { ...BASE, name: "exponential" },
    [100, 200, 400, 800, 1_000, 1_000, undefined],
  ],
};

for (const [name, [backoff, pauses]] of Object.entries(PAUSES)) {
  Deno.test(`pauseBefore() returns at most the pauses of the backoff ${name}`, () => {
    const given = pauses.map((_, at) => pauseBefore(at + 1, backoff, 1));
    assertEquals(given, pauses);
  });
}

Deno.test("pauseBefore() draws an exponential pause from its whole range", () => {
  const random = seeded(7);
  const backoff: Backoff = {
    name: "exponential",
    baseMs: 100,
    capMs: 5_000,
    attempts: 10_000,
  };
  const shares: number[] = [];
  for (let attempt = 1; attempt <= 10_000; attempt++) {
    const longest = pauseBefore(attempt, backoff, 1) ?? NaN;
    const pause = pauseBefore(attempt, backoff, random.next()) ?? NaN;
    assert(pause >= 0 && pause <= longest && longest <= 5_000, `${pause} ms`);
    shares.push(pause / longest);
  }
  assert(Math.min(...shares) < 0.01 && Math.max(...shares) > 0.99);
});

Deno.test("describeTrouble() puts no full stop before a bracket", () => {
  const evidence = "429 Your quota was exceeded.";
  assertEquals(
    describeTrouble({ kind: "quota", evidence }),
    "is out of quota (429 Your quota was exceeded)",
  );
  assertEquals(
    describeTrouble({ kind: "quota", evidence: "429 wait ..." }),
    "is out of quota (429 wait ...)",
  );
});
