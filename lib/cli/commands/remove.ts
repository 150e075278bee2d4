import { shellWord } from "../../rotation/examine/mend.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { program } from "../../program.ts";

/** `account-qwen remove N`. */
export const remove = defineCommand({
  name: "remove",
  group: "accounts",
  summary: "Take an account out of use; its login is kept in the stash",
  usage: "<index>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: {},
  examples: [`${program()} remove 2`],
  async run({ findAccount, args: [word = ""], dir, accounts, print }) {
    const index = await findAccount(word);
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
    ? `(. ${file} && printf %s "$OPENAI_API_KEY" | ${program()} add` +
      `${where} --api-key-stdin --base-url "$OPENAI_BASE_URL" --model "$OPENAI_MODEL")`
    : `${program()} add${where} --oauth-file ${file}`;
}
