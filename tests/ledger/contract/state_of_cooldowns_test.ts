import { assertEquals } from "@std/assert";
import type { Cooldown } from "../../../lib/ledger/cooldown_record.ts";
import {
  accountState,
  NEW_STATE,
  withCooldowns,
} from "../../../lib/ledger/state.ts";
import { formatState, parseState } from "../../../lib/ledger/state_yaml.ts";

/** The file has whole seconds. */
const SECOND = Date.parse("2026-11-21T08:35:01Z");

const COOLDOWNS: Cooldown[] = [
  {
    model: undefined,
    until: SECOND,
    strikes: 2,
    reason: "quota",
    probeUntil: undefined,
    probeBy: undefined,
  },
  {
    model: "qwen3-coder-plus",
    until: SECOND + 1_000,
    strikes: 1,
    reason: "asked for",
    probeUntil: SECOND + 2_000,
    probeBy: "boot/1/2/3",
  },
];

Deno.test("parseState() reads the cooldowns that formatState() writes", () => {
  const state = withCooldowns(NEW_STATE, 3, COOLDOWNS);
  const { cooldowns } = accountState(parseState(formatState(state)), 3);
  assertEquals(cooldowns, COOLDOWNS);
});
