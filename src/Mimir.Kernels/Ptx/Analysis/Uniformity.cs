namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>How far threads can differ in a value or in whether they run something.</summary>
internal enum Uniformity
{
    /// <summary>All threads of the block agree.</summary>
    Block,

    /// <summary>The lanes of a warp agree, warps may differ.</summary>
    Warp,

    /// <summary>Lanes of a warp may differ.</summary>
    Divergent,
}
