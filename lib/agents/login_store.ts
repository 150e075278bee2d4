import { maskEmail } from "./identity.ts";

/** The logins that other programs keep for an agent, several for each. */
export interface LoginImports {
  /** Returns the places where they may be; most of them do not exist. */
  stores(user: UserHome): readonly LoginStore[];
  /** Returns what the agent would read, of a file in a store. */
  decode(bytes: Uint8Array): Uint8Array;
  /**
   * Returns the refresh token in a file of the agent, a secret; `undefined` if it
   * has none. Two files with the same one have the same login.
   */
  refreshToken(bytes: Uint8Array): string | undefined;
}

/** Where another program keeps logins for the agent. */
export interface LoginStore {
  /** The program, such as `caam`. */
  program: string;
  /** Its files, with one `*` for the name of each login; an absolute path. */
  files: string;
  /** Whether the folder of each file is a home in which the agent runs. */
  isHome: boolean;
  /** Returns what the name of a login says about it, masked. @default nothing */
  describe?(name: string): string;
}

/** What the places of a user depend on. */
export interface UserHome {
  /** The home folder of the user, without a last slash. */
  home: string;
  /** The environment. */
  env: Readonly<Record<string, string>>;
}

/** Returns the folder for the data of programs, by the rules of XDG. */
function dataFolder({ home, env }: UserHome): string {
  const { XDG_DATA_HOME = "" } = env;
  return XDG_DATA_HOME.startsWith("/")
    ? XDG_DATA_HOME.replace(/\/+$/, "")
    : `${home}/.local/share`;
}

/** Returns the name of a profile, which may be an email address; masks that. */
export function describeProfile(name: string): string {
  return name.includes("@") ? maskEmail(name) : name;
}

/**
 * Returns where caam keeps the logins for the agent `tool`. Its vault has copies:
 * `activate` copies one to the place of the agent. An isolated profile has homes
 * of its own, in which `caam exec` runs the agent; `files` are those with logins.
 * On macOS, logins of some agents are in the keychain instead, which we do not
 * read.
 *
 * Source: Dicklesworthstone/coding_agent_account_manager,
 * `internal/authfile/authfile.go` (`DefaultVaultPath`, `BackupPath`) and
 * `internal/profile/profile.go` (`DefaultStorePath`, `CodexHomePath`).
 */
export function storesOfCaam(
  user: UserHome,
  { tool, file, homes }: {
    tool: string;
    file: string;
    homes: readonly string[];
  },
): LoginStore[] {
  const { CAAM_HOME } = user.env;
  const data = CAAM_HOME ? `${CAAM_HOME}/data` : `${dataFolder(user)}/caam`;
  const common = { program: "caam", describe: describeProfile };
  return [
    { ...common, files: `${data}/vault/${tool}/*/${file}`, isHome: false },
    ...homes.map((home) => ({
      ...common,
      files: `${data}/profiles/${tool}/*/${home}/${file}`,
      isHome: true,
    })),
  ];
}

/**
 * Returns the folders in which claude-swap keeps its files: by the rules of XDG
 * on Linux; in the home of the user on macOS, and in its first versions.
 *
 * Source: realiti4/claude-swap, `src/claude_swap/paths.py` (`get_backup_root`,
 * `get_legacy_backup_root`).
 */
export function foldersOfClaudeSwap(user: UserHome): string[] {
  return [
    `${dataFolder(user)}/claude-swap`,
    `${user.home}/.claude-swap-backup`,
  ];
}

/**
 * Returns the folder of ccs.
 *
 * Source: kaitranntt/ccs, `src/utils/config-manager.ts` (`getCcsDir`).
 */
export function folderOfCcs({ home, env }: UserHome): string {
  const { CCS_DIR, CCS_HOME } = env;
  return CCS_DIR || `${CCS_HOME || home}/.ccs`;
}
