/**
 * The times of the functions that a call runs, for `deno bench`.
 *
 * @module
 */

import { EventStreamParser } from "../../lib/gateway/event_stream.ts";
import { classify } from "../../lib/agents/qwen/output.ts";
import { parseSessionLine } from "../../lib/agents/qwen/session_log.ts";
import { selectAccount } from "../../lib/accounts/select.ts";
import { parseCredential } from "../../lib/agents/qwen/login.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import { readSlot } from "../../lib/vault/logins/credential_file.ts";
import { formatState, parseState } from "../../lib/ledger/state_yaml.ts";
import { makeHome } from "./homes.ts";

const encoder = new TextEncoder();

const FAILED = {
  exitCode: 1,
  timedOut: false,
  stdout: "",
  stderr: "[API Error: 429 Free allocated quota exceeded.]\n",
};
const LONG = { ...FAILED, stderr: "a line of noise\n".repeat(10_000) };

Deno.bench("classify() of a 429", () => void classify(FAILED));
Deno.bench("classify() of 160 kB of stderr", () => void classify(LONG));

const EVENTS = encoder.encode(
  'data: {"choices":[{"delta":{"content":"é 漢 🙂"}}]}\n\n'.repeat(100),
);

Deno.bench("EventStreamParser, 100 events at once", () => {
  new EventStreamParser().push(EVENTS);
});
Deno.bench("EventStreamParser, 100 events in pieces of 16 bytes", () => {
  const parser = new EventStreamParser();
  for (let at = 0; at < EVENTS.length; at += 16) {
    parser.push(EVENTS.subarray(at, at + 16));
  }
});

const SESSION_LINE = JSON.stringify({
  type: "system",
  systemPayload: {
    uiEvent: { "event.name": "qwen-code.api_error", error: "429 quota" },
  },
});

Deno.bench("parseSessionLine()", () => void parseSessionLine(SESSION_LINE));

for (const accounts of [5, 1_000]) {
  const home = await makeHome({ accounts });
  const layout = layoutAt(home.dir);
  const text = await Deno.readTextFile(layout.state);
  const slot = await Deno.readFile(home.slot(1));
  await home[Symbol.asyncDispose]();
  const state = parseState(text);
  const candidates = Array.from({ length: accounts }, (_, at) => ({
    index: at + 1,
    lastUsedAt: at,
    obstacle: at % 2 === 0 ? "out of quota" : undefined,
    readyAt: 0,
    isProbed: false,
  }));
  const of = `of ${accounts} accounts`;

  Deno.bench(`parseState() ${of}`, () => void parseState(text));
  Deno.bench(`formatState() ${of}`, () => void formatState(state));
  Deno.bench(`selectAccount() ${of}`, () => {
    selectAccount(candidates, {
      strategy: "least-recently-used",
      active: 1,
      mayStay: false,
    });
  });
  if (accounts === 5) {
    Deno.bench("parseCredential()", () => void parseCredential(slot));
  }
}

Deno.bench("readSlot(), 100 times", async (bench) => {
  await using home = await makeHome({ accounts: 1 });
  const layout = layoutAt(home.dir);
  bench.start();
  for (let time = 0; time < 100; time++) await readSlot(layout, 1);
  bench.end();
});
