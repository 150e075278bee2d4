import type { AgentName } from "./programs.ts";

/** Something that a program does to its login. */
export interface Case {
  /** The agent. */
  agent: AgentName;
  /** Its version. */
  version: string;
  /** The arguments; `URL` stands for the origin of the service. */
  args: readonly string[];
  /** What it reads from stdin. @default nothing */
  input?: string;
  /** Whether the login must be refreshed before it is used. */
  isDue?: boolean;
  /** The status with which the service refuses each refresh. */
  refuse?: number;
  /** The program logs in with a token of its environment. */
  withToken?: boolean;
  /** Whether the real program can be had here. @default true */
  isReal?: boolean;
  /** The steps that matter. */
  steps: readonly string[];
}

/** The file of account 1 of codex. */
export const SLOT = ".codex/accounts/1/auth.json";
/** The file of claude. */
export const STORED = ".claude/.credentials.json";
const OWNER = ".claude/.oauth_refresh.lock.owner";
const KEY = "sk-proj-0123456789";
const FLOW = [
  "request /api/accounts/deviceauth/token",
  "request /oauth/token",
];
const EXEC = ["exec", "--skip-git-repo-check", "hi"];
const WITH_KEY = ["login", "--with-api-key"];
const WITH_DEVICE = [
  "login",
  "--device-auth",
  "--experimental_issuer",
  "URL",
];

/** A new file beside `path`, renamed to it. */
function replaced(path: string, temporary: string): string[] {
  return [
    `create ${temporary}`,
    `write ${temporary}`,
    `sync ${temporary}`,
    `rename ${temporary} ${path}`,
  ];
}

const LOCKED = ["lock .codex/auth.lock", `lock ${SLOT}.lock`];
const REPLACED_SLOT = replaced(SLOT, ".codex/accounts/1/.auth-*");
const IN_PLACE = ["truncate .codex/auth.json", `write ${SLOT}`];
const STORING = [
  "lock .claude/.storage-write.lock",
  ...replaced(STORED, `${STORED}.tmp.*`),
  "unlock .claude/.storage-write.lock",
];
const REFRESHING = [
  "lock .claude/.oauth_refresh.lock",
  "lock .claude.lock",
  `create ${OWNER}.tmp.*`,
  `write ${OWNER}.tmp.*`,
  `rename ${OWNER}.tmp.* ${OWNER}`,
  `read ${STORED}`,
  "request /v1/oauth/token",
  ...STORING,
  `unlink ${OWNER}`,
  "unlock .claude.lock",
  "unlock .claude/.oauth_refresh.lock",
];

const CODEX = { agent: "codex", version: "0.171.0" } as const;
const OLD_CODEX = { agent: "codex", version: "0.100.0" } as const;
const CLAUDE = { agent: "claude", version: "2.1.332" } as const;
const OLD_CLAUDE = { agent: "claude", version: "2.0.77" } as const;

/** What each program does, by its name for the test. */
export const CASES: Readonly<Record<string, Case>> = {
  "a refresh is sent before any lock, and its file put beside the link's target":
    {
      ...CODEX,
      args: EXEC,
      isDue: true,
      steps: [
        "read .codex/auth.json",
        "request /codex/token",
        "lock .codex/auth.lock",
        "read .codex/auth.json",
        `lock ${SLOT}.lock`,
        "read .codex/auth.json",
        ...REPLACED_SLOT,
      ],
    },
  "a login with a key writes beside the link's target": {
    ...CODEX,
    args: WITH_KEY,
    input: KEY,
    steps: [...LOCKED, ...REPLACED_SLOT],
  },
  "a login first revokes the old one and removes the link": {
    ...CODEX,
    args: WITH_DEVICE,
    steps: [
      "read .codex/auth.json",
      "request /codex/revoke",
      ...LOCKED,
      "unlink .codex/auth.json",
      ...FLOW,
      "lock .codex/auth.lock",
      "lock .codex/auth.json.lock",
      ...replaced(".codex/auth.json", ".codex/.auth-*"),
    ],
  },
  "a logout revokes, and removes the link": {
    ...CODEX,
    args: ["logout"],
    steps: [
      "read .codex/auth.json",
      "request /codex/revoke",
      ...LOCKED,
      "unlink .codex/auth.json",
    ],
  },
  "a refresh takes no lock, and is written through the link": {
    ...OLD_CODEX,
    args: EXEC,
    isDue: true,
    steps: [
      "read .codex/auth.json",
      "request /codex/token",
      "read .codex/auth.json",
      ...IN_PLACE,
    ],
  },
  "a login with a key writes through the link": {
    ...OLD_CODEX,
    args: WITH_KEY,
    input: KEY,
    steps: IN_PLACE,
  },
  "a login revokes nothing, and writes through the link": {
    ...OLD_CODEX,
    args: WITH_DEVICE,
    steps: [...FLOW, ...IN_PLACE],
  },
  "a logout removes the link only": {
    ...OLD_CODEX,
    args: ["logout"],
    steps: ["unlink .codex/auth.json"],
  },
  "a refresh is sent under two locks, after the file is read again": {
    ...CLAUDE,
    args: ["-p", "hi"],
    isDue: true,
    steps: REFRESHING,
  },
  "a refused refresh is written as a login without tokens": {
    ...CLAUDE,
    args: ["-p", "hi"],
    isDue: true,
    refuse: 400,
    steps: REFRESHING,
  },
  "a login removes the old one from the file before it is written": {
    ...CLAUDE,
    args: ["auth", "login"],
    withToken: true,
    steps: ["request /v1/oauth/token", ...STORING, ...STORING],
  },
  "a logout revokes, and removes the file": {
    ...CLAUDE,
    args: ["auth", "logout"],
    steps: [
      "request /v1/oauth/token/revoke",
      "lock .claude/.storage-write.lock",
      `unlink ${STORED}`,
      "unlock .claude/.storage-write.lock",
    ],
  },
  "a refresh is sent under one lock, and written in place": {
    ...OLD_CLAUDE,
    args: ["-p", "hi"],
    isDue: true,
    isReal: false,
    steps: [
      "lock .claude.lock",
      `read ${STORED}`,
      "request /v1/oauth/token",
      `truncate ${STORED}`,
      `write ${STORED}`,
      "unlock .claude.lock",
    ],
  },
};
