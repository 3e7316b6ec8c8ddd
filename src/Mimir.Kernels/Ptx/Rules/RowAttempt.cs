namespace Mimir.Kernels.Ptx.Rules;

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
