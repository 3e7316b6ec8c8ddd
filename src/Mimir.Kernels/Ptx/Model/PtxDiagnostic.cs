namespace Mimir.Kernels.Ptx;

/// <summary>How bad a diagnostic is.</summary>
public enum PtxSeverity
{
    /// <summary>Worth knowing.</summary>
    Information,

    /// <summary>Suspicious; results may be right.</summary>
    Warning,

    /// <summary>Wrong: the file is refused, or the run's results mean nothing.</summary>
    Error,
}

/// <summary>Something found in a PTX file or while it ran.</summary>
public sealed record PtxDiagnostic
{
    /// <summary>How bad it is.</summary>
    public required PtxSeverity Severity { get; init; }

    /// <summary>What it is, in kebab case, stable: <c>syntax</c>, <c>out-of-bounds</c>, <c>misaligned</c>, <c>uninitialised-global</c>,
    /// <c>shared-race</c>, <c>divergent-barrier</c>, …</summary>
    public required string Kind { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Message { get; init; }

    /// <summary>The file.</summary>
    public string? File { get; init; }

    /// <summary>Where in the file.</summary>
    public PtxPosition? Position { get; init; }

    /// <summary>The kernel, when it ran or the place lies in one.</summary>
    public string? Kernel { get; init; }

    /// <summary>The block that ran.</summary>
    public Dim3? Block { get; init; }

    /// <summary>The thread in the block.</summary>
    public Dim3? Thread { get; init; }

    /// <summary>The address, in the space that the message names.</summary>
    public ulong? Address { get; init; }

    /// <summary>The allocation concerned, with the offset in it.</summary>
    public string? Allocation { get; init; }

    /// <summary>How often the same was found at the same place; the first is described.</summary>
    public long Count { get; init; } = 1;

    /// <summary>file:line:column: severity: kind: message.</summary>
    public override string ToString()
    {
        var place = string.Join(':', new[] { File, Position?.ToString() }.Where(part => part is not null));
        var thread = Block is { } block && Thread is { } lane ? $" (kernel {Kernel}, block {block}, thread {lane})" : "";
        return $"{(place.Length > 0 ? place + ": " : "")}{Severity.ToString().ToLowerInvariant()}: {Kind}: {Message}{thread}";
    }
}
