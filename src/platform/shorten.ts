/** Cuts a list to `length`. Setting an array's length is a call into V8's C++, also where it changes nothing; `pop` is compiled. */
export function shorten(list: unknown[], length: number): void {
  while (list.length > length) list.pop();
}
