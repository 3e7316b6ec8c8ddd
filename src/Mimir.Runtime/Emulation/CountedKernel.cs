using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Analysis;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Runtime.Emulation;

/// <summary>What a kernel executed and moved, and how many of its blocks fit on a multiprocessor.</summary>
/// <param name="Counters">Of one launch, or of several together.</param>
/// <param name="Registers">Registers a thread, estimated by the values that are live at once: only the vendor's assembler knows their number.</param>
/// <param name="Occupancies">Theoretical occupancy with so many registers, on <c>sm_80</c> and <c>sm_90</c>.</param>
public sealed record CountedKernel(KernelCounters Counters, int Registers, IReadOnlyList<Occupancy> Occupancies)
{
    private static readonly int[] s_targets = [80, 90];

    /// <summary>The launches of a kernel.</summary>
    public static CountedKernel Of(PtxFunction kernel, KernelCounters counters)
    {
        var registers = LiveRegisters.Estimate(kernel);
        return new CountedKernel(
            counters, registers,
            [.. s_targets.Select(target => Occupancy.Of(MultiprocessorLimits.Of(target), (int)counters.Block.Count, registers, counters.SharedBytes))]);
    }
}
