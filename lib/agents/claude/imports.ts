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
import { maskEmail } from "../identity.ts";
import { recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";

/** The logins that other programs keep for `claude`. */
export const imports: LoginImports = {
  stores,
  decode,
  refreshToken(bytes) {
    const { claudeAiOauth } = parseLoginJson(bytes);
    return textOf(recordOf(claudeAiOauth).refreshToken) || undefined;
  },
};

/**
 * Returns the stores. claude-swap and caam also copy one of their logins to the
 * home of `claude`. On macOS they use the keychain, which we do not read.
 */
function stores(user: UserHome): LoginStore[] {
  return [
    // A file for each account, `.creds-2-anna@example.com.enc`: the file of the
    // agent in base64. `.enc.prev` is an earlier content of it.
    // Source: realiti4/claude-swap, `src/claude_swap/credentials.py`
    // (`_backup_enc_path`, `_read_account_credentials_direct`).
    // `cswap run` uses a home for each account, `sessions/2-anna_example.com`,
    // which then has the newer login.
    // Source: `src/claude_swap/session.py` (`session_dir_for`).
    ...foldersOfClaudeSwap(user).flatMap((it) => [
      {
        program: "claude-swap",
        files: `${it}/credentials/.creds-*.enc`,
        isHome: false,
        describe: (name: string) => maskEmail(name.replace(/^\d+-/, "")),
      },
      {
        program: "claude-swap",
        files: `${it}/sessions/*/.credentials.json`,
        isHome: true,
      },
    ]),
    ...storesOfCaam(user, {
      tool: "claude",
      file: ".credentials.json",
      homes: ["xdg_config/claude-code", "home/.claude"],
    }),
    // A home for each account, without copies.
    // Source: kaitranntt/ccs, `src/management/instance-manager.ts`
    // (`instancesDir`) and `instance-directory.ts`.
    {
      program: "ccs",
      files: `${folderOfCcs(user)}/instances/*/.credentials.json`,
      isHome: true,
      describe: describeProfile,
    },
  ];
}

/** Undoes base64, which never contains the brace that a JSON object begins with. */
function decode(bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(bytes).trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return bytes;
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return bytes;
  }
}
