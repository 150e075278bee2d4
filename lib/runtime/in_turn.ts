/**
 * Returns a function that runs actions one after the other, in the order in
 * which it is called; a failure of one does not stop those behind it.
 */
export function inTurn(): <T>(action: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const turn = last.then(action);
    last = turn.catch(() => {});
    return turn;
  };
}
