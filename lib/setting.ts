import type { Backoffs } from "./verdict/policy.ts";
import type { VerdictRule } from "./verdict/user_rules.ts";

/** The declaration of a setting. */
export interface Setting {
  /** What its value is; a duration is a number of milliseconds in the code. */
  type:
    | "choice"
    | "number"
    | "duration"
    | "percent"
    | "switch"
    | "text"
    | "texts";
  /** The words of a `choice`. */
  words?: readonly string[];
  /** The default, as the user would write it. @default none */
  default?: string;
  /** The default of `texts`. @default none */
  defaults?: readonly string[];
  /** The value of the flag if it is given without one. @default it needs one */
  bare?: string;
  /** Whether a `duration` may be 0. @default false */
  mayBeZero?: boolean;
  /** The longest `duration`, as the user would write it. @default unlimited */
  most?: string;
  /** What each of its `texts` must look like. @default anything */
  form?: {
    is: (text: string) => boolean;
    name: string;
    /** A text that is valid, for a hint. @default the name has some */
    example?: string;
  };
  /** The key in the file. @default the name with `_` instead of `-` */
  key?: string;
  /** The heading in the help of `exec`. */
  group: string;
  /** The word for the value in the help; a `switch` has none. */
  value?: string;
  /** What a shell offers for the value. @default the `words` */
  offers?: "programs";
  /** What it does, without a period and without the default. */
  summary: string;
}

/** The settings with parts, which only `account-qwen.yaml` can have. */
export interface FileSettings {
  /** What errors mean, before the built-in rules. @default none */
  rules: readonly VerdictRule[];
  /** How waits grow, by the verdict. @default as the other settings say */
  backoffs: Backoffs;
}

/** The value of a setting by its declaration. */
export type Value<S> = S extends { words: readonly (infer Word)[] } ? Word
  : S extends { type: "number" | "duration" | "percent" } ? number
  : S extends { type: "switch" } ? boolean
  : S extends { type: "texts" } ? readonly string[]
  : string;

/** A name with `-` or `_` in camel case. */
export type CamelCase<Text extends string> = Text extends
  `${infer Head}${"-" | "_"}${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;
