import { agentNamed, DEFAULT_AGENT } from "../agents/registry.ts";
import { otherAgent } from "../common_errors.ts";
import { hasCode } from "../errors.ts";
import { readProblem } from "../disk/permissions.ts";
import { errorCode, runtime } from "../system/mod.ts";
import { writeAtomic } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import { dated } from "../disk/names.ts";
import { type KeptNames, readNames } from "./labels.ts";
import { agentIn } from "./state_document.ts";
import {
  accountState,
  NEW_STATE,
  type State,
  withLabel,
  withLogins,
} from "./state.ts";
import { formatPlainState, parsePlainState } from "./state_text.ts";
import type { Wrong } from "./state_values.ts";

/** Room for tens of thousands of accounts; we never write a larger file. */
const MAX_STATE_BYTES = 16 * 1024 * 1024;

/** What was found at `state.yaml`. */
export interface LoadedState {
  /** The state; if the file is missing or unusable, what can be recovered. */
  state: State;
  /** The text of the file; `undefined` if it is missing or unusable. */
  text: string | undefined;
  /** Why it is unusable; completes "it ...". */
  problem: string | undefined;
  /** The fields that are ignored, such as "account 2: label is not text". */
  mistakes: readonly string[];
}

/**
 * Reads `state.yaml`; changes nothing. If the file is missing or unusable, the
 * state has what is still readable, and the labels and the owners of logins from
 * their copy.
 *
 * @throws {FileError} If the accounts belong to another agent.
 */
export async function loadState(layout: Layout): Promise<LoadedState> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await runtime.files.read(layout.state, MAX_STATE_BYTES);
    if (!bytes) {
      const state = await recover(layout);
      return { state, text: undefined, problem: undefined, mistakes: [] };
    }
    const text = decode(bytes);
    await requireAgent(layout, text);
    const mistakes = new Set<string>();
    const state = await parse(text, (mistake) => void mistakes.add(mistake));
    return {
      state: await withLabelsFor(mistakes, state, layout),
      text,
      problem: undefined,
      mistakes: [...mistakes],
    };
  } catch (error) {
    if (hasCode(error, "other-agent")) throw error;
    const problem = readProblem(error);
    const state = await recover(layout, bytes);
    return { state, text: undefined, problem, mistakes: [] };
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError("is not valid UTF-8");
  }
}

/** Restores the labels that were ignored because of `mistakes`. */
async function withLabelsFor(
  mistakes: ReadonlySet<string>,
  state: State,
  layout: Layout,
): Promise<State> {
  if (mistakes.size === 0) return state;
  const names = await readNames(layout);
  return withKeptLabels(
    state,
    names,
    (index) =>
      mistakes.has(`account ${index} is not a mapping`) ||
      mistakes.has(`account ${index}: label is not text`),
  );
}

async function recover(layout: Layout, bytes?: Uint8Array): Promise<State> {
  const text = bytes && new TextDecoder().decode(bytes);
  const salvaged = text && (await loadYaml()).salvageState(text);
  const { program } = layout.agent;
  const extra = program === DEFAULT_AGENT.program ? {} : { agent: program };
  const state = { ...NEW_STATE, ...salvaged, extra };
  const names = await readNames(layout);
  return withKeptOwners(withKeptLabels(state, names), names);
}

/** Restores the owners of logins from their copy, where they are missing. */
function withKeptOwners(state: State, { owners }: KeptNames): State {
  const { plain, managesPlain = false } = state;
  const logins = [...owners].filter(([index]) => {
    const { login, removed } = accountState(state, index);
    return login === undefined && removed === undefined;
  });
  return withLogins(state, { plain, managesPlain, logins: new Map(logins) });
}

/**
 * Checks, before anything is changed, that the accounts belong to the agent of
 * `layout`.
 *
 * @throws {FileError} If they belong to another one.
 */
export async function checkAgent(layout: Layout): Promise<void> {
  try {
    const bytes = await runtime.files.read(layout.state, MAX_STATE_BYTES);
    if (bytes) await requireAgent(layout, new TextDecoder().decode(bytes));
  } catch (error) {
    if (errorCode(error) === undefined) throw error; // else it is reported later
  }
}

/** A damaged file may have lost the name of its agent. */
async function requireAgent(
  { root, agent }: Layout,
  text: string,
): Promise<void> {
  const { program } = DEFAULT_AGENT;
  const named = agentIn(text);
  const found = named ?? program;
  if (found === agent.program) return;
  if (named === undefined && !await isWhole(text)) return;
  const isKnown = agentNamed(found) !== undefined;
  throw otherAgent(root, { found, agent: agent.program, isKnown });
}

async function isWhole(text: string): Promise<boolean> {
  return await parse(text).then(() => true, (error) => {
    if (error instanceof SyntaxError) return false;
    throw error;
  });
}

async function parse(text: string, wrong?: Wrong): Promise<State> {
  return parsePlainState(text, wrong) ??
    (await loadYaml()).parseState(text, wrong);
}

/** Loads the YAML parser only for a file that does not look as we write it. */
async function loadYaml() {
  return await import("./state_yaml.ts");
}

/**
 * Restores missing labels from their copy, for accounts that `mayRestore`
 * accepts.
 */
function withKeptLabels(
  state: State,
  { labels }: KeptNames,
  mayRestore: (index: number) => boolean = () => true,
): State {
  let labeled = state;
  for (const [index, label] of labels) {
    const isMissing = accountState(state, index).label === undefined;
    if (isMissing && mayRestore(index)) {
      labeled = withLabel(labeled, index, label);
    }
  }
  return labeled;
}

/**
 * Writes `state` to `state.yaml`, unless the file already has that `text`.
 * Returns the text of the file. The caller holds the lock.
 */
export async function saveState(
  layout: Layout,
  state: State,
  text?: string,
): Promise<string> {
  const newText = formatPlainState(state) ??
    (await loadYaml()).formatState(state);
  if (newText === text) return newText;
  await writeAtomic(layout.state, new TextEncoder().encode(newText));
  return newText;
}

/**
 * Saves `text`, a `state.yaml` with ignored fields, under a dated name beside
 * the file. Returns the new path. The caller holds the lock.
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
 * Renames an unusable `state.yaml` to a dated name beside it. Returns the new
 * path. The caller holds the lock.
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
