using System.Globalization;

namespace Mimir.Runtime.Evaluation;

/// <summary>Reads lists of attacks.</summary>
public static class AttackPlan
{
    /// <summary>What stands for no attack.</summary>
    public const string Natural = "natural";

    private const string Pgd = "pgd";

    /// <summary>Names that stand for one or more attacks, for messages.</summary>
    public static IEnumerable<string> Names => [Natural, .. AttackCatalog.All.Select(entry => entry.Name == Pgd ? "pgd, pgd-K (K steps)" : entry.Name)];

    /// <summary>The attacks of a list, in its order.</summary>
    /// <param name="names">Names of attacks; <c>natural</c> adds none.</param>
    /// <param name="settings">What they are asked to do.</param>
    /// <exception cref="FormatException">A name is unknown, or an attack is named twice.</exception>
    public static IReadOnlyList<PlannedAttack> Of(IEnumerable<string> names, AttackSettings settings)
    {
        var attacks = new List<PlannedAttack>();
        foreach (var name in names.Where(name => name != Natural))
        {
            foreach (var attack in Expand(name, settings))
            {
                if (attacks.Any(other => other.Name == attack.Name))
                    throw new FormatException($"names {attack.Name} twice");
                attacks.Add(attack);
            }
        }

        return attacks;
    }

    private static IEnumerable<PlannedAttack> Expand(string name, AttackSettings settings)
    {
        var entry = AttackCatalog.Find(name);
        if (name == Pgd)
            return [new PlannedAttack($"{Pgd}-{settings.Steps ?? AttackCatalog.PgdSteps}", entry!, settings, entry!.Knobs)];
        if (entry is not null)
            return [new PlannedAttack(name, entry, settings, entry.Knobs)];
        if (name.StartsWith($"{Pgd}-", StringComparison.Ordinal) && int.TryParse(name[(Pgd.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps >= 1)
        {
            var pgd = AttackCatalog.Find(Pgd)!;
            return [new PlannedAttack($"{Pgd}-{steps}", pgd, settings with { Steps = steps }, pgd.Knobs & ~AttackKnobs.Steps)];
        }

        throw new FormatException($"'{name}' is unknown; use {string.Join(", ", Names)}");
    }
}
