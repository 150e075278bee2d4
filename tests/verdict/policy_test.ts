import { assert, assertEquals } from "@std/assert";
import {
  blamesAccount,
  KIND,
  type Policy,
  policyOf,
  stateAfter,
  type VerdictKind,
} from "../../lib/verdict/policy.ts";

const POLICIES: Record<
  VerdictKind,
  [Policy["blames"], Policy["move"], words: string]
> = {
  ok: ["nothing", "pass", "answered"],
  quota: ["account", "leave", "is out of quota"],
  throttle: ["account", "wait", "is rate-limited"],
  auth: ["account", "renew", "was refused"],
  login: ["account", "leave", "needs a new login"],
  discontinued: [
    "account type",
    "leave",
    "uses a login type that the service has discontinued",
  ],
  client: ["request", "pass", "is not allowed to make this request"],
  transient: ["service", "retry", "cannot reach its service"],
  timeout: ["time limit", "pass", "did not answer in time"],
  failed: ["unknown", "pass", "failed"],
};

for (const kind of Object.values(KIND)) {
  Deno.test(`policyOf() returns what to do about ${kind}`, () => {
    const { blames, move, words } = policyOf({ kind });
    assertEquals([blames, move, words], POLICIES[kind]);
  });

  Deno.test(`policyOf() never contradicts itself for ${kind}`, () => {
    const { move, limit, coolsDown, isUnsent, state } = policyOf({ kind });
    const isOfAccount = blamesAccount({ kind });
    if (isOfAccount) assert(move !== "pass", "another account may help");
    if (limit || coolsDown || state) assert(isOfAccount, "another may not");
    if (limit) assert(coolsDown, "the limit would be met again");
    if (isUnsent) assert(state, "it must not be sent with this account");
  });
}

Deno.test("the words of policyOf() name no agent", () => {
  const words = Object.values(KIND).map((kind) => policyOf({ kind }).words);
  assertEquals(words.filter((it) => /qwen/i.test(it)), []);
});

Deno.test("stateAfter() returns the words of each kind with a cooldown", () => {
  const states = Object.keys(KIND).map((it) => [it, stateAfter(it)]);
  assertEquals(states.filter(([, state]) => state !== undefined), [
    ["quota", "out of quota"],
    ["throttle", "rate-limited"],
    ["auth", "refused"],
  ]);
  assertEquals(stateAfter("toString"), undefined);
});
