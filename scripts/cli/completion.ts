/** `tidegate completion`: a script that completes commands and options in bash, zsh or fish, made from the commands. */
import { type Command, Option } from "commander";

export interface Branch {
  /** `tidegate maintenance add`, without the first word. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly name: string;
    readonly description: string;
    readonly choices: readonly string[];
    readonly takesValue: boolean;
  }[];
  /** What its first argument may be, where that is known. */
  readonly words: readonly string[];
}

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export function addCompletion(program: Command): void {
  const command = program
    .command("completion")
    .description("print a script that completes commands and options")
    .addHelpText(
      "after",
      `
Examples:
  source <(tidegate completion bash)
  tidegate completion zsh > "\${fpath[1]}/_tidegate"
  tidegate completion fish > ~/.config/fish/completions/tidegate.fish`,
    );
  command.argument("<shell>", "bash, zsh or fish").action((shell: string, _: unknown, self: Command) => {
    if (!isShell(shell)) self.error(`error: "${shell}" is none of ${SHELLS.join(", ")}`);
    else console.log(completionScript(shell, branchesOf(program)));
  });
}

function isShell(word: string): word is Shell {
  return (SHELLS as readonly string[]).includes(word);
}

export function branchesOf(command: Command, path: readonly string[] = []): Branch[] {
  const options = [...command.options, new Option("--help", "show help")];
  const own: Branch = {
    path,
    commands: command.commands.map((one) => ({
      name: one.name(),
      description: firstLine(one.description()),
    })),
    options: options
      .flatMap((option) =>
        option.long === undefined || option.long === null ? [] : [{ option, name: option.long }],
      )
      .map(({ option, name }) => ({
        name,
        description: firstLine(option.description),
        choices: option.argChoices ?? [],
        takesValue: option.required || option.optional,
      })),
    words: path[0] === "completion" ? SHELLS : [],
  };
  return [own, ...command.commands.flatMap((one) => branchesOf(one, [...path, one.name()]))];
}

export function completionScript(shell: Shell, branches: readonly Branch[]): string {
  switch (shell) {
    case "bash":
      return bashScript(branches);
    case "zsh":
      // zsh runs bash's completions, so that there is one script to keep right.
      return `#compdef tidegate\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(branches)}`;
    case "fish":
      return fishScript(branches);
  }
}

function bashScript(branches: readonly Branch[]): string {
  const paths = branches.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(" ")}"`);
  const cases = branches.map(({ path, commands, options, words }) => {
    const all = [...commands.map(({ name }) => name), ...words, ...options.map(({ name }) => name)];
    return `    "${path.join(" ")}") offered="${all.join(" ")}" ;;`;
  });
  const choices = branches.flatMap(({ path, options }) =>
    options
      .filter((option) => option.takesValue)
      .map((option) => `    "${[...path, option.name].join(" ")}") offered="${option.choices.join(" ")}" ;;`),
  );
  // In zsh, which runs this too, `path` is the search path, `words` the line, and a length that begins with a letter a modifier.
  return `_tidegate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" so_far="" word offered=""
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
    case "\${so_far:+$so_far }$word" in
      ${paths.join("|")}) so_far="\${so_far:+$so_far }$word" ;;
    esac
  done
  case "\${so_far:+$so_far }\${COMP_WORDS[COMP_CWORD-1]}" in
${choices.join("\n")}
    *) case "$so_far" in
${cases.map((line) => `  ${line}`).join("\n")}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
  # A file's name, where nothing else is known.
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _tidegate tidegate`;
}

function fishScript(branches: readonly Branch[]): string {
  const lines = branches.flatMap(({ path, commands, options, words }) => {
    const others = commands.map(({ name }) => name).join(" ");
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const unseen = others === "" ? [] : [`not __fish_seen_subcommand_from ${others}`];
    const when = `-n '${[...seen, ...unseen].join("; and ") || "true"}'`;
    return [
      ...commands.map(
        ({ name, description }) => `complete -c tidegate -f ${when} -a ${name} -d ${quoted(description)}`,
      ),
      ...words.map((word) => `complete -c tidegate -f ${when} -a ${word}`),
      ...options.map(({ name, description, choices, takesValue }) => {
        const values = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r" : "";
        return `complete -c tidegate ${when} -l ${name.slice(2)}${values} -d ${quoted(description)}`;
      }),
    ];
  });
  return lines.join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
