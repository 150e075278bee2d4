import { shellWord } from "../../rotation/examine/mend.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { parseIndex } from "../parse_index.ts";

/** `account-qwen remove N`. */
export const remove = defineCommand({
  name: "remove",
  summary: "Take an account out of use; its login is kept in the stash",
  usage: "<index>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: {},
  examples: ["account-qwen remove 2"],
  async run({ args: [word = ""], dir, accounts, print }) {
    const index = parseIndex(word, "remove");
    const { path, active } = await accounts.removeAccount(index);
    print(`account ${index} is removed; its login is kept as ${path}`);
    print(`to bring it back under a new number: ${bringBack(path, dir)}`);
    print(active === undefined ? "no account is active" : `active: ${active}`);
    return EXIT.done;
  },
});

function bringBack(path: string, dir: string | undefined): string {
  const file = shellWord(path);
  const where = dir === undefined ? "" : ` --dir ${shellWord(dir)}`;
  return path.endsWith(".env")
    ? `(. ${file} && printf %s "$OPENAI_API_KEY" | account-qwen add` +
      `${where} --api-key-stdin --base-url "$OPENAI_BASE_URL" --model "$OPENAI_MODEL")`
    : `account-qwen add${where} --oauth-file ${file}`;
}
