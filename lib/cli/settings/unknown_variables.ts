import type { Notify } from "../../system/system.ts";
import { nearest } from "../line/nearest.ts";
import { SETTING_NAMES } from "../../settings.ts";
import { settingVariable } from "../../setting_lookup.ts";

const PREFIX = "ACCOUNT_QWEN_";

/** Our variables that are not settings. */
const OTHERS = [
  "DEPTH",
  "DIR",
  "OAUTH_URL",
  "RELEASES",
  "RUN",
  "RUN_DIRS",
  "RUN_HOME",
  "RUN_KIND",
  "RUN_NODE_OPTIONS",
].map((it) => `${PREFIX}${it}`);

/**
 * Reports, in one line, each variable in `env` that is spelled almost like one
 * of ours, because it has no effect. Other variables may belong to the user.
 */
export function reportUnknownVariables(
  env: Readonly<Record<string, string>>,
  notify: Notify,
): void {
  const names = Object.keys(env).filter((it) => /^ACCOUNT_?QWEN_/i.test(it));
  if (names.length === 0) return;
  const settings = SETTING_NAMES.map(settingVariable);
  const known = new Set([...settings, ...OTHERS]);
  const candidates = [...settings, `${PREFIX}DIR`].map(withoutPrefix);
  const unknown = names.filter((it) => !known.has(it)).toSorted();
  const guesses = unknown.flatMap((name) => {
    const guess = nearest(withoutPrefix(name), candidates);
    return guess === undefined
      ? []
      : [`${name} (did you mean ${PREFIX}${guess}?)`];
  });
  if (guesses.length > 0) {
    notify(`ignored in the environment: ${guesses.join(", ")}`);
  }
}

function withoutPrefix(name: string): string {
  return name.replace(/^ACCOUNT_?QWEN_/i, "");
}
