/** All tokens since one login of an account. */
export interface Family {
  /** The account at the service, such as `anna`. */
  owner: string;
  /** The number of the login, counted over all accounts from 1. */
  login: number;
  /** The number of the newest pair of tokens, from 0. */
  newest: number;
  /** Whether no token of it counts any more. */
  revoked: boolean;
}

/** What a login or a refresh grants. */
export interface Granted {
  /** The family. */
  family: Family;
  /** The access token: a JWT for codex, opaque for claude. */
  access: string;
  /** The identity token, a JWT. */
  identity: string;
  /** The refresh token. */
  refresh: string;
  /** How long the access token lives, in seconds. */
  expiresInS: number;
}

/** A refresh token that was sent twice. */
export interface SpentTwice {
  /** The refresh token, such as `refresh-anna-1-0`. */
  token: string;
  /** The actors that sent it, the first one first. */
  actors: string[];
}

/** What a refresh token says. The tokens of a test hold no secret. */
export interface TokenName {
  /** The account at the service. */
  owner: string;
  /** The number of the login. */
  login: number;
  /** The number of the pair. */
  number: number;
}

const TOKEN = /(?:refresh|access)-([a-z]+)-(\d+)-(\d+)/;

/** Reads a token, or the text of a file with one; `undefined` without one. */
export function nameOf(text: string): TokenName | undefined {
  const [, owner, login, number] = TOKEN.exec(text) ?? [];
  if (owner === undefined) return undefined;
  return { owner, login: Number(login), number: Number(number) };
}

/** What the service knows of all logins. */
export class TokenBook {
  /** The families, by the number of the login. */
  readonly families = new Map<number, Family>();
  /** The refresh tokens that were sent twice, oldest first. */
  readonly spentTwice: SpentTwice[] = [];
  /** How many refreshes were granted. */
  refreshes = 0;
  /** Returns how long the next access token lives. @default an hour */
  lifetimeS: () => number = () => 3_600;

  readonly #spent = new Map<string, string>();

  /** Starts a family, as a login in a browser does. */
  login(owner: string): Granted {
    const login = this.families.size + 1;
    const family = { owner, login, newest: 0, revoked: false };
    this.families.set(login, family);
    return this.#grant(family);
  }

  /** Grants the next pair; for a spent token, revokes the family. */
  refresh(token: string, actor: string): Granted | undefined {
    const family = this.familyOf(token);
    if (!family) return undefined;
    const first = this.#spent.get(token);
    if (first !== undefined) {
      this.spentTwice.push({ token, actors: [first, actor] });
      family.revoked = true;
    }
    if (family.revoked) return undefined;
    this.#spent.set(token, actor);
    this.refreshes++;
    family.newest++;
    return this.#grant(family);
  }

  /** Revokes the family of `token`, as a logout does. */
  revoke(token: string): void {
    const family = this.familyOf(token);
    if (family) family.revoked = true;
  }

  /**
   * Whether an access token counts. That of claude does not after a refresh.
   */
  isValid(access: string, { agent }: { agent: string }): boolean {
    const payload = payloadOf(access);
    const family = this.familyOf(access);
    const name = nameOf(payload);
    if (!family || !name || family.revoked) return false;
    if (agent !== "codex" && name.number < family.newest) return false;
    return JSON.parse(payload).exp * 1_000 > Date.now();
  }

  /** Returns the family of a token, of either kind. */
  familyOf(token: string): Family | undefined {
    const name = nameOf(token) ?? nameOf(payloadOf(token));
    return name && this.families.get(name.login);
  }

  #grant(family: Family): Granted {
    const { owner, login, newest } = family;
    const name = `${owner}-${login}-${newest}`;
    const expiresInS = this.lifetimeS();
    return {
      family,
      access: jwtOf({
        exp: Math.floor(Date.now() / 1_000) + expiresInS,
        jti: `access-${name}`,
      }),
      identity: jwtOf({
        email: `${owner}@example.com`,
        "https://api.openai.com/auth": {
          chatgpt_account_id: "workspace-1",
          chatgpt_user_id: owner,
          chatgpt_plan_type: "plus",
        },
      }),
      refresh: `refresh-${name}`,
      expiresInS,
    };
  }
}

function jwtOf(claims: unknown): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part({ alg: "none" })}.${part(claims)}.${part("signature")}`;
}

function payloadOf(token: string): string {
  const [, payload] = token.split(".");
  if (payload === undefined) return "";
  const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
  return new TextDecoder().decode(bytes);
}
