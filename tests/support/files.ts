import { type Files, runtime } from "../../lib/system/mod.ts";

/** Lets some steps on files be others until disposed of. */
export function replaceFiles(
  change: (real: Files) => Partial<Files>,
): Disposable {
  const real = runtime.files;
  runtime.files = { ...real, ...change(real) };
  return {
    [Symbol.dispose]: () => {
      runtime.files = real;
    },
  };
}

/** Lets the file system be of either kind. */
export const FILE_SYSTEMS = {
  "that can swap names": (): Disposable => replaceFiles(() => ({})),
  "that cannot swap names": (): Disposable =>
    replaceFiles(() => ({ exchange: () => Promise.resolve(false) })),
};

/** Lets a step fail as on a full disk. */
export function failing(step: keyof Files): Disposable {
  return replaceFiles(() => ({ [step]: () => Promise.reject(noSpace()) }));
}

/** The failure of a write on a full disk. */
export function noSpace(): Error {
  const message = "No space left on device";
  return Object.assign(new Error(message), { code: "ENOSPC" });
}
