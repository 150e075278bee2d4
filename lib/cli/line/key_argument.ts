import { chosenAgent } from "../../agents/registry.ts";
import { UsageError } from "./usage_error.ts";
import { agentInvocation } from "../../program.ts";

/** How the keys of known services begin, and an access token (a JWT). */
const KEY = /^(?:sk-|gsk_|hf_|ms-[\da-f]{8}-|AIza|eyJ)[\w.-]{8,}$/;

/** Only letters and digits, and longer than the name of an account. */
const OPAQUE = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z\d]{32,}$/;

/** Flags that other programs have for a key. */
const KEY_FLAG =
  /^--?(?:[a-z]+[-_])?(?:api[-_]?key|key|(?:access[-_]|auth[-_])?token|secret)(?:=|$)/i;

/**
 * Refuses a command line with an API key in it. `words` are its own arguments,
 * without those for the agent. The error does not repeat the key.
 *
 * @throws {UsageError} If a word looks like a key, or is a flag for one.
 */
export function refuseKeys(words: readonly string[]): void {
  const isKey = words.some((word, at) =>
    KEY_FLAG.test(word) && !isWithoutValue(word, words[at + 1]) ||
    word.replace(/^-+/, "").split("=").some((it) =>
      KEY.test(it) || OPAQUE.test(it)
    )
  );
  if (!isKey) return;
  const { presets: [usual], forOneRun: { secrets: [variable] } } =
    chosenAgent().keys;
  const hint = words.includes("exec")
    ? `${variable}=$(cat key.txt) ${agentInvocation()} exec -- 'Say hello'`
    : `cat key.txt | ${agentInvocation()} add --preset ${usual.name} --api-key-stdin`;
  throw new UsageError(
    "An API key on the command line can be read by others, and stays in the " +
      "history of the shell",
    hint,
  );
}

/** Whether the word is our own flag, which makes us read a token from stdin. */
function isWithoutValue(word: string, next: string | undefined): boolean {
  return word === "--token" && (next === undefined || next.startsWith("-"));
}
