using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Tests.Ptx.Rules;

/// <summary>A legal instruction made from a row of the table.</summary>
/// <param name="Row">The row.</param>
/// <param name="Suffixes">The suffix of each slot; null where an optional one is left out.</param>
/// <param name="Operands">Operands that fit.</param>
internal sealed record TableForm(InstructionRow Row, IReadOnlyList<string?> Suffixes, IReadOnlyList<string> Operands)
{
    public override string ToString() => Write(Suffixes, Operands);

    /// <summary>The instruction with other suffixes or operands.</summary>
    public string Write(IEnumerable<string?> suffixes, IEnumerable<string> operands) =>
        $"{string.Join('.', suffixes.OfType<string>().Prepend(Row.Mnemonic))} {string.Join(", ", operands)};";

    /// <summary>What two instructions share that differ in the order of their modifiers only.</summary>
    public string Key(IEnumerable<string?> suffixes)
    {
        var known = suffixes.OfType<string>().Select(name => ModifierNames.Find(name)!).ToArray();
        var modifiers = known.Where(suffix => suffix.Kind == SuffixKind.Modifier).Select(suffix => suffix.Name).Order(StringComparer.Ordinal);
        var ordered = known.Where(suffix => suffix.Kind != SuffixKind.Modifier).OrderBy(suffix => suffix.Kind).Select(suffix => suffix.Name);
        return string.Join('.', modifiers.Concat(ordered).Prepend(Row.Mnemonic));
    }

    public IReadOnlyList<PtxType> Types { get; } = Suffixes.OfType<string>()
        .Select(name => ModifierNames.Find(name)!)
        .Where(suffix => suffix.Kind == SuffixKind.Type)
        .Select(suffix => suffix.Type)
        .ToArray();

    /// <summary>Elements of a vector access.</summary>
    public int VectorLength { get; } = Suffixes.Contains("v4") ? 4 : Suffixes.Contains("v2") ? 2 : 1;
}

/// <summary>Makes the legal instructions of a row: all combinations of suffixes, operands with and without the optional ones.</summary>
internal static class TableForms
{
    /// <summary>Keys of all that is legal.</summary>
    public static Lazy<HashSet<string>> LegalKeys { get; } =
        new(() => InstructionTable.All.SelectMany(Of).Select(form => form.Key(form.Suffixes)).ToHashSet());

    public static IEnumerable<TableForm> Of(InstructionRow row)
    {
        foreach (var suffixes in Combinations(row, 0, new string?[row.Slots.Count]))
        {
            var form = new TableForm(row, suffixes, []);
            if (form.VectorLength * (form.Types.Count > 0 ? form.Types[0].Bytes() : 1) > 16 || IsRepeated(row, suffixes))
                continue;
            yield return form with { Operands = Operands(form, false) };
            if (row.Operands.Any(operand => operand.IsOptional))
                yield return form with { Operands = Operands(form, true) };
        }
    }

    /// <summary>createpolicy may name one priority for both halves; once is enough here.</summary>
    private static bool IsRepeated(InstructionRow row, string?[] suffixes) =>
        row.Opcode == PtxOpcode.Createpolicy && suffixes.OfType<string>().Distinct().Count() < suffixes.OfType<string>().Count();

    private static IEnumerable<string?[]> Combinations(InstructionRow row, int slot, string?[] chosen)
    {
        if (slot == row.Slots.Count)
        {
            yield return (string?[])chosen.Clone();
            yield break;
        }
        foreach (var choice in row.Slots[slot].IsOptional ? row.Slots[slot].Choices.Prepend(null) : row.Slots[slot].Choices)
        {
            chosen[slot] = choice;
            foreach (var combination in Combinations(row, slot + 1, chosen))
                yield return combination;
        }
    }

    private static string[] Operands(TableForm form, bool withOptional)
    {
        var hasPolicy = form.Suffixes.Contains("L2::cache_hint");
        var addresses = 0;
        return form.Row.Operands
            .Where(rule => !rule.IsOptional || (rule.FixedType == PtxType.B64 ? hasPolicy : withOptional))
            .Select(rule => rule.Kind switch
            {
                OperandKind.Address => Address(form, addresses++),
                OperandKind.Label => "here",
                OperandKind.Call => "(slot), callee, (slot)",
                _ => Value(form, rule),
            })
            .ToArray();
    }

    private static string Address(TableForm form, int index)
    {
        var spaces = form.Suffixes.OfType<string>().Where(name => ModifierNames.Find(name)!.Kind == SuffixKind.Space).ToArray();
        return spaces.ElementAtOrDefault(index) switch
        {
            "param" or "param::entry" or "param::func" => "[slot]",
            "const" => "[table]",
            "local" => "[stack]",
            "shared" or "shared::cta" => "[tile]",
            _ => "[%rd1+16]",
        };
    }

    private static string Value(TableForm form, OperandRule rule)
    {
        var type = rule.TypeFor(form.Types);
        var text = rule.AllowsRegister ? Register(type) : Constant(rule);
        if (rule.HasSecondPredicate)
            return text + "|%p2";
        var length = rule.FollowsVectorModifier && form.VectorLength > 1 ? form.VectorLength : rule.VectorLength;
        return length == 0 ? text : $"{{{string.Join(", ", Enumerable.Repeat(text, length))}}}";
    }

    private static string Constant(OperandRule rule) => rule.Limit is { } limit ? $"{limit.Values?[0] ?? limit.Minimum}" : "3";

    /// <summary>A register that holds a type.</summary>
    public static string Register(PtxType type) => type switch
    {
        PtxType.Pred => "%p1",
        PtxType.F32 => "%f1",
        PtxType.F64 => "%d1",
        _ => type.Bits() switch { 8 => "%b8", 16 => "%h1", 32 => "%r1", _ => "%rd1" },
    };
}
