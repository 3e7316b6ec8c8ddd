namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Turns failed attempts into one reason, taken from the rows that came nearest.</summary>
internal sealed class MatchFailure(string mnemonic, string text, string[] names, RowAttempt[] attempts)
{
    public FormError Explain(int skipped)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (ModifierNames.Find(names[i]) is null)
            {
                return ModifierNames.IsUnsupported(names[i])
                    ? new FormError("unsupported", $"{text}: .{names[i]} is not supported", skipped + i)
                    : new FormError("modifier", $"unknown modifier .{names[i]}", skipped + i);
            }
        }
        var nearest = attempts.GroupBy(Distance).MinBy(group => group.Key)!.ToArray();
        var unplaced = nearest.Where(attempt => attempt.Unplaced.Count > 0).MinBy(attempt => attempt.Missing.Count);
        if (unplaced is null || (nearest.Any(attempt => attempt.Unplaced.Count == 0)))
            return new FormError("modifier", $"{text} needs {Needs(nearest.Where(attempt => attempt.Unplaced.Count == 0))}", -1);
        var index = unplaced.Unplaced[0];
        return new FormError("modifier", Unplaced(names[index], index, nearest), skipped + index);
    }

    /// <summary>A missing suffix is forgiven sooner than one too many, and a type that does not fit least of all.</summary>
    private int Distance(RowAttempt attempt) =>
        attempt.Missing.Count * 2 + attempt.Unplaced.Sum(i => ModifierNames.Find(names[i])!.Kind == SuffixKind.Type ? 6 : 3);

    private static string Needs(IEnumerable<RowAttempt> attempts)
    {
        var all = attempts.ToArray();
        var first = all[0].Missing[0];
        var choices = all.Select(attempt => attempt.Missing[0])
            .Where(slot => slot.Kind == first.Kind)
            .SelectMany(slot => slot.Choices)
            .Distinct()
            .ToArray();
        return InstructionClasses.Describe(choices);
    }

    private string Unplaced(string name, int index, RowAttempt[] nearest)
    {
        if (Array.IndexOf(names, name) < index && nearest.All(attempt => attempt.Row.Slots.Count(slot => slot.Choices.Contains(name)) < 2))
            return $"{text}: .{name} is written twice";
        var suffix = ModifierNames.Find(name)!;
        var rival = nearest
            .SelectMany(attempt => attempt.Row.Slots.Where((slot, i) => attempt.Filled[i] && slot.Choices.Contains(name)))
            .SelectMany(slot => names.Take(index).Where(slot.Choices.Contains))
            .FirstOrDefault(other => other != name);
        if (rival is not null && suffix.Kind != SuffixKind.Type)
            return $"{text}: .{name} excludes .{rival}";
        return suffix.Kind switch
        {
            SuffixKind.Type => $"{text}: the type .{name} is not allowed here{Allowed(SuffixKind.Type)}",
            SuffixKind.Space => SpaceReason(suffix),
            _ => $"{text}: .{name} is not allowed with {WithoutModifier(index)}",
        };
    }

    private string SpaceReason(Suffix suffix) => (mnemonic, suffix.Space) switch
    {
        ("st" or "atom" or "red", StateSpace.Const) => $"{text}: .const memory is read only",
        ("atom" or "red", _) => $"{text}: atomics work on .global and .shared memory, not on .{suffix.Name}",
        _ => $"{text}: the state space .{suffix.Name} is not allowed here{Allowed(SuffixKind.Space)}",
    };

    private string Allowed(SuffixKind kind)
    {
        var all = attempts.SelectMany(attempt => attempt.Row.Slots)
            .Where(slot => slot.Kind == kind)
            .SelectMany(slot => slot.Choices)
            .Distinct()
            .Select(choice => "." + choice)
            .ToArray();
        return all.Length == 0 ? "" : $"; {mnemonic} takes {string.Join(", ", all)}";
    }

    private string WithoutModifier(int index) => string.Join('.', names.Where((_, i) => i != index).Prepend(mnemonic));
}
