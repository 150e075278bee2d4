/**
 * Words and flags of the help that depend on the chosen agent: whether its logins
 * are on the link, in a folder of each account, or nowhere.
 *
 * @module
 */

import type { Agent } from "../../agents/agent.ts";
import { chosenAgent } from "../../agents/registry.ts";
import type { Flags } from "./command.ts";

/** Returns the usual folder with the accounts, below `~`. */
export function accountsFolder(): string {
  const { homes, login } = chosenAgent();
  return login ? homes.name : `${homes.name}/accounts`;
}

/** Returns the address of an API; some agents add its version themselves. */
export function exampleAddress(): string {
  const [{ baseUrl }] = chosenAgent().keys.presets;
  return `https://api.example.com${baseUrl.endsWith("/v1") ? "/v1" : ""}`;
}

/** Returns what can be imported. */
export function importable(word: "and" | "or" = "and"): string {
  const { homes, login } = chosenAgent();
  return login || homes.login ? `keys ${word} logins` : "keys";
}

/**
 * Returns the summary of what works only with logins on the link, which
 * account-qwen itself refreshes, or why it does not work.
 */
export function withLogins(summary: string): string {
  const { homes, login, program } = chosenAgent();
  if (login) return summary;
  return homes.login
    ? `Not for ${program}, which keeps its logins itself`
    : `Not for ${program}: its accounts have API keys`;
}

/**
 * Returns `flags` if the chosen agent has them. Otherwise they are not declared,
 * and a command gets `undefined` for each.
 */
export function flagsIf<const F extends Flags>(isThere: boolean, flags: F): F {
  return (isThere ? flags : {}) as F;
}

/** Returns the summary of what works with logins on the link and in folders. */
export function withKeptLogins(summary: string): string {
  return chosenAgent().homes.login ? summary : withLogins(summary);
}

const FLAG = /^--?[A-Za-z][\w-]*(?:=|$)/;

/**
 * Returns the arguments of the agent that the words after `--` mean: one word or
 * sentence is a prompt, and the agent parses anything else.
 */
export function toAgentArgs(
  agent: Agent,
  args: readonly string[],
): readonly string[] {
  const [first] = args;
  const isPrompt = args.length === 1 && first && !FLAG.test(first);
  return isPrompt ? agent.promptArgs(first) : args;
}

/** The flag of the commands that move a login in a folder. */
export function forceFlag() {
  return flagsIf(chosenAgent().homes.login !== undefined, {
    force: {
      type: "boolean",
      summary: "Move the login although it is in use (this may end it)",
    },
  });
}
