/**
 * A thing that throws when something it does not have is asked of it: product code cannot lean on a part of Electron that
 * the double only seems to have.
 */
export function strict<T extends object>(name: string, thing: T): T {
  return new Proxy(thing, {
    get(target, key, receiver) {
      // `then` is asked of whatever is awaited, `toJSON` of whatever is printed.
      if (typeof key === "symbol" || key in target || key === "then" || key === "toJSON") {
        return Reflect.get(target, key, receiver) as unknown;
      }
      throw new Error(`the double has no ${name}.${key}`);
    },
  });
}

/** Names and parameters as in electron.d.ts; what a member returns may be a double itself. */
export type PieceOf<T> = {
  [K in keyof T]?: T[K] extends (...args: infer A) => unknown ? (...args: A) => unknown : unknown;
};

/** Members that a double class has and Electron's has not, those of EventEmitter and those that begin with `_` apart. */
export type Invented<D, T> = Exclude<keyof D, keyof T | keyof NodeJS.EventEmitter | `_${string}`>;
export type None<T extends never> = T;
