using Mimir.Cli.Errors;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Cli.Options;

/// <summary>Reads what options say of the emulator.</summary>
internal static class EmulatorText
{
    /// <summary>What <see cref="Checks"/> reads.</summary>
    public const string ChecksSyntax = "all|none|LIST";

    private const string RandomPrefix = "random:";

    private static readonly EmulatorChecks[] s_checks =
        [EmulatorChecks.Memory, EmulatorChecks.Initialisation, EmulatorChecks.Race, EmulatorChecks.Synchronisation, EmulatorChecks.Outputs];

    /// <summary>The words of a list of checks.</summary>
    public static string CheckWords => string.Join(", ", s_checks.Select(OptionText.Word));

    /// <summary><c>all</c>, <c>none</c>, or a comma separated list.</summary>
    public static EmulatorChecks Checks(string option, string text)
    {
        if (text == OptionText.Word(EmulatorChecks.All))
            return EmulatorChecks.All;
        if (text == OptionText.Word(EmulatorChecks.None))
            return EmulatorChecks.None;
        var checks = EmulatorChecks.None;
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var check = s_checks.FirstOrDefault(check => OptionText.Word(check) == word);
            UsageException.Require(
                check != EmulatorChecks.None, $"{option} '{word}' is unknown{Suggestion.For(word, s_checks.Select(OptionText.Word))}; use all, none or a list of {CheckWords}");
            checks |= check;
        }

        return checks;
    }

    /// <summary><c>in-order</c>, <c>random:SEED</c> or <c>adversarial</c>.</summary>
    public static (WarpSchedule Schedule, ulong Seed) Schedule(string option, string text)
    {
        if (text.StartsWith(RandomPrefix, StringComparison.Ordinal))
            return (WarpSchedule.Random, OptionText.Seed($"{option} {RandomPrefix}", text[RandomPrefix.Length..]));
        if (text == OptionText.Word(WarpSchedule.InOrder))
            return (WarpSchedule.InOrder, 0);
        if (text == OptionText.Word(WarpSchedule.Adversarial))
            return (WarpSchedule.Adversarial, 0);
        throw new UsageException($"{option} '{text}' is unknown; use in-order, random:SEED or adversarial");
    }
}
