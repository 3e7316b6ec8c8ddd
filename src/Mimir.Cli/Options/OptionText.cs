using System.Globalization;
using System.Text.Json;
using Mimir.Cli.Errors;
using Mimir.Runtime.Attacks;

namespace Mimir.Cli.Options;

/// <summary>Reads the values of options; every failure is a <see cref="UsageException"/> that names the option.</summary>
internal static class OptionText
{
    /// <summary>A whole number of at least <paramref name="least"/>.</summary>
    public static int Whole(string option, string text, int least)
    {
        UsageException.Require(
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value), $"{option} '{text}' is not a whole number");
        UsageException.Require(value >= least, $"{option} {value} must be at least {least}");
        UsageException.Require(value <= int.MaxValue, $"{option} {value} must be at most {int.MaxValue}");
        return (int)value;
    }

    /// <summary>A finite number.</summary>
    public static double Number(string option, string text)
    {
        UsageException.Require(
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value),
            $"{option} '{text}' is not a finite number");
        return value;
    }

    /// <summary>A random seed.</summary>
    public static ulong Seed(string option, string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new UsageException($"{option} '{text}' is not a whole number in 0..{ulong.MaxValue}");

    /// <summary>A length in pixel units.</summary>
    public static float Length(string option, string text)
    {
        try
        {
            return AttackBudget.ParseLength(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{option} {e.Message}");
        }
    }

    /// <summary>A radius that may exceed 1, as L2 radii do.</summary>
    public static float Radius(string option, string text)
    {
        var radius = Number(option, text);
        UsageException.Require(radius >= 0, $"{option} {radius} must not be negative");
        return (float)radius;
    }

    /// <summary>A choice, by its kebab-case word.</summary>
    public static T Choice<T>(string option, string text) where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (text == Word(value))
                return value;
        }

        throw new UsageException($"{option} '{text}' is unknown; use one of {Words<T>(", ")}");
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static bool Truth(string option, string text) =>
        bool.TryParse(text, out var value) ? value : throw new UsageException($"{option} '{text}' is neither true nor false");

    /// <summary>The kebab-case word of a choice.</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>All words of a choice.</summary>
    public static string Words<T>(string separator) where T : struct, Enum => string.Join(separator, Enum.GetValues<T>().Select(Word));

    /// <summary>A path as it is written on a command line.</summary>
    public static string Quoted(string path) => path.Contains(' ') ? $"\"{path}\"" : path;
}
