using Mimir.Kernels.Ptx.Analysis;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What a kernel's registers will probably come to. Only the assembler knows: this counts live ranges.</summary>
/// <param name="Live">Registers that the live ranges need at once.</param>
/// <param name="Cap">The most that the kernel's directives and the hardware leave a thread.</param>
public sealed record RegisterEstimate(int Live, int Cap)
{
    /// <summary>Registers a thread: what does not fit under the cap is spilled.</summary>
    public int PerThread => Math.Min(Live, Cap);

    /// <summary>Whether values will probably be spilled to local memory.</summary>
    public bool IsSpilling => Live > Cap;

    /// <summary>The estimate of a kernel.</summary>
    public static RegisterEstimate Of(PtxFunction kernel)
    {
        var cap = MultiprocessorLimits.RegistersPerThread;
        if (kernel.MaximumRegisters > 0)
            cap = Math.Min(cap, kernel.MaximumRegisters);
        if ((kernel.RequiredBlock ?? kernel.MaximumBlock) is { } block)
        {
            // So many blocks of this size must fit on a multiprocessor; registers come in eights.
            var warps = (block.Count + 31) / 32 * Math.Max(kernel.MinimumBlocksPerMultiprocessor, 1);
            cap = Math.Min(cap, (int)(MultiprocessorLimits.Registers / (warps * 32) / 8 * 8));
        }
        return new RegisterEstimate(LiveRegisters.Estimate(kernel), cap);
    }
}
