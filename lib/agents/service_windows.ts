/**
 * The windows that services document, with the pages that say so. A number that
 * no page gives is left out.
 *
 * @module
 */

import type { ServiceWindow } from "../verdict/service.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const CODING_PLAN =
  "https://www.alibabacloud.com/help/en/model-studio/coding-plan";

/**
 * Those of the plans Lite and Pro, in this order. Five hours slide, a week
 * begins on Monday at 00:00 UTC+8, and a month on the day of the subscription,
 * which we do not know.
 */
export const CODING_PLAN_WINDOWS: readonly ServiceWindow[] = [
  {
    name: "5h",
    unit: "requests",
    kind: "sliding",
    lengthMs: 5 * HOUR_MS,
    limits: [1_200, 6_000],
    source: CODING_PLAN,
  },
  {
    name: "week",
    unit: "requests",
    kind: "calendar",
    lengthMs: 7 * DAY_MS,
    limits: [9_000, 45_000],
    source: CODING_PLAN,
  },
  {
    name: "month",
    unit: "requests",
    kind: "calendar",
    lengthMs: 31 * DAY_MS,
    limits: [18_000, 90_000],
    source: CODING_PLAN,
  },
];

const MODEL_STUDIO =
  "https://www.alibabacloud.com/help/en/model-studio/rate-limit";

/** Each model has limits of its own, which differ between accounts. */
export const MINUTE_WINDOWS: readonly ServiceWindow[] =
  (["requests", "tokens"] as const).map((unit) => ({
    name: "minute",
    unit,
    kind: "sliding",
    lengthMs: MINUTE_MS,
    perModel: true,
    source: MODEL_STUDIO,
  }));

/** The limit of each model differs; that of all models together does not. */
export const MODELSCOPE_WINDOWS: readonly ServiceWindow[] = [{
  name: "day",
  unit: "requests",
  kind: "calendar",
  lengthMs: DAY_MS,
  limits: [2_000],
  source: "https://docs.cherry-ai.com/en-us/pre-basic/providers/modelscope",
}];

const OPENROUTER = "https://openrouter.ai/docs/api-reference/limits";

/** Those of free models: a day allows more after credits were bought. */
export const OPENROUTER_WINDOWS: readonly ServiceWindow[] = [
  {
    name: "minute",
    unit: "requests",
    kind: "sliding",
    lengthMs: MINUTE_MS,
    limits: [20],
    modelSuffix: ":free",
    source: OPENROUTER,
  },
  {
    name: "day",
    unit: "requests",
    kind: "calendar",
    lengthMs: DAY_MS,
    limits: [50, 1_000],
    modelSuffix: ":free",
    source: OPENROUTER,
  },
];
