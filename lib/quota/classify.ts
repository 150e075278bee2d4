import { errorBanner, type Evidence, meaningfulLines } from "./evidence.ts";
import { redact } from "./redact.ts";
import { findLoginSignal, findQuotaSignal } from "./signal.ts";
import { parseStructuredOutput } from "./structured_output.ts";

/** What a run came to. */
export type VerdictKind =
  /** It answered. */
  | "ok"
  /** The account is out of quota: another one may do it. */
  | "quota"
  /** The login is dead: the prompt was never sent. */
  | "login"
  /** Its time was up. */
  | "timeout"
  /** Anything else went wrong. */
  | "failed";

/** What a run came to, and why. */
export interface Verdict {
  /** What it came to. */
  kind: VerdictKind;
  /** The words that it rests on, one line without secrets. */
  evidence: string;
}

/** How to decide. */
export interface ClassifyOptions {
  /** What says "out of quota" in an error. @default DEFAULT_QUOTA_PATTERNS */
  quotaPatterns?: readonly string[] | undefined;
}

/** The verdicts that an error can lead to, in the order they are asked for. */
const RULES: readonly {
  kind: VerdictKind;
  find: (lines: readonly string[], options: ClassifyOptions) =>
    | string
    | undefined;
}[] = [
  { kind: "login", find: findLoginSignal },
  {
    kind: "quota",
    find: (lines, { quotaPatterns }) => findQuotaSignal(lines, quotaPatterns),
  },
];

/**
 * Decides what a run came to. Nothing is looked for in the answer of a good
 * run; errors that end with code 0 are known by their form alone.
 */
export function classify(
  evidence: Evidence,
  options: ClassifyOptions = {},
): Verdict {
  const { exitCode, timedOut, stdout } = evidence;
  const result = parseStructuredOutput(stdout);
  const lines = meaningfulLines(evidence.stderr);
  const banner = errorBanner(lines);
  const failed = exitCode !== 0 || timedOut ||
    (result ? result.failed : banner.length > 0);
  if (!failed) return { kind: "ok", evidence: "" };
  const errors = [
    ...(result?.failed ? result.message.split("\n") : []),
    ...(exitCode === 0 && !timedOut ? banner : lines),
    ...(result ? [] : errorBanner(stdout.split("\n"))),
  ];
  for (const { kind, find } of RULES) {
    const line = find(errors, options);
    if (line !== undefined) return { kind, evidence: redact(line) };
  }
  return timedOut ? { kind: "timeout", evidence: redact(errors[0] ?? "") } : {
    kind: "failed",
    evidence: redact(errors[0] ?? `exit code ${exitCode}`),
  };
}
