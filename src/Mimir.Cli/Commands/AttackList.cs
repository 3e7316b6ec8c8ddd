using System.Globalization;
using Mimir.Cli.Errors;

namespace Mimir.Cli.Commands;

/// <summary>An attack of an evaluation.</summary>
/// <param name="Name">As the report calls it, such as <c>pgd-20</c>.</param>
/// <param name="Steps">Its steps.</param>
internal readonly record struct NamedAttack(string Name, int Steps);

/// <summary>Reads <c>--attack</c>.</summary>
internal static class AttackList
{
    private const string Natural = "natural";
    private const string Pgd = "pgd";

    /// <summary>The attacks of a comma separated list; empty for natural images only.</summary>
    /// <param name="text">The list.</param>
    /// <param name="steps">Steps of <c>pgd</c> without a number.</param>
    /// <param name="usesSteps">Whether there is a <c>pgd</c> without a number.</param>
    /// <exception cref="UsageException">A name is unknown, or one is given twice.</exception>
    public static IReadOnlyList<NamedAttack> Parse(string text, int steps, out bool usesSteps)
    {
        var attacks = new List<NamedAttack>();
        usesSteps = false;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (name == Natural)
                continue;
            usesSteps |= name == Pgd;
            var attack = name == Pgd ? new NamedAttack($"{Pgd}-{steps}", steps)
                : name.StartsWith($"{Pgd}-", StringComparison.Ordinal)
                    && int.TryParse(name[(Pgd.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 ? new NamedAttack($"{Pgd}-{count}", count)
                : throw new UsageException($"--attack '{name}' is unknown; use {Natural}, {Pgd} or {Pgd}-K with K steps, such as {Pgd}-20");
            UsageException.Require(!attacks.Contains(attack), $"--attack names {attack.Name} twice");
            attacks.Add(attack);
        }

        return attacks;
    }
}
