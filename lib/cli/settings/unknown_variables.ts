import type { Notify } from "../../system/system.ts";
import { nearest } from "../line/nearest.ts";
import { SETTING_NAMES, settingVariable } from "./setting_flags.ts";

const PREFIX = "ACCOUNT_QWEN_";

/** Those that are no settings. */
const OTHERS = [
  "DEPTH",
  "DIR",
  "OAUTH_URL",
  "RELEASES",
  "RUN",
  "RUN_HOME",
  "RUN_KIND",
  "RUN_NODE_OPTIONS",
].map((it) => `${PREFIX}${it}`);

/**
 * Tells of each variable in `env` that is spelled almost like one of ours, in
 * one line: it has no effect. Others may be the user's own.
 */
export function tellOfUnknownVariables(
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
