using System.CommandLine;

namespace Mimir.Cli.Options;

/// <summary>Makes options for the parser, which only ever sees text; what a text means is read in <see cref="OptionText"/>.</summary>
internal static class OptionSyntax
{
    /// <summary>An option with a value.</summary>
    public static Option<string> Value(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, Arity = ArgumentArity.ExactlyOne };

    /// <summary>An option whose value may be left out.</summary>
    public static Option<string> OptionalValue(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, Arity = ArgumentArity.ZeroOrOne };

    /// <summary>An option that may be given several times.</summary>
    public static Option<string[]> Repeated(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };

    /// <summary>The values of an option that may be given several times.</summary>
    public static string[] Texts(this ParseResult parse, Option<string[]> option) => parse.GetValue(option) ?? [];

    /// <summary>A switch that is off by default.</summary>
    public static Option<bool> Switch(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>Whether an option was given.</summary>
    public static bool IsGiven(this ParseResult parse, Option option) => parse.GetResult(option) is { Implicit: false };

    /// <summary>The text given for an option: null when it was not given, empty when it was given without a value.</summary>
    public static string? Text(this ParseResult parse, Option option) => parse.GetResult(option) switch
    {
        null or { Implicit: true } => null,
        { Tokens: [var token, ..] } => token.Value,
        _ => "",
    };
}
