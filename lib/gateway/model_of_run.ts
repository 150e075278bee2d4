import type { Verdict } from "../verdict/classify.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import type { Upstream } from "./pool.ts";

/**
 * Returns the model that a verdict of `upstream` concerns. If it is the run's
 * own model, returns the name that the run uses for it.
 */
export function modelOfRun(
  { model }: Verdict,
  { model: asked }: BegunRun,
  upstream: Upstream | undefined,
): string | undefined {
  return asked !== undefined && upstream?.modelFor(asked) === model
    ? asked
    : model;
}
