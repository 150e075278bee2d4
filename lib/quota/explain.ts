import {
  type Countable,
  type CountedWindow,
  usedAt,
} from "./counted_window.ts";
import type { Closed } from "./pace.ts";
import { MINUTE_MS, type RefusalSample } from "./traffic_series.ts";

/** How full a window must be, against its fullest, to explain a refusal. */
const LEAST_FULLNESS = 0.5;

/** Windows whose fullness differs by less explain a refusal equally well. */
const SAME_FULLNESS = 0.02;

/** A named reset this close to the end of a window belongs to it. */
const SAME_RESET_MS = 2 * MINUTE_MS;

/** Refusals of a plan that has changed agree to within this share. */
const SAME_LIMIT = 0.2;

/** How many refusals in a row show that the plan has changed. */
const LEAST_AGREEING = 2;

/**
 * Returns for each window the refusals that it explains. A limit is reached
 * where a window is as full as it ever was, since no window was fuller than its
 * limit; and a window is not the reason if the account answered before it ended,
 * or refused after that. If a plan changes, its window was fuller before, or is
 * fuller later: refusals in a row that agree on another limit are explained too.
 */
export function explain(
  windows: readonly CountedWindow[],
): Map<CountedWindow, RefusalSample[]> {
  const explained = new Map<CountedWindow, RefusalSample[]>(
    windows.map((it) => [it, []]),
  );
  // The same refusal may be a sample of a model and of all models.
  const reasons = Map.groupBy(
    windows.flatMap((window) =>
      window.samples.map((sample) => ({ sample, window }))
    ),
    ({ sample }) => keyOf(sample),
  );
  const fullest = new Map(windows.map((it) => [
    it,
    it.peaks.reduce((most, { used }) => Math.max(most, used), 1),
  ]));
  const known = new Set<string>();
  for (const [key, them] of reasons) {
    const mayBe = them.map((it) => it.window);
    const reason = reasonFor(them[0]!.sample, { mayBe, fullest });
    // Each window knows the sample as that of its own traffic.
    const own = reason?.samples.find((it) => keyOf(it) === key);
    if (!reason || !own) continue;
    explained.get(reason)?.push(own);
    known.add(key);
  }
  // The shortest window that explains the rest, as above.
  const byLength = windows.toSorted((a, b) =>
    a.window.lengthMs - b.window.lengthMs
  );
  for (const window of byLength) {
    const rest = window.samples.filter((it) => !known.has(keyOf(it)));
    const added = ofOtherPlans(window, rest);
    if (added.length === 0) continue;
    for (const it of added) known.add(keyOf(it));
    explained.set(
      window,
      [...explained.get(window) ?? [], ...added]
        .sort((a, b) => a.first.at - b.first.at),
    );
  }
  return explained;
}

function keyOf({ first: { at, model } }: RefusalSample): string {
  return `${at} ${model}`;
}

/**
 * Returns those of `samples` that agree on a limit with the one before or after,
 * and at which the window was at least as full as at any time before, or since.
 */
function ofOtherPlans(
  window: CountedWindow,
  samples: readonly RefusalSample[],
): RefusalSample[] {
  if (samples.length < LEAST_AGREEING) return [];
  const { peaks } = window;
  const full = samples.flatMap((sample) => {
    const used = usedAt(window, sample.first.at);
    if (!used || !isPossible(window, sample)) return [];
    const mostOf = (those: typeof peaks) =>
      those.reduce((most, it) => Math.max(most, it.used), used.middle);
    const before = peaks.filter((it) => it.at <= sample.first.at);
    const most = Math.min(mostOf(before), mostOf(peaks.slice(before.length)));
    return used.high >= (1 - SAME_LIMIT) * most
      ? [{ sample, used: used.middle }]
      : [];
  });
  const agrees = (one: number, other: number | undefined) =>
    other !== undefined &&
    Math.abs(one - other) <= SAME_LIMIT * Math.max(one, other);
  return full.filter(({ used }, index) =>
    used > 0 && (agrees(used, full[index - 1]?.used) ||
      agrees(used, full[index + 1]?.used))
  ).map((it) => it.sample);
}

function reasonFor(sample: RefusalSample, { mayBe, fullest }: {
  mayBe: readonly CountedWindow[];
  fullest: ReadonlyMap<CountedWindow, number>;
}): CountedWindow | undefined {
  const { at, resetsAt } = sample.first;
  const possible = mayBe.filter((it) => isPossible(it, sample)).map((it) => ({
    window: it,
    fullness: (usedAt(it, at)?.high ?? 0) / (fullest.get(it) ?? 1),
  })).filter((it) => it.fullness >= LEAST_FULLNESS);
  const named = resetsAt === undefined ? [] : possible.filter(({ window }) => {
    const end = window.spanAt(at)?.end ?? NaN;
    return window.window.kind !== "sliding" &&
      Math.abs(end - resetsAt) <= SAME_RESET_MS;
  });
  const among = named.length > 0 ? named : possible;
  const most = Math.max(...among.map((it) => Math.min(it.fullness, 1)));
  return among.filter((it) => it.fullness >= most - SAME_FULLNESS)
    .sort((a, b) => a.window.window.lengthMs - b.window.window.lengthMs)[0]
    ?.window;
}

/** A window that slides still refuses if it holds this share of the limit. */
const STILL_FULL = 0.75;

/** Whether what came after the refusal agrees with the end of the window. */
export function isPossible(
  counted: Countable,
  { first, lastAt, answeredAt }: RefusalSample,
): boolean {
  const { spanAt, window } = counted;
  const span = spanAt(first.at);
  if (!span) return false;
  if (window.kind === "sliding") {
    if (lastAt - first.at > window.lengthMs + MINUTE_MS) return false;
    if (lastAt - first.at <= MINUTE_MS) return true;
    // It forgets what it holds, and answers again soon.
    const full = usedAt(counted, first.at)?.middle ?? 0;
    return (usedAt(counted, lastAt)?.high ?? 0) >= STILL_FULL * full;
  }
  // Minutes do not tell whether an answer was before or after the end.
  const answeredEarly = answeredAt !== undefined &&
    answeredAt + MINUTE_MS <= span.end;
  return !answeredEarly && lastAt <= span.end + MINUTE_MS;
}

/** Refusals closer together than this share of a window are one, see below. */
const SAME_TIME = 0.05;

/**
 * Returns when the account was refused by this window, or by one that lasts
 * longer. A shorter window interrupts the traffic again and again, which is part
 * of its pace, and that of another model does not interrupt it. A sliding window
 * that is full serves a request now and then: the account is refused all that
 * time.
 */
export function closedFor(
  counted: CountedWindow,
  explained: ReadonlyMap<CountedWindow, readonly RefusalSample[]>,
): Closed[] {
  return [...explained].filter(([it]) =>
    it.window.lengthMs >= counted.window.lengthMs &&
    (it.model === undefined || it.model === counted.model)
  ).flatMap(([by, samples]) =>
    samples.flatMap((sample, index): Closed[] => {
      const { first, answeredAt } = sample;
      const next = samples[index + 1]?.first.at;
      const isSame = answeredAt !== undefined && next !== undefined &&
        next - answeredAt <= SAME_TIME * by.window.lengthMs;
      return [
        { from: first.at, to: openAt(by, sample) },
        ...(isSame ? [{ from: answeredAt, to: next }] : []),
      ];
    })
  );
}

/**
 * How long a client may wait after a refusal before it asks again. One that waits
 * longer does not show when the window ended.
 */
export const LONGEST_WAIT_MS: number = 30 * MINUTE_MS;

/**
 * Returns when the window answers again after a refusal, also if nobody asks
 * then, such as at night; `undefined` if it did not yet.
 */
function openAt(
  { window: { kind, lengthMs }, series, spanAt }: CountedWindow,
  { first, lastAt, answeredAt }: RefusalSample,
): number | undefined {
  const oldest = series.at[series.indexAt(lastAt - lengthMs)] ?? lastAt;
  const end = kind === "sliding"
    ? Math.max(oldest + lengthMs + MINUTE_MS, lastAt)
    : spanAt(first.at)?.end;
  if (end === undefined || answeredAt === undefined) return answeredAt ?? end;
  return answeredAt - end <= LONGEST_WAIT_MS ? answeredAt : end;
}
