import { assert } from "@std/assert";
import { formatState, parseState } from "../../../lib/ledger/state_yaml.ts";

const DEPTH = 1_000;

const NESTED: Record<string, string> = {
  "lists": `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`,
  "mappings": `${"{a: ".repeat(DEPTH)}1${"}".repeat(DEPTH)}`,
};

for (const [what, nested] of Object.entries(NESTED)) {
  Deno.test(`formatState() writes less than 100 times what parseState() read when ${what} are nested`, () => {
    const text = `deep: ${nested}\n`;
    const written = rewritten(text);
    assert(written.length < 100 * text.length, `${written.length} characters`);
  });
}

/** The formatted state of `text`; empty if it is refused. */
function rewritten(text: string): string {
  try {
    return formatState(parseState(text));
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}
