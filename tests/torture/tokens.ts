/** A pair of tokens; the tokens themselves show whose they are. */
export interface Pair {
  /** The account at the service, such as `a1`. */
  owner: string;
  /** How many pairs the account had before this one, from 0. */
  number: number;
}

const REFRESH_TOKEN = /^refresh-([a-z]\d+)-(\d+)$/;

/** Access tokens last an hour. */
const LIFETIME_MS = 60 * 60 * 1_000;

/** The content of the credential file for `pair`, granted now. */
export function formatPair({ owner, number }: Pair): string {
  return JSON.stringify({
    access_token: `access-${owner}-${number}`,
    refresh_token: `refresh-${owner}-${number}`,
    token_type: "Bearer",
    resource_url: "http://127.0.0.1:1/v1",
    expiry_date: Date.now() + LIFETIME_MS,
  });
}

/**
 * Reads a credential file; `undefined` if it is empty, cut short or foreign.
 */
export function parsePair(text: string | undefined): Pair | undefined {
  try {
    const { refresh_token } = JSON.parse(text ?? "");
    const [, owner, number] = REFRESH_TOKEN.exec(refresh_token) ?? [];
    return owner === undefined ? undefined : { owner, number: Number(number) };
  } catch {
    return undefined;
  }
}

/** Names a pair in a report. */
export function namePair({ owner, number }: Pair): string {
  return `${owner}-${number}`;
}
