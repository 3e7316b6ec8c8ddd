using System.CommandLine;
using Mimir.Cli.Commands;

namespace Mimir.Cli.Errors;

/// <summary>Puts the first thing wrong with a command line into a line that says what to do.</summary>
internal static class ParseErrors
{
    /// <summary>The line for a command line with errors; null for one without.</summary>
    public static string? Find(ParseResult parse) => WithoutValue(parse) ?? (parse.Errors.Count > 0 ? Describe(parse) : null);

    // The parser takes the next option for a value when a value is missing: --out --json.
    private static string? WithoutValue(ParseResult parse)
    {
        var options = parse.CommandResult.Command.Options;
        var option = options.FirstOrDefault(option => parse.GetResult(option) is { } result && result.Tokens.Any(token => options.Any(other => other.Name == token.Value)));
        return option is null ? null : NeedsValue(option);
    }

    private static string NeedsValue(Option option) => $"{option.Name} needs a value: {option.Name} <{option.HelpName}>";

    private static string Describe(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        if (command is RootCommand root)
        {
            var verbs = root.Subcommands.Select(verb => verb.Name).ToArray();
            return parse.UnmatchedTokens is [var word, ..]
                ? $"there is no {(word.StartsWith('-') ? "option" : "verb")} '{word}'{Suggestion.For(word, verbs)} (mimir --help lists them)"
                : $"give a verb: {string.Join(", ", verbs)} (mimir --help says more)";
        }

        if (parse.UnmatchedTokens is [var token, ..])
        {
            var verb = command is VerbSyntax syntax ? syntax.Verb.Name : command.Name;
            var parts = command.Subcommands.Select(part => part.Name).ToArray();
            return token.StartsWith('-')
                ? $"{verb} has no option '{token}'{Suggestion.For(token, command.Options.Select(o => o.Name))} (mimir {verb} --help lists them)"
                : parts.Length > 0 ? $"{verb} has no '{token}'{Suggestion.For(token, parts)} (mimir {verb} --help lists what it has)"
                : $"'{token}' belongs to no option (mimir {verb} --help lists them)";
        }

        foreach (var option in command.Options)
        {
            if (parse.GetResult(option) is not { } result)
                continue;
            if (result.IdentifierTokenCount > 1 && option.Arity.MaximumNumberOfValues == 1)
                return $"{option.Name} is given {result.IdentifierTokenCount} times; give it once";
            if (result.Tokens.Count < option.Arity.MinimumNumberOfValues)
                return NeedsValue(option);
        }

        return parse.Errors[0].Message;
    }
}
