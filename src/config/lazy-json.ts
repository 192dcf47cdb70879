/** JSON of which parts are made when they are printed, so that of a large text neither the work is done nor the memory taken at once. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject | LazyJson;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export class LazyJson {
  /** Of what it stands for: its field `name`, '' when it has none. */
  readonly name: string;
  private readonly make: () => JsonObject;

  constructor(name: string, make: () => JsonObject) {
    this.name = name;
    this.make = make;
  }

  /** Made anew each time: nothing is kept. */
  get value(): JsonObject {
    return this.make();
  }
}

/** What a value is, lazy or not. */
export function made<T extends Json | undefined>(value: T): Exclude<T, LazyJson> | JsonObject {
  return value instanceof LazyJson ? value.value : (value as Exclude<T, LazyJson>);
}
