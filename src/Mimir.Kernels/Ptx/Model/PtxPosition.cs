namespace Mimir.Kernels.Ptx;

/// <summary>A place in a PTX file; both numbers count from 1, columns in characters.</summary>
public readonly record struct PtxPosition(int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Line}:{Column}";
}
