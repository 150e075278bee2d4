import { errorCode, runtime } from "../runtime/mod.ts";
import { writeAtomic } from "./atomic_write.ts";
import { UNREADABLE } from "./credential_file.ts";
import type { Layout } from "./layout.ts";
import { dated } from "./names.ts";
import { readLabels } from "./labels.ts";
import { accountState, NEW_STATE, type State, withLabel } from "./state.ts";
import { formatState, parseState, salvageState } from "./state_yaml.ts";

/** Room for tens of thousands of accounts; more is no state of ours. */
const MAX_STATE_BYTES = 16 * 1024 * 1024;

/** What was found at `state.yaml`. */
export interface LoadedState {
  /** What it says; what can be recovered where it is missing or of no use. */
  state: State;
  /** Its text, where it is of use. */
  text: string | undefined;
  /** Why it is of no use; completes "it ...". */
  problem: string | undefined;
}

/**
 * Reads `state.yaml`; changes nothing. Where it is missing or of no use, the
 * state has what can still be read in it, and the labels from their copy.
 */
export async function loadState(layout: Layout): Promise<LoadedState> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await runtime.files.read(layout.state, MAX_STATE_BYTES);
    if (!bytes) {
      const state = await recover(layout);
      return { state, text: undefined, problem: undefined };
    }
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { state: parseState(text), text, problem: undefined };
  } catch (error) {
    const problem = problemOf(error);
    const state = await recover(layout, bytes);
    return { state, text: undefined, problem };
  }
}

async function recover(layout: Layout, bytes?: Uint8Array): Promise<State> {
  const salvaged = bytes && salvageState(new TextDecoder().decode(bytes));
  let state: State = { ...NEW_STATE, ...salvaged };
  for (const [index, label] of await readLabels(layout)) {
    if (accountState(state, index).label !== undefined) continue;
    state = withLabel(state, index, label);
  }
  return state;
}

/**
 * Writes `state.yaml`, unless it says the same already (`text`). The caller
 * holds the lock.
 */
export async function saveState(
  layout: Layout,
  state: State,
  text?: string,
): Promise<void> {
  const newText = formatState(state);
  if (newText === text) return;
  await writeAtomic(layout.state, new TextEncoder().encode(newText));
}

/**
 * Moves a `state.yaml` of no use to a dated name beside it and returns that.
 * The caller holds the lock.
 */
export async function setStateAside(
  layout: Layout,
  now: number,
): Promise<string> {
  const path = `${layout.state}.set-aside-${dated(now)}`;
  await runtime.files.rename(layout.state, path);
  await runtime.files.syncFolder(layout.root);
  return path;
}

function problemOf(error: unknown): string {
  if (error instanceof SyntaxError) return error.message;
  if (error instanceof TypeError) return "is not valid UTF-8";
  if (errorCode(error) === "EACCES") return UNREADABLE;
  if (errorCode(error) === "EFBIG") return "is too large";
  if (errorCode(error) === "EISDIR") return "is a folder";
  if (errorCode(error) === "EINVAL") return "is not a file";
  if (errorCode(error) === "ELOOP") return "is a link to itself";
  throw error;
}
