import { assertEquals } from "@std/assert";
import type { Intent } from "../../../lib/agents/agent.ts";
import {
  inputOf,
  promptArgs,
  read,
  runArgs,
} from "../../../lib/agents/codex/args.ts";

const ID = "01a22577-de9e-7cc3-b419-7333d367cb2a";

/** The arguments of a run that asks nothing special. */
const PLAIN: Intent = {
  kind: undefined,
  model: undefined,
  session: undefined,
  prompt: undefined,
  opensSession: false,
  mayChange: false,
  asksNothing: false,
  isSubcommand: false,
  converses: false,
  foreignKey: undefined,
};

const SESSION = { ...PLAIN, opensSession: true, mayChange: true };

const COMMAND = { ...PLAIN, asksNothing: true, isSubcommand: true };

const TELLS = { ...PLAIN, asksNothing: true };

function asked(text: string, ...others: string[]): Intent {
  return { ...PLAIN, prompt: { text, others } };
}

const INTENTS: [string[], Intent][] = [
  // Runs.
  [["exec", "hello"], asked("hello", "exec")],
  [["e", "hello"], asked("hello", "e")],
  [["exec", "--", "resume"], asked("resume", "exec")],
  [["exec", "--", "-hello"], asked("-hello", "exec")],
  [["exec", "--json", "hello"], asked("hello", "exec", "--json")],
  [["exec", "hello", "--json"], asked("hello", "exec", "--json")],
  [
    ["exec", "-o", "out.txt", "-C", "dir", "hello"],
    asked("hello", "exec", "-o", "out.txt", "-C", "dir"),
  ],
  [["-c", "a=1", "exec", "hi"], asked("hi", "-c", "a=1", "exec")],
  [["exec", "-"], PLAIN],
  [["exec"], PLAIN],
  [["exec", "--"], PLAIN],
  [["exec", "two", "words"], PLAIN],
  // An image takes all words after it.
  [["exec", "-i", "a.png", "hello"], PLAIN],
  [
    ["exec", "-i", "a.png", "b.png", "--", "hello"],
    asked("hello", "exec", "-i", "a.png", "b.png"),
  ],
  [["exec", "review", "--base", "main"], PLAIN],
  [["review", "--commit", "abc", "be strict"], PLAIN],
  // Sessions that go on.
  [["exec", "resume", ID], { ...PLAIN, session: { id: ID } }],
  [
    ["exec", "resume", ID, "go on"],
    { ...asked("go on", "exec", "resume", ID), session: { id: ID } },
  ],
  [
    ["exec", "resume", "--last", "go on"],
    { ...asked("go on", "exec", "resume", "--last"), session: "newest" },
  ],
  [["exec", "resume", ID, "-"], { ...PLAIN, session: { id: ID } }],
  [["exec", "fork", ID, "hello"], asked("hello", "exec", "fork", ID)],
  // Sessions on a terminal.
  [[], SESSION],
  [["hello"], SESSION],
  [["-C", "dir", "hello"], SESSION],
  [["--", "exec"], SESSION],
  [["resume"], SESSION],
  [["resume", ID], { ...SESSION, session: { id: ID } }],
  [["resume", "--last"], { ...SESSION, session: "newest" }],
  [["fork", ID], SESSION],
  [["agents"], SESSION],
  // Nothing to ask.
  [["login"], COMMAND],
  [["login", "status"], COMMAND],
  [["logout"], COMMAND],
  [["mcp", "list"], COMMAND],
  [["-c", "a=1", "mcp", "add", "x"], COMMAND],
  [["features", "enable", "memories"], COMMAND],
  [["app-server", "daemon", "stop"], COMMAND],
  [["help"], COMMAND],
  [["exec", "help"], TELLS],
  [["exec", "--help"], TELLS],
  [["exec", "-h", "hello"], { ...asked("hello", "exec", "-h"), ...asksNone() }],
  [["--version"], TELLS],
  [["-V"], TELLS],
  [["resume", "--help"], TELLS],
  // Programs that talk to it.
  [["app-server"], server()],
  [["mcp-server"], server()],
  // Models.
  [["exec", "-m", "coder"], { ...PLAIN, model: "coder" }],
  [["exec", "-mcoder"], { ...PLAIN, model: "coder" }],
  [["exec", "-m=coder"], { ...PLAIN, model: "coder" }],
  [["exec", "--model=coder"], { ...PLAIN, model: "coder" }],
  [["-m", "coder", "exec"], { ...PLAIN, model: "coder" }],
  [["exec", "-c", 'model="coder"'], { ...PLAIN, model: "coder" }],
  [["exec", "-c", "model=coder", "-m", "x"], { ...PLAIN, model: "x" }],
];

function asksNone(): Partial<Intent> {
  return { asksNothing: true };
}

function server(): Intent {
  return { ...PLAIN, isSubcommand: true, converses: true, mayChange: true };
}

for (const [args, intent] of INTENTS) {
  Deno.test(`codex read() understands ${JSON.stringify(args)}`, () => {
    const awaitsInput = inputOf(args) === "addition";
    assertEquals(read(args), { ...intent, awaitsInput });
  });
}

const CHANGING: [string[], boolean][] = [
  [["-s", "read-only"], false],
  [["-s", "workspace-write"], true],
  [["--sandbox=danger-full-access"], true],
  [["-sworkspace-write"], true],
  [["-c", "sandbox_mode=workspace-write"], true],
  [["-c", 'sandbox_mode="read-only"'], false],
  [["-c", 'default_permissions="x"'], true],
  [["--yolo"], true],
  [["--full-auto"], true],
  [["--approve-for-me"], true],
  [["--dangerously-bypass-approvals-and-sandbox"], true],
  [["-p", "work"], true],
  [["--json", "--skip-git-repo-check"], false],
];

for (const [options, expected] of CHANGING) {
  for (const args of [["exec", ...options, "hi"], [...options, "exec", "hi"]]) {
    Deno.test(`codex read() returns mayChange ${expected} for ${args.join(" ")}`, () => {
      assertEquals(read(args).mayChange, expected);
    });
  }
}

const FOREIGN: [string[], string | undefined][] = [
  [["--oss"], "--oss"],
  [["--local-provider", "ollama"], "--local-provider"],
  [["--remote=ws://host:1"], "--remote"],
  [["-c", "model_provider=azure"], "-c model_provider"],
  [["-c", 'model_providers.azure.name="a"'], "-c model_providers.azure.name"],
  [["-c", "openai_base_url=https://x.example"], "-c openai_base_url"],
  [["--config=chatgpt_base_url=https://x"], "-c chatgpt_base_url"],
  [
    ["-c", "cli_auth_credentials_store=keyring"],
    "-c cli_auth_credentials_store",
  ],
  [["-c", 'forced_login_method="api"'], "-c forced_login_method"],
  [
    ["-c", "forced_chatgpt_workspace_id=x"],
    "-c forced_chatgpt_workspace_id",
  ],
  [["-c", 'cli_auth_credentials_store="file"'], undefined],
  [["-c", "model_reasoning_effort=high"], undefined],
];

for (const [options, expected] of FOREIGN) {
  Deno.test(`codex read() returns foreignKey ${expected} for ${options.join(" ")}`, () => {
    assertEquals(read(["exec", ...options, "--", "hi"]).foreignKey, expected);
    assertEquals(read([...options, "exec", "hi"]).foreignKey, expected);
  });
}

Deno.test("codex read() takes an option in a prompt for a part of it", () => {
  assertEquals(read(["exec", "--", "--oss"]).foreignKey, undefined);
});

Deno.test("codex promptArgs() passes any prompt as one", () => {
  for (const text of ["hello", "resume", "--help", "", "one\ntwo"]) {
    const { awaitsInput: _, ...intent } = read(promptArgs(text));
    assertEquals(intent, asked(text, "exec"));
  }
});

const OWN = [
  ...["-c", 'cli_auth_credentials_store="file"'],
  ...["-c", 'model_provider="openai"'],
];

const PLAN = [
  ...OWN,
  ...["-c", 'forced_login_method="chatgpt"'],
  ...["-c", 'forced_chatgpt_workspace_id=""'],
];

const RUNS: [string[], string | undefined, string[]][] = [
  [["exec", "hi"], "0.171.0", PLAN],
  [["exec", "hi"], undefined, PLAN],
  [["review"], "0.171.0", PLAN],
  [["login"], "0.171.0", OWN],
  [[], "0.171.0", [...PLAN, "--no-daemon"]],
  [["resume", ID], "0.172.0", [...PLAN, "--no-daemon"]],
  [[], "0.100.0", [...PLAN, "-c", "features.daemon_auto_start=false"]],
  [[], undefined, [...PLAN, "-c", "features.daemon_auto_start=false"]],
  [["--help"], "0.171.0", []],
];

for (const [args, version, added] of RUNS) {
  Deno.test(`codex runArgs() adds ${added.length} arguments to ${JSON.stringify(args)} of ${version}`, () => {
    const run = { kind: "oauth", version } as const;
    assertEquals(runArgs(args, run), [...added, ...args]);
    assertEquals(runArgs([...added, ...args], run), [...added, ...args]);
  });
}

Deno.test("codex runArgs() passes where a key is valid, and its model", () => {
  const run = {
    kind: "api-key",
    version: "0.171.0",
    baseUrl: "http://127.0.0.1:1/v1",
    model: 'co"der',
  } as const;
  const args = runArgs(["exec", "hi"], run);
  assertEquals(args, [
    ...OWN,
    ...["-c", 'openai_base_url="http://127.0.0.1:1/v1"'],
    ...["-c", 'model="co\\"der"'],
    ...["exec", "hi"],
  ]);
  assertEquals(runArgs(args, run), args);
});

const INPUTS: [string[], ReturnType<typeof inputOf>][] = [
  [["exec"], "prompt"],
  [["exec", "-"], "prompt"],
  [["exec", "resume", ID], "prompt"],
  [["exec", "hi"], "addition"],
  [["exec", "resume", ID, "hi"], undefined],
  [["exec", "fork", ID, "hi"], undefined],
  [["exec", "--help"], undefined],
  [["review", "hi"], undefined],
  [["login"], undefined],
  [[], undefined],
];

for (const [args, expected] of INPUTS) {
  Deno.test(`codex inputOf() returns ${expected} for ${JSON.stringify(args)}`, () => {
    assertEquals(inputOf(args), expected);
  });
}
