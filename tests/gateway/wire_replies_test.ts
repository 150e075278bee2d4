/**
 * How error replies in each wire format are judged: those of captured runs, and
 * their headers.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { judgeReply } from "./judging.ts";
import type { WireName } from "../../lib/agents/formats.ts";
import { WIRES } from "../../lib/gateway/wire/wires.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";
import { NOW } from "../support/account_folder.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { bytesOf, type CapturedReply, responseOf } from "../support/replies.ts";
import { gatewayClock } from "./gateway_clock.ts";

const SECOND = NOW / 1_000;
const MINUTE_MS = 60_000;

/** What a reply means, at first and after its beginning, and until when. */
interface Meaning {
  kind: VerdictKind | undefined;
  later?: VerdictKind;
  retryAt?: number;
}

const CAPTURED: Record<WireName, Record<string, Meaning>> = {
  openai_chat: {},
  openai_responses: {
    "0.100.0/apikey.text.403": { kind: "auth" },
    "0.100.0/apikey.text.429-insufficient-quota": { kind: "quota" },
    "0.100.0/apikey.text.429-plain": { kind: "throttle" },
    "0.100.0/apikey.text.429-rate-limit": {
      kind: "throttle",
      retryAt: NOW + 8_000,
    },
    "0.100.0/apikey.text.sse-usage-limit": {
      kind: "quota",
      retryAt: NOW + 9_000_000,
    },
    "0.100.0/chatgpt.text.401-always": { kind: "auth" },
    "0.100.0/none.text.not-logged-in": { kind: "auth" },
    "0.171.0/apikey.json.usage-limit-real": {
      kind: "quota",
      retryAt: NOW + 13_872_000,
    },
    "0.171.0/apikey.text.502": { kind: "transient" },
    "0.171.0/apikey.text.sse-insufficient-quota": { kind: "quota" },
    "0.171.0/apikey.text.sse-no-completed": { kind: undefined },
    "0.171.0/apikey.text.sse-overloaded": { kind: "transient" },
    "0.171.0/apikey.text.sse-partial-then-failed": {
      kind: undefined,
      later: "transient",
    },
    "0.171.0/apikey.text.sse-rate-limit": {
      kind: "throttle",
      retryAt: NOW + 2_000,
    },
    "0.60.1/apikey.text.404": { kind: "client" },
  },
  anthropic_messages: {
    "2.0.77/oauth.json.429-unified-5h": { kind: "quota" },
    "2.0.77/oauth.text.401-key": { kind: "auth" },
    "2.0.77/oauth.text.429-unified-7d": { kind: "quota" },
    "2.1.332/api-key.text.400-credit": { kind: "quota" },
    "2.1.332/api-key.text.404-model": { kind: "client" },
    // A daily limit.
    "2.1.332/api-key.text.429-retry-after-3600": {
      kind: "throttle",
      retryAt: NOW + 60 * MINUTE_MS,
    },
    "2.1.332/api-key.text.429-text": { kind: "throttle" },
    "2.1.332/api-key.text.429-unified-5h-noshouldretry": {
      kind: "quota",
      retryAt: 1_795_935_748_000,
    },
    "2.1.332/api-key.text.500.max-retries-0": { kind: "transient" },
    "2.1.332/api-key.text.502-html": { kind: "transient" },
    "2.1.332/api-key.text.529-overloaded": { kind: "transient" },
    "2.1.332/oauth.json.429-plain": { kind: "throttle" },
    "2.1.332/oauth.text.400-usage-limits": {
      kind: "quota",
      retryAt: Date.parse("2026-12-01T00:00:00Z"),
    },
    "2.1.332/oauth.text.401-refresh-400": { kind: "auth" },
    "2.1.332/oauth.text.429-then-ok": { kind: "throttle" },
  },
};

/** Replies with headers that say when a limit resets. */
const WITH_HEADERS: readonly (readonly [
  WireName,
  string,
  Record<string, string>,
  Meaning,
])[] = [
  ["openai_responses", "rate_limit_exceeded", {
    "x-ratelimit-remaining-requests": "12",
    "x-ratelimit-reset-requests": "1s",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "6m0s",
  }, { kind: "throttle", retryAt: NOW + 6 * MINUTE_MS }],
  ["openai_responses", "rate_limit_exceeded", {
    "retry-after": "20",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "6m0s",
  }, { kind: "throttle", retryAt: NOW + 20_000 }],
  ["openai_responses", "usage_not_included", {}, { kind: "quota" }],
  ["anthropic_messages", "rate_limit_error", {
    "anthropic-ratelimit-requests-remaining": "3",
    "anthropic-ratelimit-requests-reset": timeIn(5),
    "anthropic-ratelimit-input-tokens-remaining": "0",
    "anthropic-ratelimit-input-tokens-reset": timeIn(2),
  }, { kind: "throttle", retryAt: NOW + 2 * MINUTE_MS }],
  ["anthropic_messages", "rate_limit_error", {
    "retry-after": "7",
    "anthropic-ratelimit-unified-status": "allowed",
    "anthropic-ratelimit-unified-reset": `${SECOND + 9_000}`,
  }, { kind: "throttle", retryAt: NOW + 7_000 }],
  ["anthropic_messages", "rate_limit_error", {
    "retry-after": "7",
    "anthropic-ratelimit-unified-status": "rejected",
    "anthropic-ratelimit-unified-reset": `${SECOND + 9_000}`,
  }, { kind: "quota", retryAt: NOW + 9_000_000 }],
];

function timeIn(minutes: number): string {
  return new Date(NOW + minutes * MINUTE_MS).toISOString().replace(".000", "");
}

const replies: Record<string, Record<string, CapturedReply>> = JSON.parse(
  (await Deno.readTextFile(`${CHECKOUT}/tests/testdata/wire_replies.json`))
    .replaceAll(
      /\\?"@NOW\+(\d+)@\\?"/g,
      (_, after) => `${SECOND + Number(after)}`,
    ),
);

for (const wire of ["openai_responses", "anthropic_messages"] as const) {
  Deno.test(`every captured reply in ${wire} has a meaning`, () => {
    assertEquals(
      Object.keys(replies[wire] ?? {}).sort(),
      Object.keys(CAPTURED[wire]).sort(),
    );
  });

  for (const [name, reply] of Object.entries(replies[wire] ?? {})) {
    const { kind, later, retryAt } = CAPTURED[wire][name] ?? {};
    Deno.test(`judgeReply() returns ${kind}, then ${later}, for ${wire} ${name}`, async () => {
      const judged = await judge(wire, responseOf(reply));
      assertEquals(judged.verdict?.kind, kind);
      if (retryAt) assertEquals(judged.verdict?.retryAt, retryAt);
      const bytes = await judged.response.bytes();
      assertEquals(bytes, new Uint8Array(bytesOf(reply)));
      assertEquals((await judged.later)?.kind, later);
    });
  }
}

for (const [wire, type, headers, { kind, retryAt }] of WITH_HEADERS) {
  Deno.test(`judgeReply() returns ${kind} until ${retryAt} for ${wire} ${type} with ${Object.keys(headers)}`, async () => {
    const error = { type, message: "Try later", code: null };
    const { verdict, response } = await judge(
      wire,
      Response.json({ type: "error", error }, { status: 429, headers }),
    );
    await response.body?.cancel();
    assertEquals([verdict?.kind, verdict?.retryAt], [kind, retryAt]);
  });
}

function judge(wire: WireName, response: Response) {
  return judgeReply(response, {
    wire: WIRES[wire],
    system: gatewayClock(NOW),
  });
}
