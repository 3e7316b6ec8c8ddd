using System.Collections.Frozen;

namespace Mimir.Kernels.Ptx.Rules;

/// <summary>All legal forms of all instructions. What the parser accepts and what the tests try come from here.</summary>
internal static class InstructionTable
{
    private static readonly FrozenDictionary<string, PtxOpcode> Opcodes = BuildOpcodes().ToFrozenDictionary();

    private static readonly FrozenDictionary<string, InstructionRow[]> Rows = new[]
        {
            IntegerRows.Text, FloatRows.Text, MemoryRows.Text, WarpRows.Text,
        }
        .SelectMany(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        .Select(ParseLine)
        .GroupBy(row => row.Mnemonic)
        .ToFrozenDictionary(group => group.Key, group => group.ToArray());

    /// <summary>Every row.</summary>
    public static IEnumerable<InstructionRow> All => Rows.Values.SelectMany(rows => rows);

    /// <summary>The rows of a mnemonic; none for an unknown one.</summary>
    public static IReadOnlyList<InstructionRow> For(string mnemonic) => Rows.GetValueOrDefault(mnemonic) ?? [];

    /// <summary>The longest mnemonic that an opcode begins with, its parts given; null when none does.</summary>
    public static string? Mnemonic(string opcode, IReadOnlyList<string> suffixes)
    {
        for (var taken = Math.Min(2, suffixes.Count); taken >= 0; taken--)
        {
            var name = string.Join('.', suffixes.Take(taken).Prepend(opcode));
            if (Opcodes.ContainsKey(name))
                return name;
        }
        return null;
    }

    private static InstructionRow ParseLine(string line)
    {
        var text = line.TrimEnd('\r');
        var parts = text[..text.AsSpan().IndexOfAny(' ', '[')].Split('.');
        var mnemonic = Mnemonic(parts[0], parts[1..])!;
        return InstructionRow.Parse(mnemonic, Opcodes[mnemonic], text);
    }

    private static IEnumerable<KeyValuePair<string, PtxOpcode>> BuildOpcodes()
    {
        foreach (var opcode in Enum.GetValues<PtxOpcode>())
        {
            var name = opcode switch
            {
                PtxOpcode.BarWarp => "bar.warp",
                PtxOpcode.CpAsync => "cp.async",
                PtxOpcode.CpAsyncCommitGroup => "cp.async.commit_group",
                PtxOpcode.CpAsyncWaitGroup => "cp.async.wait_group",
                PtxOpcode.CpAsyncWaitAll => "cp.async.wait_all",
                _ => opcode.ToString().ToLowerInvariant(),
            };
            yield return KeyValuePair.Create(name, opcode);
        }
        yield return KeyValuePair.Create("barrier", PtxOpcode.Bar);
    }
}
