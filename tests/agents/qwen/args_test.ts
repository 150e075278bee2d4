import { assertEquals } from "@std/assert";
import { qwen } from "../../../lib/agents/qwen/agent.ts";

const KIND_ARGS: [string[], string | undefined, string[]][] = [
  [[], "0.24.4", ["--auth-type=openai"]],
  [["--prompt=hi"], "0.5.0", ["--auth-type=openai", "--prompt=hi"]],
  [["hello", "-y"], undefined, ["--auth-type=openai", "hello", "-y"]],
  [["hello"], "0.1.4", ["hello"]],
  [["mcp", "list"], "0.24.4", ["mcp", "list"]],
  [["--auth-type", "openai"], "0.24.4", ["--auth-type", "openai"]],
  [["--authType=openai"], "0.24.4", ["--authType=openai"]],
];

for (const [args, version, expected] of KIND_ARGS) {
  Deno.test(`qwen.runArgs() returns ${expected.join(" ")} for ${version} with ${JSON.stringify(args)}`, () => {
    const options = { kind: "api-key", version } as const;
    assertEquals(qwen.runArgs(args, options), expected);
  });
}

Deno.test("qwen.runArgs() selects the login too", () => {
  const options = { kind: "oauth", version: "0.12.0" } as const;
  assertEquals(qwen.runArgs([], options), ["--auth-type=qwen-oauth"]);
});

const KINDS: [string[], string | undefined][] = [
  [["--auth-type=qwen-oauth", "-p", "hi"], "oauth"],
  [["-p", "hi", "--auth-type", "openai"], "api-key"],
  [["--authType=qwen-oauth"], "oauth"],
  [["--auth-type=gemini"], "other"],
  [["--prompt=--auth-type=openai"], undefined],
  [["auth", "--auth-type=openai"], undefined],
  [["--", "--auth-type=openai"], undefined],
];

for (const [args, expected] of KINDS) {
  Deno.test(`qwen.read() returns the kind ${expected} for ${args.join(" ")}`, () => {
    assertEquals(qwen.read(args).kind, expected);
  });
}

const SESSIONS: [string[], ReturnType<typeof qwen.read>["session"]][] = [
  [["--resume", "id-1", "-p", "hi"], { id: "id-1" }],
  [["-c", "hi"], "newest"],
  [["--resume", "--yolo", "-p", "hi"], undefined],
  [["-p", "hi", "-r"], undefined],
];

for (const [args, expected] of SESSIONS) {
  Deno.test(`qwen.read() returns the session ${JSON.stringify(expected)} for ${args.join(" ")}`, () => {
    assertEquals(qwen.read(args).session, expected);
  });
}

const OWN_KEYS: [string[], string | undefined][] = [
  [["--openai-api-key=sk-1"], "--openai-api-key"],
  [["-p", "hi", "--openaiApiKey", "sk-1"], "--openaiApiKey"],
  [["--openai-base-url", "https://a.example"], "--openai-base-url"],
  [["--prompt=--openai-api-key=sk-1"], undefined],
];

for (const [args, expected] of OWN_KEYS) {
  Deno.test(`qwen.read() returns the foreign key ${expected} for ${args.join(" ")}`, () => {
    assertEquals(qwen.read(args).foreignKey, expected);
  });
}

const LETTERS: [string[], Partial<ReturnType<typeof qwen.read>>][] = [
  [["-yp", "hi"], {
    prompt: { text: "hi", others: ["-y"] },
    mayChange: true,
  }],
  [["-ym", "coder", "hi"], {
    prompt: { text: "hi", others: ["-y", "-m", "coder"] },
    model: "coder",
  }],
  [["-ym=coder", "hi"], {
    prompt: { text: "hi", others: ["-y", "-m=coder"] },
    model: "coder",
  }],
  [["-m7", "hi"], { model: "7" }],
  [["-m/srv/coder", "hi"], { model: "/srv/coder" }],
  [["-yv"], { asksNothing: true }],
  [["-mcoder"], { model: undefined, session: "newest" }],
  [["-phello"], { prompt: undefined, asksNothing: true }],
];

for (const [args, expected] of LETTERS) {
  Deno.test(`qwen.read() reads each letter of ${args.join(" ")}`, () => {
    const read: Partial<ReturnType<typeof qwen.read>> = qwen.read(args);
    const names = Object.keys(expected) as (keyof typeof read)[];
    const found = Object.fromEntries(names.map((it) => [it, read[it]]));
    assertEquals(found, expected);
  });
}
