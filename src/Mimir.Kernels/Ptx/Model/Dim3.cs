namespace Mimir.Kernels.Ptx;

/// <summary>Sizes of a grid or block.</summary>
public readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    /// <summary>Their product.</summary>
    public long Count => (long)X * Y * Z;

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
