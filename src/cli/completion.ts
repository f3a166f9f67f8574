import { type Command, type Flag, UsageError } from "./command.ts";
import { COMMON_FLAGS } from "./common-flags.ts";
import { suggestion } from "./parse.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

type Shell = (typeof SHELLS)[number];

/** Prints a completion script made from the flag data of every command. */
export const completion: Command = {
  name: "completion",
  summary: "Print a completion script for bash, zsh, fish or PowerShell",
  about: "The script completes commands, flags and the values of flags that have a fixed set.",
  positionals: { usage: "SHELL", min: 1, max: 1, completes: SHELLS },
  flags: [],
  examples: [
    { line: "completion bash > ~/.local/share/bash-completion/completions/legate", says: "bash" },
    { line: 'completion zsh > "${fpath[1]}/_legate"', says: "zsh" },
    { line: "completion fish > ~/.config/fish/completions/legate.fish", says: "fish" },
    { line: "completion powershell >> $PROFILE", says: "PowerShell" },
  ],
  run: async (args, terminal, commands) => {
    const shell = args.positionals[0] ?? "";
    if (!SHELLS.includes(shell as Shell)) throw new UsageError(`no completion for "${shell}"${suggestion(shell, SHELLS)} (known: ${SHELLS.join(", ")})`);
    terminal.out(completionScript(shell as Shell, commands));
    return 0;
  },
};

/** The script for one shell. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  const writers: Readonly<Record<Shell, (commands: readonly Command[]) => string>> = { bash, zsh, fish, powershell };
  return writers[shell](commands);
}

function flagsOf(command: Command): readonly Flag[] {
  return [...command.flags, ...COMMON_FLAGS];
}

/** Every spelling of a flag. */
function spellings(flag: Flag): string[] {
  return flag.short === undefined ? [`--${flag.name}`] : [`--${flag.name}`, `-${flag.short}`];
}

function wordsOf(command: Command): readonly string[] {
  return Array.isArray(command.positionals.completes) ? command.positionals.completes as readonly string[] : [];
}

function bash(commands: readonly Command[]): string {
  const values = (flag: Flag): string => (flag.choices === undefined ? "_legate_files" : `COMPREPLY=($(compgen -W "${flag.choices.join(" ")}" -- "$cur"))`);
  const branch = (command: Command): string => [
    `    ${command.name})`,
    `      case "$prev" in`,
    ...flagsOf(command).filter((f) => f.choices !== undefined || f.completes === "file").map((f) => `        ${spellings(f).join("|")}) ${values(f)}; return ;;`),
    ...valueless(command),
    "      esac",
    `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "${flagsOf(command).flatMap(spellings).join(" ")}" -- "$cur"))`,
    command.positionals.completes === "file" ? "      else _legate_files; fi ;;" : `      else COMPREPLY=($(compgen -W "${wordsOf(command).join(" ")}" -- "$cur")); fi ;;`,
  ].join("\n");
  return `# bash completion for legate
_legate_files() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); }
_legate() {
  local cur prev
  cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${commands.map((c) => c.name).join(" ")} --help --version" -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(branch).join("\n")}
  esac
}
complete -F _legate legate
`;
}

/** Flags whose value cannot be guessed: nothing is offered after them. */
function valueless(command: Command): string[] {
  const names = flagsOf(command).filter((f) => f.value !== undefined && f.choices === undefined && f.completes === undefined).flatMap(spellings);
  return names.length === 0 ? [] : [`        ${names.join("|")}) return ;;`];
}

function zsh(commands: readonly Command[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const spec = (flag: Flag): string[] => spellings(flag).map((spelling) => {
    const value = flag.value === undefined ? "" : `:${flag.value}:${flag.choices === undefined ? (flag.completes === "file" ? "_files" : " ") : `(${flag.choices.join(" ")})`}`;
    return quote(`${flag.repeat === true ? "*" : ""}${spelling}[${flag.help.replace(/[[\]:]/g, "\\$&")}]${value}`);
  });
  const words = (command: Command): string => (command.positionals.completes === "file" ? "'*:file:_files'" : `'*:argument:(${wordsOf(command).join(" ")})'`);
  const branch = (command: Command): string => `    ${command.name}) _arguments ${[...flagsOf(command).flatMap(spec), words(command)].join(" \\\n      ")} ;;`;
  return `#compdef legate
_legate() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${commands.map((c) => `      ${quote(`${c.name}:${c.summary}`)}`).join("\n")}
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(branch).join("\n")}
  esac
}
if [[ $funcstack[1] == _legate ]]; then _legate "$@"; else compdef _legate legate; fi
`;
}

function fish(commands: readonly Command[]): string {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const flagLine = (command: Command, flag: Flag): string => [
    `complete -c legate -n '__fish_seen_subcommand_from ${command.name}' -l ${flag.name}`,
    flag.short === undefined ? "" : ` -s ${flag.short}`,
    flag.value === undefined ? "" : flag.choices !== undefined ? ` -x -a ${quote(flag.choices.join(" "))}` : flag.completes === "file" ? " -r -F" : " -x",
    ` -d ${quote(flag.help)}`,
  ].join("");
  const words = (command: Command): string[] => {
    const condition = `complete -c legate -n '__fish_seen_subcommand_from ${command.name}'`;
    if (command.positionals.completes === "file") return [`${condition} -F`];
    return wordsOf(command).length === 0 ? [] : [`${condition} -a ${quote(wordsOf(command).join(" "))}`];
  };
  return [
    "# fish completion for legate",
    "complete -c legate -f",
    ...commands.map((c) => `complete -c legate -n __fish_use_subcommand -a ${c.name} -d ${quote(c.summary)}`),
    ...commands.flatMap((c) => [...flagsOf(c).map((f) => flagLine(c, f)), ...words(c)]),
    "",
  ].join("\n");
}

function powershell(commands: readonly Command[]): string {
  const list = (words: readonly string[]): string => `@(${words.map((w) => `'${w}'`).join(", ")})`;
  const rows = commands.map((c) => `    '${c.name}' = ${list([...flagsOf(c).map((f) => `--${f.name}`), ...wordsOf(c)])}`);
  const choices = new Map(commands.flatMap(flagsOf).flatMap((f) => (f.choices === undefined ? [] : [[f.name, f.choices] as const])));
  return `# PowerShell completion for legate
Register-ArgumentCompleter -Native -CommandName legate -ScriptBlock {
  param($word, $ast, $position)
  $commands = @{
${rows.join("\n")}
  }
  $choices = @{
${[...choices].map(([name, values]) => `    '--${name}' = ${list(values)}`).join("\n")}
  }
  $words = @($ast.CommandElements | ForEach-Object { $_.ToString() })
  $before = if ($word -eq '') { $words[-1] } else { $words[-2] }
  if ($words.Count -le 1 -or ($words.Count -eq 2 -and $word -ne '')) { $offer = $commands.Keys + '--help', '--version' }
  elseif ($choices.ContainsKey($before)) { $offer = $choices[$before] }
  else { $offer = $commands[$words[1]] }
  $offer | Where-Object { $_ -like "$word*" } | Sort-Object | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`;
}
