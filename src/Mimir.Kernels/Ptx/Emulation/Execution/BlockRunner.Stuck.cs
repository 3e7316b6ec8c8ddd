using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Reports of blocks that cannot end, or end with something left over.</summary>
internal sealed unsafe partial class BlockRunner
{
    private ProgressMark _mark;

    /// <summary>Where the block stood when something last changed.</summary>
    public ref ProgressMark Mark => ref _mark;

    /// <summary>The place of decoded code in the file.</summary>
    public string PlaceOf(int pc) => $"line {_kernel.Instructions[_code[pc].Index].Position.Line}";

    /// <summary>Decoded code.</summary>
    public DecodedInstruction* Code(int pc) => _code + pc;

    /// <summary>Ends the launch because a warp loops for ever.</summary>
    [DoesNotReturn]
    public void FailEndless(string how)
    {
        var group = Math.Max(Warp.Lowest(), 0);
        if (Warp.Count == 0)
            throw new LaunchStoppedException(finding: null);
        Fail(DiagnosticKinds.EndlessLoop, _code + Warp[group].Pc, BitOperations.TrailingZeroCount(Warp[group].Lanes), $"the thread {how}; {WhoWaits()}");
    }

    /// <summary>Ends the launch because everybody waits.</summary>
    [DoesNotReturn]
    private void FailDeadlocked()
    {
        Warp = Array.Find(_warps, warp => warp.Live != 0)!;
        var group = Warp[0];
        Fail(DiagnosticKinds.Deadlock, _code + group.Pc, BitOperations.TrailingZeroCount(group.Lanes), $"no thread of the block can go on: {WhoWaits()}");
    }

    private void ReportUnmatchedArrivals()
    {
        if (!Checks(EmulatorChecks.Synchronisation))
            return;
        foreach (var (barrier, warp, pc) in _barriers.Unmatched())
        {
            Warp = _warps[warp];
            Report(PtxSeverity.Warning, DiagnosticKinds.BarrierCount, _code + pc, 0, $"arrives at barrier {barrier}, at which nobody waits any more");
        }
    }

    private string WhoWaits()
    {
        var waits = new List<string>();
        foreach (var warp in _warps)
        {
            for (var n = 0; n < warp.Count; n++)
            {
                var group = warp[n];
                var what = group.State switch
                {
                    GroupState.AtBarrier => $"wait at barrier {group.Barrier}",
                    GroupState.Converging => $"wait for lanes 0x{group.Members & warp.Live & ~group.Lanes:x8}",
                    _ => "run",
                };
                waits.Add($"warp {warp.Number} lanes 0x{group.Lanes:x8} {what} at {PlaceOf(group.Pc)} ({_kernel.Instructions[_code[group.Pc].Index].Text})");
            }
        }
        const int Shown = 6;
        var rest = waits.Count > Shown ? $"; and {waits.Count - Shown} more" : "";
        return string.Join("; ", waits.Take(Shown)) + rest;
    }
}
