import type { Json, Settings } from "./settings_format.ts";

/** A larger file is not a settings file. */
export const MAX_SETTINGS_BYTES = 1024 * 1024;

/**
 * Parses settings of the agent, which may have comments.
 *
 * @throws {SyntaxError} If they are not a JSON object; the message completes
 * "it ..." and quotes nothing from the file.
 */
export function parseSettings(bytes: Uint8Array): Settings {
  let value: Json;
  try {
    value = JSON.parse(withoutComments(new TextDecoder().decode(bytes)));
  } catch {
    throw new SyntaxError("is not valid JSON");
  }
  if (isSettings(value)) return value;
  throw new SyntaxError("is not a JSON object");
}

/** Merges two settings; `over` overrides `under` at every depth. */
export function mergeSettings(under: Settings, over: Settings): Settings {
  const merged: Record<string, Json | undefined> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const before = merged[name];
    merged[name] = isSettings(before) && isSettings(value)
      ? mergeSettings(before, value)
      : value;
  }
  return merged;
}

function isSettings(value: Json | undefined): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Replaces each comment with a space, except inside quotes. A quote or comment
 * that is not closed extends to the end of the text; searching for the next one
 * after each of them could take hours.
 */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\]|\\[^])*(?:"|\\?$))|\/\/[^\r\n]*|\/\*[^]*?(?:\*\/|$)/g,
    (_, quoted: string | undefined) => quoted ?? " ",
  );
}
