using System.CommandLine;

namespace Mimir.Cli.Options;

/// <summary>An option that is a property of a recipe (or of a part of one). Building a recipe, telling where it differs from a stored
/// one and printing it all go through this.</summary>
/// <param name="Option">As the parser sees it.</param>
/// <param name="Set">The recipe with the option's text put in.</param>
/// <param name="Show">The recipe's value as a person would write it.</param>
internal sealed record Setting<T>(Option Option, Func<T, string, T> Set, Func<T, string> Show)
{
    /// <summary>The option's name without dashes.</summary>
    public string Label => Option.Name.TrimStart('-');
}

/// <summary>Makes settings by the kind of their value.</summary>
internal static class Setting
{
    /// <summary>A text.</summary>
    public static Setting<T> Text<T>(string name, string value, string help, Func<T, string> get, Func<T, string, T> set) =>
        new(OptionSyntax.Value(name, value, help), set, get);

    /// <summary>A whole number of at least <paramref name="least"/>.</summary>
    public static Setting<T> Whole<T>(string name, int least, string help, Func<T, int> get, Func<T, int, T> set) =>
        new(OptionSyntax.Value(name, "N", help), (t, text) => set(t, OptionText.Whole(name, text, least)), t => $"{get(t)}");

    /// <summary>A whole number of at least <paramref name="least"/> that may be absent.</summary>
    public static Setting<T> WholeOr<T>(string name, int least, string absent, string help, Func<T, int?> get, Func<T, int, T> set) =>
        new(OptionSyntax.Value(name, "N", help), (t, text) => set(t, OptionText.Whole(name, text, least)), t => get(t)?.ToString() ?? absent);

    /// <summary>A finite number.</summary>
    public static Setting<T> Number<T>(string name, string help, Func<T, double> get, Func<T, double, T> set) =>
        new(OptionSyntax.Value(name, "X", help), (t, text) => set(t, OptionText.Number(name, text)), t => $"{get(t)}");

    /// <summary>A length in pixel units.</summary>
    public static Setting<T> Length<T>(string name, string help, Func<T, float> get, Func<T, float, T> set) =>
        new(OptionSyntax.Value(name, "LENGTH", help), (t, text) => set(t, OptionText.Length(name, text)), t => Runtime.Attacks.AttackBudget.Describe(get(t)));

    /// <summary>A length in pixel units that may be absent.</summary>
    public static Setting<T> LengthOr<T>(string name, string absent, string help, Func<T, float?> get, Func<T, float, T> set) => new(
        OptionSyntax.Value(name, "LENGTH", help), (t, text) => set(t, OptionText.Length(name, text)),
        t => get(t) is { } length ? Runtime.Attacks.AttackBudget.Describe(length) : absent);

    /// <summary>A switch.</summary>
    public static Setting<T> Flag<T>(string name, string help, Func<T, bool> get, Func<T, T> set) =>
        new(OptionSyntax.Switch(name, help), (t, _) => set(t), t => get(t) ? "on" : "off");

    /// <summary>A random seed.</summary>
    public static Setting<T> Seed<T>(string help, Func<T, ulong> get, Func<T, ulong, T> set) => new(
        OptionSyntax.Value("--seed", "N", $"{help}; a whole number from 0 (default 0)."),
        (t, text) => set(t, OptionText.Seed("--seed", text)), t => $"{get(t)}");

    /// <summary>A choice.</summary>
    public static Setting<T> Choice<T, TChoice>(string name, string help, Func<T, TChoice> get, Func<T, TChoice, T> set) where TChoice : struct, Enum =>
        new(OptionSyntax.Value(name, OptionText.Words<TChoice>("|"), help), (t, text) => set(t, OptionText.Choice<TChoice>(name, text)), t => OptionText.Word(get(t)));
}
