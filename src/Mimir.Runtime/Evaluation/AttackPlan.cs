using System.Globalization;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Reads lists of attacks.</summary>
public static class AttackPlan
{
    /// <summary>What stands for no attack.</summary>
    public const string Natural = "natural";

    private const string Pgd = "pgd";

    /// <summary>What a list may name, for messages.</summary>
    public static IEnumerable<string> Names =>
    [
        Natural, .. AttackCatalog.All.Select(entry => entry.Name == Pgd ? "pgd, pgd-K (K steps)" : entry.Name),
        .. AutoAttack.Versions.Select(version => version.Name),
    ];

    /// <summary>The attacks of a list, in its order.</summary>
    /// <param name="names">Names of attacks and of AutoAttack's versions; <c>natural</c> adds none.</param>
    /// <param name="settings">What they are asked to do.</param>
    /// <exception cref="FormatException">A name is unknown, an attack is named twice, or one has no form in the norm.</exception>
    public static IReadOnlyList<PlannedAttack> Of(IEnumerable<string> names, AttackSettings settings)
    {
        var attacks = new List<PlannedAttack>();
        foreach (var attack in names.Where(name => name != Natural).SelectMany(name => Expand(name, settings)))
        {
            if (attacks.Any(other => other.Name == attack.Name))
                throw new FormatException($"names {attack.Name} twice");
            if (attack.Entry.IsLinfOnly && settings.Norm != AttackNorm.Linf)
                throw new FormatException($"{attack.Name} is an attack in the L-infinity norm; leave --norm out");
            attacks.Add(attack);
        }

        return attacks;
    }

    private static IEnumerable<PlannedAttack> Expand(string name, AttackSettings settings)
    {
        if (AutoAttack.Find(name) is { } version)
            return version.Attacks(settings);
        if (AttackCatalog.Find(name) is { } entry)
            return Planned(entry, settings, entry.Knobs);
        if (name.StartsWith($"{Pgd}-", StringComparison.Ordinal)
            && int.TryParse(name[(Pgd.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps >= 1)
        {
            var pgd = AttackCatalog.Find(Pgd)!;
            return Planned(pgd, settings with { Steps = steps }, pgd.Knobs & ~AttackKnobs.Steps);
        }

        throw new FormatException($"'{name}' is unknown; use {string.Join(", ", Names)}");
    }

    /// <summary>What an entry stands for.</summary>
    internal static IEnumerable<PlannedAttack> Planned(AttackEntry entry, AttackSettings settings, AttackKnobs open) =>
        entry.Make(settings).Select(attack => new PlannedAttack(entry, attack, settings, open));
}
