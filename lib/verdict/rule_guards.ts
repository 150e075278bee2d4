/** Decides by the status whether the words of a rule count. */
export type Guard = (status: number | undefined) => boolean;

/** Accepts these statuses, 200, and none, as in a stream that began well. */
export function noneOr(...statuses: number[]): Guard {
  return (status) =>
    status === undefined || status === 200 || statuses.includes(status);
}

/** Accepts any status except these. */
export function not(...statuses: number[]): Guard {
  return (status) => status === undefined || !statuses.includes(status);
}

/** Statuses of a reached limit; with others, a limit has another meaning. */
export const LIMITED: Guard = noneOr(402, 403, 429, 432, 433, 449, 503);

/** Statuses of an invalid request. */
export const REFUSED: Guard = noneOr(400, 413, 422);

/** Statuses for something that the account may not use or does not have. */
export const OF_ACCOUNT: Guard = noneOr(400, 401, 403, 404, 405, 422, 435, 503);
