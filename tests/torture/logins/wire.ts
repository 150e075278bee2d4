/** The name of the header in which a fake says which actor started it. */
export const ACTOR_HEADER = "x-torture-actor";

/** The name of the header in which a fake says who logs in. */
export const OWNER_HEADER = "x-torture-owner";
