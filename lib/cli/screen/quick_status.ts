import { chooseNext } from "../../accounts/overview.ts";
import { standingOf } from "../../accounts/standing.ts";
import { runtime } from "../../system/mod.ts";
import {
  AS_WRITTEN,
  MAX_ENV_FILE_BYTES,
  parseAsWritten,
} from "../../agents/env_file.ts";
import { findLayout, type Layout } from "../../disk/layout.ts";
import { basename } from "../../disk/names.ts";
import { keySlotIndex, keySlotPath, slotIndex } from "../../disk/slot_names.ts";
import { parsePlainYaml } from "../../ledger/plain_yaml.ts";
import { accountState } from "../../ledger/state.ts";
import { stateOf } from "../../ledger/state_document.ts";
import { configPath, settingVariable } from "../settings/setting_flags.ts";
import { formatShort } from "./status_short.ts";

/** What `status --short` says. */
export interface ShortStatus {
  /** The line. */
  line: string;
  /** Whether an account is ready. */
  isReady: boolean;
}

/** How many slots are read at the same time, at most. */
const MOST_ACCOUNTS = 100;

/** A larger state takes too long to read, bytes. */
const MAX_STATE_BYTES = 256 * 1024;

/**
 * Says what `status --short` says, for a shell prompt, which waits for it: only
 * of accounts with keys whose files are as we write them, and with the default
 * strategy. `undefined` for all others, which take some milliseconds more.
 *
 * No file is asked for that is not there: the error would take a millisecond.
 */
export async function readShort(
  options: { dir: string | undefined },
): Promise<ShortStatus | undefined> {
  const { files, host } = runtime;
  const layout = findLayout(options);
  if (host.variable(settingVariable("strategy"))) return undefined;
  const names = await files.list(layout.root);
  if (names.includes(basename(configPath(layout.root)))) return undefined;
  if (!names.includes(basename(layout.state))) return undefined;
  const slots = await files.list(layout.accounts);
  if (slots.some((it) => slotIndex(it) !== undefined)) return undefined;
  const keys = slots.map(keySlotIndex).filter((it) => it !== undefined)
    .sort((a, b) => a - b);
  if (keys.length === 0 || keys.length > MOST_ACCOUNTS) return undefined;
  const [state, ...areUsual] = await Promise.all([
    readState(layout),
    ...keys.map((it) => isUsual(layout, it)),
  ]);
  if (!state || areUsual.includes(false)) return undefined;

  const { activeKey } = state;
  const active = keys.find((it) => it === activeKey) ?? state.currentIndex;
  const doubtful = new Set<number>();
  const snapshot = { slots: [], keys, state, doubtful, active };
  const now = Date.now();
  const accounts = keys.map((index) => ({
    index,
    label: accountState(state, index).label,
    ...standingOf(snapshot, index, { now }),
  }));
  const choice = chooseNext(snapshot, accounts, { now });
  const line = formatShort({ accounts, ...choice }, now);
  return { line, isReady: choice.next !== undefined };
}

/** Whether the slot of account `index` is certainly valid. */
async function isUsual(layout: Layout, index: number): Promise<boolean> {
  const path = keySlotPath(layout, index);
  const info = await runtime.files.info(path);
  if (info?.kind !== "file" || info.uid !== runtime.host.uid) return false;
  if (info.size > MAX_ENV_FILE_BYTES) return false;
  const bytes = await runtime.files.read(path, MAX_ENV_FILE_BYTES);
  const text = new TextDecoder().decode(bytes);
  if (!AS_WRITTEN.test(text)) return false;
  const key = parseAsWritten(text);
  return /^[!-~]+$/.test(key.OPENAI_API_KEY ?? "") &&
    /^https:\/\/[\w.-]+(?::\d+)?\/[\w./-]*$/.test(key.OPENAI_BASE_URL ?? "") &&
    /^[\w./:-]+$/.test(key.OPENAI_MODEL ?? "");
}

/** `undefined` where only a reader of all YAML, or the full command, will do. */
async function readState(layout: Layout) {
  try {
    const bytes = await runtime.files.read(layout.state, MAX_STATE_BYTES);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const document = parsePlainYaml(text);
    return document && stateOf(document, (mistake) => {
      throw new SyntaxError(mistake);
    });
  } catch {
    return undefined; // the full command reports the problem
  }
}
