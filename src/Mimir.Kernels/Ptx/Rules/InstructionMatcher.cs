namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Finds the rows of the table that an opcode with its suffixes fits, or says why none does.</summary>
internal sealed class InstructionMatcher(int version, int target)
{
    /// <summary>Suffixes are a set; only types and state spaces keep their order.</summary>
    public (InstructionForm? Form, FormError? Error) Match(string opcode, IReadOnlyList<string> written)
    {
        var text = string.Join('.', written.Prepend(opcode));
        var mnemonic = InstructionTable.Mnemonic(opcode, written);
        if (UnsupportedInstructions.Contains(opcode, written))
            return (null, new FormError("unsupported", $"{text} is not supported", -1));
        if (mnemonic is null)
            return (null, new FormError("opcode", $"unknown instruction '{opcode}'", -1));
        var names = written.Skip(mnemonic.Count(c => c == '.')).ToArray();
        var skipped = written.Count - names.Length;
        var rows = InstructionTable.For(mnemonic);
        var attempts = rows.Select(row => RowAttempt.Try(row, names)).ToArray();
        var fits = attempts.Where(attempt => attempt.IsFit).ToArray();
        if (fits.Length == 0)
            return (null, new MatchFailure(mnemonic, text, names, attempts).Explain(skipped));

        var open = fits.Where(attempt => attempt.Row.Gate.Missing(version, target) is null).ToArray();
        if (open.Length == 0)
        {
            var easiest = fits.MinBy(attempt => (attempt.Row.Gate.Target, attempt.Row.Gate.Version))!.Row.Gate;
            return (null, new FormError("version", $"{text} needs {easiest.Missing(version, target)}", -1));
        }
        var suffixes = names.Select(name => ModifierNames.Find(name)!).ToArray();
        for (var i = 0; i < suffixes.Length; i++)
        {
            if (suffixes[i].Gate.Missing(version, target) is { } missing)
                return (null, new FormError("version", $".{suffixes[i].Name} needs {missing}", skipped + i));
        }
        return (Build(text, open, fits.Except(open), suffixes), null);
    }

    private static InstructionForm Build(string text, RowAttempt[] fits, IEnumerable<RowAttempt> closed, Suffix[] suffixes)
    {
        var modifiers = default(ModifierSet);
        foreach (var suffix in suffixes.Where(suffix => suffix.Kind == SuffixKind.Modifier))
            modifiers = modifiers.With(suffix.Modifier);
        return new InstructionForm(
            fits[0].Row.Opcode,
            text,
            modifiers,
            suffixes.Where(suffix => suffix.Kind == SuffixKind.Type).Select(suffix => suffix.Type).ToArray(),
            suffixes.Where(suffix => suffix.Kind == SuffixKind.Space).Select(suffix => suffix.Space).ToArray(),
            fits.Select(fit => fit.Row).ToArray(),
            closed.Select(fit => fit.Row).ToArray());
    }
}

/// <summary>How far the suffixes of an instruction fit one row.</summary>
internal sealed record RowAttempt(InstructionRow Row, IReadOnlyList<int> Unplaced, IReadOnlyList<SuffixSlot> Missing, bool[] Filled)
{
    public bool IsFit => Unplaced.Count == 0 && Missing.Count == 0;

    public static RowAttempt Try(InstructionRow row, string[] names)
    {
        var filled = new bool[row.Slots.Count];
        var unplaced = new List<int>();
        int lastType = -1, lastSpace = -1;
        for (var i = 0; i < names.Length; i++)
        {
            var kind = ModifierNames.Find(names[i])?.Kind;
            var after = kind switch { SuffixKind.Type => lastType, SuffixKind.Space => lastSpace, _ => -1 };
            var slot = FindSlot(row, names[i], filled, after);
            if (slot < 0)
            {
                unplaced.Add(i);
                continue;
            }
            filled[slot] = true;
            if (kind == SuffixKind.Type)
                lastType = slot;
            else if (kind == SuffixKind.Space)
                lastSpace = slot;
        }
        var missing = row.Slots.Where((slot, i) => !slot.IsOptional && !filled[i]).ToArray();
        return new RowAttempt(row, unplaced, missing, filled);
    }

    private static int FindSlot(InstructionRow row, string name, bool[] filled, int after)
    {
        for (var i = after + 1; i < filled.Length; i++)
        {
            if (!filled[i] && row.Slots[i].Choices.Contains(name))
                return i;
        }
        return -1;
    }
}

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
