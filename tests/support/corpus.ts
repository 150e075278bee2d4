import type { ApiError } from "../../lib/verdict/api_error.ts";
import type { Evidence } from "../../lib/verdict/signal.ts";
import type { SessionFormat } from "../../lib/agents/session_format.ts";
import { parseSessionLine } from "../../lib/agents/qwen/session_log.ts";
import { CHECKOUT } from "./checkout.ts";

/** A captured run of a real agent. */
export interface CapturedRun {
  /** Its output and its end. */
  evidence: Evidence;
  /** The text of its session log, if the version wrote one. */
  log: string | undefined;
}

/**
 * Reads the run `tests/testdata/<corpus>/<version>/<case>`. If it was ended by a
 * signal, its time was up.
 */
export async function readCapturedRun(
  name: string,
  corpus = "corpus",
): Promise<CapturedRun> {
  const folder = `${CHECKOUT}/tests/testdata/${corpus}/${name}`;
  const [exit = "", stdout = "", stderr = ""] = await Promise.all(
    ["exit", "stdout", "stderr"].map((it) =>
      Deno.readTextFile(`${folder}/${it}`)
    ),
  );
  const timedOut = /^(?:signal:|143$)/.test(exit.trim());
  return {
    evidence: {
      exitCode: timedOut ? 143 : Number(exit),
      timedOut,
      stdout,
      stderr,
    },
    log: await readIfThere(`${folder}/chat.jsonl`),
  };
}

/** The errors in the text of a session log after the last answer. */
export function errorsAfterLastAnswer(
  log: string,
  parseLine: SessionFormat["parseLine"] = parseSessionLine,
): ApiError[] {
  let errors: ApiError[] = [];
  for (const line of log.split("\n")) {
    const event = parseLine(line);
    if (event?.kind === "answer") errors = [];
    if (event?.kind === "error") errors.push(event.error);
  }
  return errors;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
