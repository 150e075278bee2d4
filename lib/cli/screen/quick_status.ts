import type { Account } from "../../accounts/account.ts";
import { chooseNext, type Overview } from "../../accounts/overview.ts";
import { standingOf } from "../../accounts/standing.ts";
import { DEFAULT_AGENT } from "../../agents/registry.ts";
import { runtime } from "../../system/mod.ts";
import {
  AS_WRITTEN,
  MAX_ENV_FILE_BYTES,
  parseAsWritten,
} from "../../agents/env_file.ts";
import { findLayout, type Layout } from "../../disk/layout.ts";
import {
  basename,
  folderIndex,
  keySlotIndex,
  keySlotPath,
  slotIndex,
} from "../../disk/names.ts";
import { parsePlainYaml } from "../../ledger/plain_yaml.ts";
import { accountState } from "../../ledger/state.ts";
import { agentIn, stateOf } from "../../ledger/state_document.ts";
import { configPath } from "../../settings.ts";
import { settingVariable } from "../../setting_lookup.ts";
import { soon } from "./time.ts";

/** The most slots to read at the same time. */
const MOST_ACCOUNTS = 100;

/** The largest state to read, bytes; a larger one takes too long. */
const MAX_STATE_BYTES = 256 * 1024;

/** Nobody can eavesdrop on what is sent there. */
const USUAL_URL =
  /^(?:https:\/\/[\w.-]+|http:\/\/127\.0\.0\.1)(?::\d+)?\/[\w./-]*$/;

/**
 * Answers `status --short` fast, because a shell prompt waits for it: returns
 * the line, and whether an account is ready. Works only if every account has a
 * key, all files look as we write them, and the strategy is the default. Returns
 * `undefined` otherwise; the full command takes some milliseconds more.
 *
 * Lists the folders first, because the error for a missing file takes a
 * millisecond.
 */
export async function readShort(
  options: { dir: string | undefined },
): Promise<{ line: string; isReady: boolean } | undefined> {
  const { files, host } = runtime;
  const layout = findLayout(options);
  if (host.variable(settingVariable("strategy"))) return undefined;
  const names = await files.list(layout.root);
  if (names.includes(basename(configPath(layout.root)))) return undefined;
  if (!names.includes(basename(layout.state))) return undefined;
  const slots = await files.list(layout.accounts);
  if (slots.some((it) => slotIndex(it) ?? folderIndex(it))) return undefined;
  const keys = slots.map(keySlotIndex).filter((it) => it !== undefined)
    .sort((a, b) => a - b);
  if (keys.length === 0 || keys.length > MOST_ACCOUNTS) return undefined;
  const [state, ...areUsual] = await Promise.all([
    readState(layout),
    ...keys.map((it) => isUsual(layout, it)),
  ]);
  if (!state || areUsual.includes(false)) return undefined;
  if (state.pins?.size) return undefined;

  const { activeKey } = state;
  const active = keys.find((it) => it === activeKey) ?? state.currentIndex;
  const doubtful = new Set<number>();
  const snapshot = { layout, slots: [], keys, state, doubtful, active };
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
  const { apiKey, baseUrl, model } = layout.agent.keys.names;
  return /^[!-~]+$/.test(key[apiKey] ?? "") &&
    USUAL_URL.test(key[baseUrl] ?? "") &&
    /^[\w./:-]+$/.test(key[model] ?? "");
}

/** Returns `undefined` if it takes a full YAML parser, or the full command. */
async function readState(layout: Layout) {
  try {
    const bytes = await runtime.files.read(layout.state, MAX_STATE_BYTES);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const program = agentIn(text) ?? DEFAULT_AGENT.program;
    if (program !== layout.agent.program) return undefined;
    const document = parsePlainYaml(text);
    return document && stateOf(document, (mistake) => {
      throw new SyntaxError(mistake);
    });
  } catch {
    return undefined; // the full command reports the problem
  }
}

/**
 * Formats one line for a shell prompt: `work 2/5` is the next account and how
 * many accounts are ready; `none 16:00` is when the first one will be ready.
 */
export function formatShort(
  { accounts, next, readyAt }: Pick<Overview, "next" | "readyAt"> & {
    accounts: readonly Pick<Account, "index" | "label" | "state">[];
  },
  now: number,
): string {
  if (!next) {
    return readyAt === undefined ? "none" : `none ${soon(readyAt, now)}`;
  }
  const ready = accounts.filter((it) => it.state === "ready").length;
  const name = accounts.find((it) => it.index === next.index)?.label;
  return `${name ?? next.index} ${ready}/${accounts.length}`;
}
