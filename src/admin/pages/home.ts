/** /: a page of links; forms with a button for what changes the server. Plain HTML, no script. */
import { type Endpoint, endpoints, type Param } from '../endpoints.ts';
import { type AdminResponse, html } from '../respond.ts';

const STYLE = `
body { font: medium sans-serif; margin: 1.5em; }
table { border-collapse: collapse; }
td { padding: 4px 12px 4px 4px; vertical-align: top; }
tr:nth-child(even) { background: #eee; }
form { margin: 0; }
label { display: block; padding-top: 3px; font-size: small; }
`;

const escapeHtml = (s: string): string => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function field(p: Param): string {
  const name = escapeHtml(p.name);
  const title = escapeHtml(p.description);
  if (p.choices !== undefined) {
    const options = p.choices.map((c) => `<option value="${c}">${c}</option>`).join('');
    return `<label title="${title}"><select name="${name}">${options}</select> ${name}</label>`;
  }
  const type = p.kind === 'flag' ? 'type="checkbox" value=""' : 'type="text"';
  return `<label title="${title}"><input ${type} name="${name}"> ${name}</label>`;
}

function command(e: Endpoint): string {
  const target = e.path.slice(1);
  const params = (e.params ?? []).map(field).join('');
  if (!e.mutates && params === '') return `<a href="${target}">${target}</a>`;
  const method = e.mutates ? 'post' : 'get';
  return `<form action="${target}" method="${method}"><button>${target}</button>${params}</form>`;
}

export function page(): AdminResponse {
  const rows = endpoints()
    .filter((e) => e.path !== '/')
    .map((e) => `<tr><td>${command(e)}</td><td>${escapeHtml(e.description)}</td></tr>\n`);
  return html(
    `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Envoy Admin</title>\n` +
      `<link rel="icon" href="data:,">\n<style>${STYLE}</style>\n</head>\n<body>\n<table>\n${rows.join('')}</table>\n` +
      `</body>\n</html>\n`,
  );
}
