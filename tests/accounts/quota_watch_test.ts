import { assertEquals } from "@std/assert";
import { QuotaWatch } from "../../lib/accounts/quota_watch.ts";
import type { QuotaWindow } from "../../lib/quota/types.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const RESET = NOW + 3_600_000;

/** The window of account 1 that is the fullest. */
type Fullest = Pick<QuotaWindow, "model" | "source" | "used">;

/** What a refusal for the model m says, by the fullest window of 100 requests. */
const CASES: Record<
  string,
  [Fullest, { model: string | undefined; fullUntil: number } | undefined]
> = {
  "a learned window that is nearly full": [
    { source: "learned", used: 80 },
    { model: undefined, fullUntil: RESET },
  ],
  "a learned window of the model": [
    { source: "learned", used: 80, model: "m" },
    { model: "m", fullUntil: RESET },
  ],
  "a learned window with much room": [
    { source: "learned", used: 70 },
    undefined,
  ],
  "a window that is full, as the service says": [
    { source: "header", used: 100 },
    { model: undefined, fullUntil: RESET },
  ],
  "a window with room, as the service says": [
    { source: "header", used: 80 },
    undefined,
  ],
  "a window with room, as the agent says": [
    { source: "agent", used: 80 },
    undefined,
  ],
  "a window that a page names": [{ source: "preset", used: 100 }, undefined],
};

for (const [what, [fullest, expected]] of Object.entries(CASES)) {
  Deno.test(`whatIsFull() explains a refusal by ${what}, or not`, async () => {
    const window = {
      account: 1,
      window: "hour",
      unit: "requests",
      limit: { lo: 100, hi: 100, expected: 100 },
      observedAt: NOW,
      resetsAt: RESET,
      ...fullest,
    } as const;
    const watch = new QuotaWatch({
      threshold: 0.9,
      reserves: [],
      read: () => Promise.resolve({ windows: [window], names: [] }),
      notify: (message) => {
        throw new Error(message);
      },
      system: { now: () => NOW, elapsed: () => 0 },
    });
    await watch.look();
    assertEquals(watch.whatIsFull(1, "m"), expected);
  });
}
