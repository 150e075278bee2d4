import { UNREADABLE } from "../disk/permissions.ts";
import { errorCode, runtime } from "../system/mod.ts";
import { writeAtomic } from "../disk/atomic_write.ts";
import type { Layout } from "../disk/layout.ts";
import { dated } from "../disk/names.ts";
import { readLabels } from "./labels.ts";
import { accountState, NEW_STATE, type State, withLabel } from "./state.ts";
import { formatState, parseState, salvageState } from "./state_yaml.ts";

/** Room for tens of thousands of accounts; we never write a larger file. */
const MAX_STATE_BYTES = 16 * 1024 * 1024;

/** What was found at `state.yaml`. */
export interface LoadedState {
  /** What it says; if it is missing or unusable, what can be recovered. */
  state: State;
  /** Its text, unless it is unusable. */
  text: string | undefined;
  /** Why it is unusable; completes "it ...". */
  problem: string | undefined;
  /** The fields that are ignored, such as "account 2: label is not text". */
  mistakes: readonly string[];
}

/**
 * Reads `state.yaml`; changes nothing. If it is missing or unusable, the state
 * has what can still be read in it, and the labels from their copy.
 */
export async function loadState(layout: Layout): Promise<LoadedState> {
  let bytes: Uint8Array | undefined;
  const mistakes = new Set<string>();
  try {
    bytes = await runtime.files.read(layout.state, MAX_STATE_BYTES);
    if (!bytes) {
      const state = await recover(layout);
      return { state, text: undefined, problem: undefined, mistakes: [] };
    }
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    let state = parseState(text, (mistake) => void mistakes.add(mistake));
    if (mistakes.size > 0) {
      const ignored = [...mistakes].join("\n");
      state = await withKeptLabels(
        layout,
        state,
        (index) =>
          new RegExp(`^account ${index}(?:: label)? is not`, "m").test(ignored),
      );
    }
    return { state, text, problem: undefined, mistakes: [...mistakes] };
  } catch (error) {
    const problem = problemOf(error);
    const state = await recover(layout, bytes);
    return { state, text: undefined, problem, mistakes: [] };
  }
}

async function recover(layout: Layout, bytes?: Uint8Array): Promise<State> {
  const salvaged = bytes && salvageState(new TextDecoder().decode(bytes));
  return await withKeptLabels(layout, { ...NEW_STATE, ...salvaged });
}

/** Takes the labels that are missing from their copy, if the copy `mayHelp`. */
async function withKeptLabels(
  layout: Layout,
  state: State,
  mayHelp: (index: number) => boolean = () => true,
): Promise<State> {
  let labelled = state;
  for (const [index, label] of await readLabels(layout)) {
    const isMissing = accountState(state, index).label === undefined;
    if (isMissing && mayHelp(index)) {
      labelled = withLabel(labelled, index, label);
    }
  }
  return labelled;
}

/**
 * Writes `state.yaml`, unless it says the same already (`text`); returns what
 * it says now. The caller holds the lock.
 */
export async function saveState(
  layout: Layout,
  state: State,
  text?: string,
): Promise<string> {
  const newText = formatState(state);
  if (newText === text) return newText;
  await writeAtomic(layout.state, new TextEncoder().encode(newText));
  return newText;
}

/**
 * Keeps `text`, of a `state.yaml` with fields that are ignored, under a dated
 * name beside it and returns that. The caller holds the lock.
 */
export async function keepStateText(
  layout: Layout,
  text: string,
  now: number,
): Promise<string> {
  const path = nameAside(layout, now);
  await writeAtomic(path, new TextEncoder().encode(text));
  return path;
}

/**
 * Moves an unusable `state.yaml` to a dated name beside it and returns that.
 * The caller holds the lock.
 */
export async function setStateAside(
  layout: Layout,
  now: number,
): Promise<string> {
  const path = nameAside(layout, now);
  await runtime.files.rename(layout.state, path);
  await runtime.files.syncFolder(layout.root);
  return path;
}

function nameAside(layout: Layout, now: number): string {
  return `${layout.state}.set-aside-${dated(now)}`;
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
