/** The `date` header's text, made once a second. RFC 9110 §5.6.7. */

let until = 0;
let text = '';

export function httpDate(): string {
  const now = Date.now();
  if (now >= until) {
    const second = Math.floor(now / 1000) * 1000;
    until = second + 1000;
    text = new Date(second).toUTCString();
  }
  return text;
}
