import { assert, assertEquals } from "@std/assert";
import { findRoom } from "../../lib/accounts/leave_early.ts";
import type { Candidate } from "../../lib/accounts/select.ts";
import type { QuotaWindow } from "../../lib/quota/types.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;

function windowOf(account: number, used: number): QuotaWindow {
  return {
    account,
    window: "hour",
    unit: "requests",
    used,
    limit: { lo: 100, hi: 100 },
    source: "header",
    observedAt: NOW,
  };
}

function candidate(index: number, obstacle?: string): Candidate {
  return { index, lastUsedAt: 0, obstacle, readyAt: 0 };
}

const CANDIDATES = [1, 2, 3].map((it) => candidate(it));

Deno.test("findRoom() names the accounts with room, and the reason", () => {
  const full = { ...windowOf(1, 91), resetsAt: NOW + 30 * MINUTE_MS };
  const windows = [full, windowOf(2, 79), windowOf(3, 81)];
  const room = findRoom({
    now: NOW,
    leftAt: () => NaN,
    account: 1,
    candidates: CANDIDATES,
    quota: { threshold: 0.9, windows },
  });
  assertEquals(room, {
    to: new Set([2]),
    reason: "quota: 91 % of hour (header)",
    until: NOW + 30 * MINUTE_MS,
  });
});

Deno.test("findRoom() finds none if it is off, or no other account is ready", () => {
  const windows = [windowOf(1, 99)];
  const only = [candidate(1), candidate(2, "resting")];
  for (
    const [threshold, candidates] of [[0, CANDIDATES], [0.9, only]] as const
  ) {
    const quota = { threshold, windows };
    const times = { now: NOW, leftAt: () => NaN };
    assertEquals(
      findRoom({ account: 1, candidates, quota, ...times }),
      undefined,
    );
  }
});

Deno.test("findRoom() does not go to and fro in 10,000 requests around the threshold", () => {
  const leftAt = new Map<number, number>();
  let active = 1;
  let switches = 0;
  const used = new Map([[1, 85], [2, 75], [3, 70]]);
  let seed = 1;
  const random = () => (seed = seed * 48_271 % 2_147_483_647) / 2_147_483_647;
  // 10,000 requests in ten hours; a window that is not used slides quickly.
  for (let request = 0; request < 10_000; request++) {
    const now = NOW + request * 3_600;
    for (const account of used.keys()) {
      const change = account === active ? 0.9 : -0.6;
      const next = (used.get(account) ?? 0) + change * random();
      used.set(account, Math.min(Math.max(next, 0), 100));
    }
    const room = findRoom({
      now,
      leftAt: (it) => leftAt.get(it) ?? NaN,
      account: active,
      candidates: CANDIDATES,
      quota: {
        threshold: 0.9,
        windows: [...used].map(([account, it]) => windowOf(account, it)),
      },
    });
    const [to] = room?.to ?? [];
    if (to === undefined) continue;
    assert(now - (leftAt.get(to) ?? -Infinity) >= 5 * MINUTE_MS);
    assert((used.get(to) ?? 0) < 80);
    leftAt.set(active, now);
    active = to;
    switches++;
  }
  assert(switches > 20 && switches <= 3 * 10_000 * 3_600 / (5 * MINUTE_MS));
});
