namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Figures of one instruction of a kernel.</summary>
/// <param name="Instruction">Its index in the kernel.</param>
/// <param name="Line">Its line in the PTX file.</param>
/// <param name="Text">The opcode with its modifiers.</param>
/// <param name="Warps">Warp instructions issued.</param>
/// <param name="Lanes">Lanes that executed it.</param>
/// <param name="Sectors">Global sectors.</param>
/// <param name="IdealSectors">Global sectors if coalesced.</param>
/// <param name="Wavefronts">Shared-memory wavefronts.</param>
/// <param name="Conflicts">Of those, the ones that bank conflicts cost.</param>
/// <param name="DivergentBranches">Times that its lanes parted here.</param>
public sealed record LineCounters(
    int Instruction,
    int Line,
    string Text,
    long Warps,
    long Lanes,
    long Sectors,
    long IdealSectors,
    long Wavefronts,
    long Conflicts,
    long DivergentBranches)
{
    /// <summary>The figures of one instruction in two launches.</summary>
    public static LineCounters operator +(LineCounters left, LineCounters right) => left with
    {
        Warps = left.Warps + right.Warps,
        Lanes = left.Lanes + right.Lanes,
        Sectors = left.Sectors + right.Sectors,
        IdealSectors = left.IdealSectors + right.IdealSectors,
        Wavefronts = left.Wavefronts + right.Wavefronts,
        Conflicts = left.Conflicts + right.Conflicts,
        DivergentBranches = left.DivergentBranches + right.DivergentBranches,
    };
}
