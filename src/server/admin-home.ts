/** The page at `/`: every command with its parameters, as links and forms. */
import { type AdminEndpoint, type AdminParam, HTML } from "./admin-endpoint.ts";
import { byPath } from "./admin-help.ts";

const STYLE = `body { font-family: sans-serif; margin: 2em auto; max-width: 70em; }
table { border-collapse: collapse; width: 100%; }
td { padding: 6px; text-align: left; vertical-align: top; }
tr.command { border-top: 1px solid #ccc; }
td.option { padding-left: 24px; text-align: right; }
form { margin: 0; }`;

export function homeEndpoint(all: () => readonly AdminEndpoint[]): AdminEndpoint {
  return { path: "/", help: "Admin home page", answer: () => ({ status: 200, type: HTML, body: page(all()) }) };
}

function page(endpoints: readonly AdminEndpoint[]): string {
  const rows = byPath(endpoints).map(rowsOf).join("");
  return `<!DOCTYPE html>
<html lang='en'>
<head>
<meta charset='utf-8'>
<title>legate Admin</title>
<style>
${STYLE}
</style>
</head>
<body>
<table>
<thead><tr><th>Command</th><th>Description</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</body>
</html>
`;
}

function rowsOf({ path, help, mutates, params = [] }: AdminEndpoint): string {
  const name = path.slice(1);
  const label = name === "" ? "/" : name;
  const method = mutates === true ? "post" : "get";
  const command = mutates === true || params.length > 0
    ? `<form action='${name}' method='${method}' id='${name}'><button>${label}</button></form>`
    : `<a href='${path}'>${label}</a>`;
  return `<tr class='command'><td>${command}</td><td>${escaped(help)}</td></tr>\n${params.map((param) => optionRow(name, param)).join("")}`;
}

function optionRow(form: string, param: AdminParam): string {
  const id = `param-${form.replaceAll("/", "-")}-${param.name}`;
  return `<tr><td class='option'>${input(form, id, param)}</td><td><label for='${id}'>${param.name}: ${escaped(param.help)}</label></td></tr>\n`;
}

function input(form: string, id: string, { name, choices, flag }: AdminParam): string {
  const attributes = `name='${name}' id='${id}' form='${form}'`;
  if (choices !== undefined) return `<select ${attributes}>${choices.map((choice) => `<option value='${choice}'>${choice}</option>`).join("")}</select>`;
  return `<input type='${flag === true ? "checkbox" : "text"}' ${attributes}>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("'", "&#39;").replaceAll('"', "&quot;");
}
