import { parse } from "@std/yaml";
import type { Layout } from "../disk/layout.ts";
import { configPath, MAX_CONFIG_BYTES } from "../settings.ts";
import { runtime } from "../system/mod.ts";
import {
  NOTIFY_KEY,
  type NotifySettings,
  readNotifySettings,
} from "./targets.ts";

/**
 * Reads the targets in the settings of the accounts in `layout`. The commands
 * that need the settings report what is wrong with them.
 *
 * @throws {SyntaxError} If the section, or the file, is not valid.
 */
export async function loadNotifySettings(
  layout: Pick<Layout, "root">,
  { mustExist = false }: {
    /** Whether a missing or empty file is not valid. @default false */
    mustExist?: boolean;
  } = {},
): Promise<NotifySettings> {
  const bytes = await runtime.files.read(
    configPath(layout.root),
    MAX_CONFIG_BYTES,
  );
  const text = new TextDecoder().decode(bytes);
  if (mustExist && text.trim() === "") {
    throw new SyntaxError("account-qwen.yaml is missing or empty");
  }
  const document = parseYaml(text);
  const section = typeof document === "object" && document !== null
    ? Reflect.get(document, NOTIFY_KEY)
    : undefined;
  return readNotifySettings(
    section,
    (problem) => new SyntaxError(`${NOTIFY_KEY}: ${problem}`),
  );
}

/** Parses YAML. The message of the parser would quote the text. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { schema: "core" });
  } catch {
    throw new SyntaxError("account-qwen.yaml is not valid YAML");
  }
}
