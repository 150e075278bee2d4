import type { Notify } from "../system.ts";
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
  const candidates = [...settings, `${PREFIX}DIR`];
  const unknown = names.filter((it) => !known.has(it)).toSorted();
  const guesses = unknown.flatMap((name) => {
    const guess = candidates.find((it) => isNear(name.toUpperCase(), it));
    return guess === undefined ? [] : [`${name} (did you mean ${guess}?)`];
  });
  if (guesses.length > 0) {
    notify(`ignored in the environment: ${guesses.join(", ")}`);
  }
}

/** Whether two names differ in no more than one letter of three. */
function isNear(name: string, other: string): boolean {
  const [a, b] = [name, other].map((it) => it.replace(/^ACCOUNT_?QWEN_/, ""));
  if (a === undefined || b === undefined) return false;
  return distance(a, b) <=
    (b.length > 3 ? Math.max(2, Math.floor(b.length / 3)) : 1);
}

/** How many letters to add, remove or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (const [at, letter] of [...a].entries()) {
    const next = [at + 1];
    for (let to = 1; to <= b.length; to++) {
      const same = row[to - 1] ?? 0;
      const changed = Math.min(same, row[to] ?? 0, next[to - 1] ?? 0) + 1;
      next.push(letter === b[to - 1] ? same : changed);
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
