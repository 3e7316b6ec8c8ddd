using System.CommandLine;

namespace Mimir.Cli.Errors;

/// <summary>Puts the parser's first error into a line that says what to do.</summary>
internal static class ParseErrors
{
    /// <summary>The line for a command line with errors.</summary>
    public static string Describe(ParseResult parse)
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
            return token.StartsWith('-')
                ? $"{command.Name} has no option '{token}'{Suggestion.For(token, command.Options.Select(o => o.Name))} (mimir {command.Name} --help lists them)"
                : $"'{token}' belongs to no option (mimir {command.Name} --help lists them)";
        }

        foreach (var option in command.Options)
        {
            if (parse.GetResult(option) is not { } result)
                continue;
            if (result.IdentifierTokenCount > 1)
                return $"{option.Name} is given {result.IdentifierTokenCount} times; give it once";
            if (result.Tokens.Count < option.Arity.MinimumNumberOfValues)
                return $"{option.Name} needs a value: {option.Name} <{option.HelpName}>";
        }

        return parse.Errors[0].Message;
    }
}
