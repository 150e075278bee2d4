import { parse } from "@std/yaml";

/**
 * Reads the text of a YAML document.
 *
 * @throws {SyntaxError} If it is not YAML, or nested too deep; the message
 * completes "it ...".
 */
export function readYaml(text: string): unknown {
  return checkDepth(parseYaml(text));
}

/** The core schema leaves dates as the text they are. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { schema: "core" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(
      `is not valid YAML (${reason.split("\n")[0]?.replace(/:$/, "")})`,
    );
  }
}

/** We never write a deeper state, and a deeper one grows when it is written. */
const MOST_LEVELS = 64;

/** No `state.yaml` has so many parts; a mapping that contains itself would. */
const MOST_PARTS = 1_000_000;

/**
 * Measures each object once, its parts before itself: aliases make a document
 * look much larger than its text.
 */
function checkDepth(document: unknown): unknown {
  const depths = new Map<unknown, number>();
  const waiting = [document];
  while (waiting.length > 0 && waiting.length < MOST_PARTS) {
    const value = waiting.at(-1);
    const parts = partsOf(value);
    const unmeasured = parts.filter((it) => !depths.has(it));
    if (unmeasured.length > 0 && !depths.has(value)) {
      waiting.push(...unmeasured);
      continue;
    }
    waiting.pop();
    const depth = parts.reduce<number>(
      (deepest, it) => Math.max(deepest, depths.get(it) ?? 0),
      0,
    );
    if (depth >= MOST_LEVELS) throw new SyntaxError("is nested too deep");
    depths.set(value, depth + 1);
  }
  if (waiting.length > 0) throw new SyntaxError("contains itself");
  return document;
}

function partsOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter((it) => typeof it === "object");
}
