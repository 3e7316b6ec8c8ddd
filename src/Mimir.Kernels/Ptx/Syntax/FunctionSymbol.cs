namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>A kernel or device function as its header declares it.</summary>
internal sealed class FunctionSymbol
{
    public required string Name { get; init; }

    public required bool IsEntry { get; init; }

    public required IReadOnlyList<PtxVariable> Parameters { get; init; }

    public required IReadOnlyList<PtxVariable> Returns { get; init; }

    public required PtxPosition Position { get; init; }

    /// <summary>Whether a body was seen.</summary>
    public bool IsDefined { get; set; }

    /// <summary>Whether another header has the same parameters.</summary>
    public bool Agrees(FunctionSymbol other) =>
        IsEntry == other.IsEntry
        && Parameters.Select(Shape).SequenceEqual(other.Parameters.Select(Shape))
        && Returns.Select(Shape).SequenceEqual(other.Returns.Select(Shape));

    private static (int Bits, long Bytes) Shape(PtxVariable variable) => (variable.Type.Bits(), variable.Bytes);
}
