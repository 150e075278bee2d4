/**
 * Returns a function that runs actions one after another in call order. A
 * failed action does not stop later ones.
 */
export function inTurn(): <T>(action: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const turn = last.then(action);
    last = turn.catch(() => {});
    return turn;
  };
}
