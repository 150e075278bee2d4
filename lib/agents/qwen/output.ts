import type { OutputFormat, OutputSign } from "../formats.ts";
import { classify } from "./classify_run.ts";
import { parseErrorText } from "./error_text.ts";
import { toolsIn } from "../stdout_tools.ts";

/** What the output of `qwen` means. */
export const output: OutputFormat = { classify, readLine, toolsIn };

/** The title of the box with the page to log in at, 0.7.1 to 0.24.4. */
const LOGIN_TITLE = "Qwen OAuth Device Authorization";

/** What 0.24.4 prints before it waits. */
const RETRYING = /^Retrying in (\d{1,6})s \(attempt (\d+)\//;

function readLine(line: string): OutputSign | undefined {
  if (line.includes(LOGIN_TITLE)) return { kind: "login" };
  if (!line.startsWith("Retrying in ")) return undefined;
  const [, seconds = 0, retry = 0] = RETRYING.exec(line) ?? [];
  return {
    kind: "retry",
    error: parseErrorText(line, "stderr"),
    afterMs: Number(seconds) * 1_000,
    retry: Number(retry),
  };
}
