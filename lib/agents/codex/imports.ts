import {
  describeProfile,
  folderOfCcs,
  foldersOfClaudeSwap,
  type LoginImports,
  type LoginStore,
  storesOfCaam,
  type UserHome,
} from "../login_store.ts";
import { parseLoginJson } from "../home_login.ts";
import { recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";

/** The logins that other programs keep for `codex`, as whole `auth.json` files. */
export const imports: LoginImports = {
  stores,
  decode: (bytes) => bytes,
  refreshToken(bytes) {
    const { tokens } = parseLoginJson(bytes);
    return textOf(recordOf(tokens).refresh_token) || undefined;
  },
};

/**
 * Returns the stores. Each program but ccs also copies one of its logins to the
 * home of `codex`, and some copy it back before they replace it.
 */
function stores(user: UserHome): LoginStore[] {
  const home = user.env.CODEX_HOME?.replace(/\/+$/, "") ||
    `${user.home}/.codex`;
  return [
    // A file for each account; the name is an id or an address, or its base64.
    // `auth.json.bak.*` beside it are earlier contents of the home's file.
    // Source: Loongphy/codex-auth, `src/registry/common.zig`
    // (`accountAuthPath`, `accountFileKey`) and `docs/implement.md`.
    {
      program: "codex-auth",
      files: `${home}/accounts/*.auth.json`,
      isHome: false,
    },
    ...storesOfCaam(user, {
      tool: "codex",
      file: "auth.json",
      homes: ["codex_home"],
    }),
    // A home for each account, without copies.
    // Source: kaitranntt/ccs, the documentation of `ccsx auth`.
    {
      program: "ccs",
      files: `${folderOfCcs(user)}/codex-instances/*/auth.json`,
      isHome: true,
      describe: describeProfile,
    },
    // Later versions keep logins of codex too; the name is the key of the account.
    // Source: realiti4/claude-swap, `src/claude_swap/codex/{paths,store}.py`.
    ...foldersOfClaudeSwap(user).map((it) => ({
      program: "claude-swap",
      files: `${it}/codex/credentials/*.json`,
      isHome: false,
    })),
  ];
}
