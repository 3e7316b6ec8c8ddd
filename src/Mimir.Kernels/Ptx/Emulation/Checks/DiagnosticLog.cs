namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Where in a launch something was found.</summary>
/// <param name="Instruction">Index in the kernel.</param>
/// <param name="Block">The block.</param>
/// <param name="Thread">Number in the block: warp · 32 + lane.</param>
internal readonly record struct LaunchPlace(int Instruction, Dim3 Block, int Thread);

/// <summary>What one worker found in its blocks. Repeats of a kind at an instruction are counted; the one of the lowest block is described, and of
/// those in one block the first, so that the merged log is the same whatever the number of workers.</summary>
internal sealed class DiagnosticLog(LaunchContext context)
{
    private readonly Dictionary<(PtxSeverity Severity, string Kind, int Instruction), Entry> _entries = [];

    /// <summary>Counts a finding and says whether that was all: false when it is the one to describe, by <see cref="Describe"/>.</summary>
    /// <param name="severity">How bad it is.</param>
    /// <param name="kind">One of <see cref="DiagnosticKinds"/>.</param>
    /// <param name="place">Where.</param>
    /// <param name="occurrences">How many it stands for.</param>
    public bool IsRepeat(PtxSeverity severity, string kind, LaunchPlace place, long occurrences = 1)
    {
        var key = (severity, kind, place.Instruction);
        var block = context.NumberOf(place.Block);
        if (!_entries.TryGetValue(key, out var entry))
            _entries[key] = entry = new Entry { Block = long.MaxValue };
        entry.Count += occurrences;
        if (entry.Block <= block)
            return true;
        entry.Block = block;
        return false;
    }

    /// <summary>Describes the finding that <see cref="IsRepeat"/> asked for.</summary>
    /// <param name="severity">As there.</param>
    /// <param name="kind">As there.</param>
    /// <param name="place">As there.</param>
    /// <param name="message">One sentence.</param>
    /// <param name="address">The address concerned.</param>
    /// <param name="allocation">Its allocation's name and offset.</param>
    public void Describe(PtxSeverity severity, string kind, LaunchPlace place, string message, ulong? address = null, string? allocation = null) =>
        _entries[(severity, kind, place.Instruction)].Diagnostic = new PtxDiagnostic
        {
            Severity = severity,
            Kind = kind,
            Message = message,
            File = context.Module.File,
            Position = context.Instructions[place.Instruction].Position,
            Kernel = context.Kernel.Name,
            Block = place.Block,
            Thread = context.ThreadOf(place.Thread),
            Address = address,
            Allocation = allocation,
        };

    /// <summary>Everything that the workers of a launch found: the worst first, then in the order of the file.</summary>
    public static IReadOnlyList<PtxDiagnostic> Merge(IEnumerable<DiagnosticLog> logs) =>
        [.. logs.SelectMany(log => log._entries)
            .GroupBy(pair => pair.Key, pair => pair.Value)
            .Select(same => (same.Key, Diagnostic: same.MinBy(entry => entry.Block)!.Diagnostic! with { Count = same.Sum(entry => entry.Count) }))
            .OrderByDescending(found => found.Key.Severity)
            .ThenBy(found => found.Key.Instruction)
            .ThenBy(found => found.Key.Kind, StringComparer.Ordinal)
            .Select(found => found.Diagnostic)];

    private sealed class Entry
    {
        public long Block { get; set; }

        public long Count { get; set; }

        public PtxDiagnostic? Diagnostic { get; set; }
    }
}
