namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Finds the rows of the table that an opcode with its suffixes fits, or says why none does.</summary>
internal sealed class InstructionMatcher(int version, int target)
{
    /// <summary>Suffixes are a set; only types, state spaces and the layouts of mma keep their order.</summary>
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

        // A's layout stands before B's, and only row-major by column-major exists.
        var column = Array.IndexOf(names, "col");
        if (column >= 0 && column < Array.IndexOf(names, "row"))
            return (null, new FormError("modifier", $"{text}: the layouts are .row.col, not .col.row", skipped + column));
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
