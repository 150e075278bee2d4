/** When the words of a rule count: with these statuses, or without one. */
export type Guard = (status: number | undefined) => boolean;

/** Without a status, as in a stream that has begun well, or with one of these. */
export function noneOr(...statuses: number[]): Guard {
  return (status) =>
    status === undefined || status === 200 || statuses.includes(status);
}

/** With any status but these. */
export function not(...statuses: number[]): Guard {
  return (status) => status === undefined || !statuses.includes(status);
}

/** A limit that was met; others speak of limits for other reasons. */
export const LIMITED: Guard = noneOr(402, 403, 429, 432, 433, 449, 503);

/** What is wrong with the request itself. */
export const REFUSED: Guard = noneOr(400, 413, 422);

/** What an account may not do, or not have. */
export const OF_ACCOUNT: Guard = noneOr(400, 401, 403, 404, 405, 422, 435, 503);
