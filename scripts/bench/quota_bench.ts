/**
 * Measures how well limits are learned, how well their exhaustion is forecast,
 * and whether accounts are left before it: with a simulated service whose limits
 * are hidden. The same scenarios and seed give the same figures.
 *
 * A file of scenarios is `{"scenarios": [...]}`. A scenario has:
 *
 * - `name`; `start`, a time (default 2026-10-05T00:00:00Z, a Monday); `days`
 *   (default 14, at most 35 are kept of a history); `clock` with `zone`,
 *   `weekBegins` and `monthBegins` (default UTC, Monday, the first day).
 * - `windows`: each with `unit` (`requests` or `tokens`), `limit`, `length`
 *   (such as `1m`, `5h`, `24h`, `7d`), `kind` and, if not after its length,
 *   `name`. `kind` is `fixed` (begins at `anchor`, a time or a duration since
 *   the epoch, default 0, and each `length` after it), `sliding`, `first-use`
 *   (begins with the first request after the last one) or `calendar` (named
 *   `day`, `week` or `month`). `model` limits it to one model. `known: false`
 *   keeps even its name and kind from the forecasts (default true: known as the
 *   pages of a service tell it, without the limit). `change` (`{after, limit}`)
 *   is another limit from that time after `start` on.
 * - `traffic`: each with `perHour` (requests), `model` (default `model-a`),
 *   `tokens` of a request (default 4000, with the logarithmic deviation
 *   `tokenSpread`, default 0.5), `night` (`{from, to, factor}`, hours in UTC),
 *   `weekend` (a factor), `bursts` (`{perDay, length, factor}`, at random) and
 *   `drift` (the logarithmic deviation of the level of a day).
 * - `unseen`: the share of the traffic of each account, from 0 to below 1, that
 *   we do not see (default 0). `headers`: whether each reply tells the windows.
 *   `resets`: whether a refusal tells the reset. `retry`: how long a client
 *   waits after a refusal that does not (default `5m`).
 * - `accounts` (default 1): with more than one, a run with so many times the
 *   traffic leaves each account at 90 % of a limit.
 *
 * Forecasts are made with one account at 20, 40, 60 and 80 % of the time from
 * the begin of a window to its first refusal, if that is at least five minutes
 * ahead, after three windows that ended with a refusal. The error is |p50 -
 * actual| / (actual - time of the forecast); a forecast that names no time
 * counts as one for the end of the window (of a sliding window, one length
 * ahead), and an unknown one as infinite. The column "oracle" is the error of a
 * forecast that knows the limit, all that was used, the patterns of the traffic,
 * the level of the day and a burst that has begun: what it misses by is noise of
 * the future.
 *
 * @module
 */

import {
  medianOf,
  scoreForecasts,
  type WindowScore,
} from "./quota_forecasts.ts";
import { type RotationScore, scoreRotation } from "./quota_rotation.ts";
import { parseScenarios, type Scenario } from "./quota_scenario.ts";

/** The share of a limit at which accounts are left. */
const THRESHOLD = 0.9;

/** The most of the traffic that we may not see for a small error. */
const FEW_UNSEEN = 0.1;

/** The median error that is wanted where we see most of the traffic. */
const MOST_ERROR = 0.1;

/** The share of forecasts whose p90 must not be too early. */
const LEAST_COVERAGE = 0.85;

/** The result of a scenario. */
export interface ScenarioScore {
  name: string;
  /** The share of the traffic that we do not see. */
  unseen: number;
  windows: WindowScore[];
  /** The median error of all its forecasts; `null` if there are none. */
  medianError: number | null;
  /** The share of all its forecasts whose p90 is not too early. */
  coverage: number | null;
  /** @default it has one account */
  rotation?: RotationScore;
  /** The goals that it misses. */
  misses: string[];
}

/** Measures all scenarios of a file. */
export async function benchQuota(
  text: string,
  seed: number,
): Promise<ScenarioScore[]> {
  const scores: ScenarioScore[] = [];
  for (const [index, it] of parseScenarios(text).entries()) {
    scores.push(await scoreScenario(it, seed + 1_000 * index));
  }
  return scores;
}

async function scoreScenario(
  scenario: Scenario,
  seed: number,
): Promise<ScenarioScore> {
  const { name, unseen, accounts } = scenario;
  const { windows, errors, isCovered } = scoreForecasts(scenario, seed);
  const rotation = accounts > 1
    ? await scoreRotation(scenario, { seed, threshold: THRESHOLD })
    : undefined;
  const medianError = errors.length === 0 ? null : medianOf(errors);
  const coverage = isCovered.length === 0
    ? null
    : isCovered.filter((it) => it).length / isCovered.length;
  const misses: string[] = [];
  if (
    medianError !== null && unseen <= FEW_UNSEEN && !(medianError < MOST_ERROR)
  ) misses.push("error");
  if (coverage !== null && coverage < LEAST_COVERAGE) misses.push("coverage");
  if (rotation && rotation.mostRefusalsInWindow > 1) misses.push("refusals");
  if (rotation && rotation.clientRefusals > 0) misses.push("client");
  if (rotation && rotation.flaps > 0) misses.push("flapping");
  return {
    ...{ name, unseen, windows, medianError, coverage, misses },
    ...(rotation ? { rotation } : {}),
  };
}

/** Formats the results as tables in Markdown. */
export function formatQuota(scores: readonly ScenarioScore[]): string {
  const percent = (it: number | null) =>
    it === null || Number.isNaN(it) ? "-" : `${(it * 100).toFixed(1)} %`;
  const forecasts = scores.flatMap(({ name, unseen, windows }) =>
    windows.map((it) =>
      `| ${
        [
          name,
          `${it.window} ${it.unit}${it.model ? ` ${it.model}` : ""}`,
          percent(unseen),
          String(it.forecasts),
          percent(it.medianError),
          percent(it.medianErrorOfOracle),
          percent(it.coverage),
          percent(it.limitInside),
          percent(it.limitWidth),
        ].join(" | ")
      } |`
    )
  );
  const rotations = scores.flatMap(({ name, rotation: it }) =>
    it
      ? [
        `| ${
          [
            name,
            it.accounts,
            it.requests,
            it.switches,
            it.mostRefusalsInWindow,
            percent(it.windowsRefused),
            it.clientRefusals,
            it.flaps,
            it.exhausted,
          ].join(" | ")
        } |`,
      ]
      : []
  );
  return [
    "| scenario | window | unseen | forecasts | median error | oracle | p90 covers | limit inside | width |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...forecasts,
    "",
    "| scenario | accounts | requests | switches | most refusals in a window | windows refused | seen by clients | flaps | all exhausted |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rotations,
  ].join("\n");
}
